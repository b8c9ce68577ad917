/* One layer of rnn (tanh), lstm or gru: forwards, and the gradient on the way back.

   The equations are those of forecast/networks/cells.py. What torch spends beside the products, its
   operations of each step and the memory they walk through, is saved here: ROWS sequences are read
   to their end before the next, so that what a step needs is in the cache; one product of a step
   reads its input and recalls the state at once; one pass does what is done number by number; and
   on the way back the weights get theirs from a block of steps. Calls share threads that sleep between
   them, and nothing else; every sum has one order, whoever adds it up: the same numbers give the same
   bytes on any number of threads.

   Rows of gates, states and memories are PAD numbers wide or a multiple; those behind the width are
   zero and stay so while all is finite. Gates lie in torch's order, those of a gru as q, r, z, n,
   where q is what n recalls: the first three hear the state, the last three the input.

   A product adds up slots of 32 bits along its depth. A slot is one number; or, where products are
   asked for in bfloat16, a pair of such that follow each other along the depth, a last one of an odd
   depth with a zero. Both factors are rounded to the nearest, and their products added in 32 bits;
   everything else is in 32 bits always.

   What is included is compiled once for each of two instruction sets of x86-64, of which the wider that
   the processor has is taken, and once for bfloat16. Elsewhere, and by a compiler that makes of it
   what is slower than torch (clang), it is not built. */

#if !defined(__x86_64__) || !defined(__GNUC__) || __GNUC__ < 10 || defined(__clang__)
#error "for gcc 10 or newer on x86-64; without it torch's own kernels do the work"
#endif

#include <immintrin.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAD 16
#define ROWS 32    /* sequences that are read to their end before the next */
#define MANY (1 << 21) /* numbers that push too much out of the caches */
#define DEPTH 256  /* most rows of a product for the gradient of weights, and no fewer than ROWS */

enum { RNN, LSTM, GRU };
enum keep { NOT, NEAR, PAST }; /* the caches */

typedef struct {
    int64_t kind, narrow; /* narrow: products in bfloat16 */
    int64_t steps, batch, inputs, width;
    int64_t piece; /* sequences that a thread takes at once, at most ROWS; on the way back those
                      whose gradient of the weights is one sum, any number */
    int64_t x_step, x_row;         /* strides of x, */
    int64_t asked_step, asked_row; /* of asked, */
    const float *x, *w_ih, *w_hh, *b_ih, *b_hh;
    float *gates;   /* (T, B, G, P); none where no gradient will be asked for, and of a rnn */
    float *states;  /* (T + 1, B, P), the first given */
    float *cells;   /* (T + 1, B, P), or without gates (1, B, P), the first given; of a lstm only */
    const float *asked;  /* (T, B, D) gradient of the states, or none */
    float *dh, *dc;      /* (B, P) gradient of the last state and memory; after: of the first */
    float *d_x;          /* (T, B, E), or none */
    float *d_w_ih, *d_w_hh, *d_b_ih, *d_b_hh;
    float *sums; /* of each group the gradients of U, W and biases, (D + E + 1, G, P) */
} Layer;

/* A matrix of slots by the distance of its rows and of its columns. */
typedef struct { const float *at; int64_t row, column, many; } Part;

static int64_t padded(int64_t width) { return (width + PAD - 1) / PAD * PAD; }
static const int64_t GATES[] = {1, 4, 4};  /* that are kept */
static const int64_t HEARD[] = {1, 4, 3};  /* that the state, and as many that the input, reaches */
static const int64_t AS_THEY_ARE[] = {0, 1, 2, 3};
static const int64_t TURNED[] = {2, 0, 1}; /* torch's place of the gates q, r, z of a gru */

static int64_t summed(const Layer *l)
{
    return (l->width + l->inputs + 1) * GATES[l->kind] * padded(l->width);
}

/* How gates are kept for the way back, which comes late. */
static enum keep way_to_keep(const Layer *l)
{
    const int64_t many = l->steps * l->batch * GATES[l->kind] * padded(l->width);
    if (!l->gates) return NOT;
    return many < MANY || (uintptr_t)l->gates % (4 * PAD) ? NEAR : PAST;
}

/* Let the memory send what the way back will want of a sequence at a step. */
static void ask_for(const Layer *l, int64_t place)
{
    const int64_t p = padded(l->width), all = GATES[l->kind] * p;
    for (int64_t j = 0; j < all && l->gates; j += PAD)
        _mm_prefetch(l->gates + place * all + j, _MM_HINT_T1);
    for (int64_t j = 0; j < p; j += PAD) {
        _mm_prefetch(l->states + place * p + j, _MM_HINT_T1);
        if (l->cells) _mm_prefetch(l->cells + place * p + j, _MM_HINT_T1);
    }
}

#include "recurrent_threads.h"

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)

#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512")
#define LANES 16
#define TILE 8
#define EACH 1
#define NAME(name) JOIN(name, avx512)
#include "recurrent_products.h"
#include "recurrent_layer.h"
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512bf16,avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512")
#define LANES 16
#define TILE 8
#define EACH 2
#define NAME(name) JOIN(name, bf16)
#include "recurrent_products.h"
#include "recurrent_layer.h"
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define LANES 8
#define TILE 6
#define EACH 1
#define NAME(name) JOIN(name, avx2)
#include "recurrent_products.h"
#include "recurrent_layer.h"
#pragma GCC pop_options

static int wide(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

/* Whether the caller has the same idea of a layer, by its size, and the processor what products in
   32 bits, or narrow ones, need. */
int forecast_ready(int narrow, int64_t size)
{
    if (size != sizeof(Layer)) return 0;
    __builtin_cpu_init();
    if (narrow) return wide() && __builtin_cpu_supports("avx512bf16");
    return wide() || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
}

/* Gradients (depth, G, P) of weights as torch has these, (G, D, depth). */
static void unpack(float *into, const float *sums, int64_t gates, int64_t width, int64_t depth,
                   int64_t sums_row, const int64_t *order)
{
    const int64_t p = padded(width);
    for (int64_t g = 0; g < gates; g++)
        for (int64_t begin = 0; begin < depth; begin += 8)
            for (int64_t d = 0; d < width; d++)
                for (int64_t k = begin; k < depth && k < begin + 8; k++)
                    into[(order[g] * width + d) * depth + k] = sums[k * sums_row + g * p + d];
}

/* Add what the groups gave to the first, one after the other, and give it to the weights. */
static void add_weights(const Layer *l)
{
    const int64_t p = padded(l->width), all = GATES[l->kind] * p, gates = HEARD[l->kind];
    const int64_t groups = (l->batch + l->piece - 1) / l->piece, size = summed(l);
    const int64_t *order = l->kind == GRU ? TURNED : AS_THEY_ARE;
    for (int64_t g = 1; g < groups; g++)
        for (int64_t i = 0; i < size; i++) l->sums[i] += l->sums[g * size + i];
    const float *recall = l->sums, *read = recall + l->width * all, *bias = read + l->inputs * all;
    const int64_t first = all - gates * p; /* columns that the state alone reaches */
    unpack(l->d_w_hh, recall, gates, l->width, l->width, all, order);
    unpack(l->d_w_ih, read + first, gates, l->width, l->inputs, all, AS_THEY_ARE);
    unpack(l->d_b_hh, bias, gates, l->width, 1, all, order);
    unpack(l->d_b_ih, bias + first, gates, l->width, 1, all, AS_THEY_ARE);
}

/* Read a batch, or go back through it, with so many threads. Gives 0, or 1 where memory was short. */
int forecast_run(const Layer *l, int64_t many, int back)
{
    Work *read = l->narrow ? forward_bf16 : wide() ? forward_avx512 : forward_avx2;
    Work *go_back = l->narrow ? backward_bf16 : wide() ? backward_avx512 : backward_avx2;
    const int failed = together(l, back ? go_back : read, many);
    if (back && !failed) add_weights(l);
    return failed;
}
