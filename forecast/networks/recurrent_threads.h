/* Threads that share a batch, included by recurrent.c.

   They are started once and sleep between calls: to start one takes longer than a small layer. Of a
   batch whoever is free takes the next piece, so that a thread whose core another process has holds
   up its own piece and no more, and one that wakes late finds nothing left to do. */

enum side { FRONT, BACK }; /* of a batch */

/* Pieces of a batch, and how many were taken of all and from each side. */
typedef struct { int64_t many, taken, from[2]; } Pieces;

typedef int Work(const Layer *, Pieces *, enum side);

typedef struct {
    const Layer *layer;
    Work *work;
    Pieces pieces;
    int64_t wanted, helps; /* threads that may still come, and that are at work */
    unsigned rounding;     /* how the caller's thread rounds: the others do the same */
    int failed;
} Job;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t asked_for = PTHREAD_COND_INITIALIZER, ended = PTHREAD_COND_INITIALIZER;
static Job *job;
static int64_t helpers;

/* Take the next piece of a side and give its number; -1 where none is left. */
static int64_t take(Pieces *of, enum side side)
{
    if (__atomic_fetch_add(&of->taken, 1, __ATOMIC_RELAXED) >= of->many) return -1;
    const int64_t place = __atomic_fetch_add(&of->from[side], 1, __ATOMIC_RELAXED);
    return side == FRONT ? place : of->many - 1 - place;
}

static void *help(void *unused)
{
    pthread_mutex_lock(&lock);
    for (;;) {
        while (!job || !job->wanted) pthread_cond_wait(&asked_for, &lock);
        Job *mine = job;
        mine->wanted--;
        mine->helps++;
        pthread_mutex_unlock(&lock);
        _mm_setcsr(mine->rounding);
        const int failed = mine->work(mine->layer, &mine->pieces, BACK);
        pthread_mutex_lock(&lock);
        mine->failed |= failed;
        if (!--mine->helps) pthread_cond_signal(&ended);
    }
    return unused;
}

/* Start a thread that hears no signals, which are for Python's. */
static int start(void)
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = pthread_create(&thread, NULL, help, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed) pthread_detach(thread);
    return !failed;
}

/* Do the work of a layer with so many threads, fewer where they cannot be had; a call beside
   another has its own alone. Gives 0, or 1 where memory was short. */
static int together(const Layer *layer, Work *work, int64_t many)
{
    const Pieces pieces = {(layer->batch + layer->piece - 1) / layer->piece, 0, {0, 0}};
    Job own = {layer, work, pieces, many - 1, 0, _mm_getcsr(), 0};
    pthread_mutex_lock(&lock);
    const int first = many > 1 && !job;
    if (first) {
        job = &own;
        while (helpers < many - 1 && start()) helpers++;
        for (int64_t i = 1; i < many; i++) pthread_cond_signal(&asked_for);
    }
    pthread_mutex_unlock(&lock);
    int failed = work(layer, &own.pieces, FRONT);
    if (first) {
        pthread_mutex_lock(&lock);
        own.wanted = 0;
        while (own.helps) pthread_cond_wait(&ended, &lock);
        job = NULL;
        pthread_mutex_unlock(&lock);
    }
    return failed | own.failed;
}

/* A process that was forked has none of the threads. */
static void forked(void)
{
    pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&asked_for, NULL);
    pthread_cond_init(&ended, NULL);
    job = NULL;
    helpers = 0;
}

__attribute__((constructor)) static void loaded(void) { pthread_atfork(NULL, NULL, forked); }
