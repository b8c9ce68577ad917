/* One layer of rnn (tanh), lstm or gru: forwards, and the gradient on the way back.

   The equations are those of forecast/networks/cells.py. What torch spends beside the products, its
   operations of each step and the memory they walk through, is saved here: ROWS sequences are read
   to their end before the next, so that what a step needs is in the cache; one product of a step
   reads its input and recalls the state at once; one pass does what is done number by number; and
   on the way back the weights get theirs from a block of steps. Nothing is shared between calls, and
   every sum has one order: the same numbers give the same bytes.

   Rows of gates, states and memories are PAD numbers wide or a multiple; those behind the width are
   zero and stay so. Gates lie in torch's order, those of a gru as q, r, z, n, where q is what n
   recalls: the first three hear the state, the last three the input.

   A product adds up slots of 32 bits along its depth. A slot is one number; or, where products are
   asked for in bfloat16, a pair of such that follow each other along the depth, a last one of an odd
   depth with a zero. Both factors are rounded to the nearest, and their products added in 32 bits;
   everything else is in 32 bits always.

   The file is compiled once for each of two instruction sets of x86-64, of which it takes the wider
   that the processor has, and once for bfloat16. Elsewhere, and by a compiler that makes of it what
   is slower than torch (clang), it is not built. */

#if !defined(__x86_64__) || !defined(__GNUC__) || __GNUC__ < 10 || defined(__clang__)
#error "for gcc 10 or newer on x86-64; without it torch's own kernels do the work"
#endif

#ifndef LANES /* ------------------------------------------------ what all instruction sets share */

#include <immintrin.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAD 16
#define ROWS 32    /* sequences that are read to their end before the next */
#define DEPTH 256  /* most rows of a product for the gradient of weights, and no fewer than ROWS */

enum { RNN, LSTM, GRU };

typedef struct {
    int64_t kind, narrow; /* narrow: products in bfloat16 */
    int64_t steps, batch, inputs, width;
    int64_t begin, end;            /* the sequences that this call reads */
    int64_t x_step, x_row;         /* strides of x, */
    int64_t asked_step, asked_row; /* of asked, */
    int64_t gates_step;            /* and of gates: 0 where no gradient will be asked for */
    const float *x, *w_ih, *w_hh, *b_ih, *b_hh;
    float *gates;   /* (T, B, G, P), or (1, B, G, P) for all steps; of a rnn none */
    float *states;  /* (T + 1, B, P), the first given */
    float *cells;   /* (T + 1, B, P), the first given; of a lstm only */
    const float *asked;  /* (T, B, D) gradient of the states, or none */
    float *dh, *dc;      /* (B, P) gradient of the last state and memory; after: of the first */
    float *d_x;          /* (T, B, E), or none */
    float *d_w_ih, *d_w_hh, *d_b_ih, *d_b_hh; /* of the sequences of this call */
} Layer;

/* A matrix of slots by the distance of its rows and of its columns. */
typedef struct { const float *at; int64_t row, column, many; } Part;

static int64_t padded(int64_t width) { return (width + PAD - 1) / PAD * PAD; }
static const int64_t GATES[] = {1, 4, 4};  /* that are kept */
static const int64_t HEARD[] = {1, 4, 3};  /* that the state, and as many that the input, reaches */
static const int64_t AS_THEY_ARE[] = {0, 1, 2, 3};
static const int64_t TURNED[] = {2, 0, 1}; /* torch's place of the gates q, r, z of a gru */

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)

#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512")
#define LANES 16
#define TILE 8
#define EACH 1
#define NAME(name) JOIN(name, avx512)
#include "recurrent.c"
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512bf16,avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,prefer-vector-width=512")
#define LANES 16
#define TILE 8
#define EACH 2
#define NAME(name) JOIN(name, bf16)
#include "recurrent.c"
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma")
#define LANES 8
#define TILE 6
#define EACH 1
#define NAME(name) JOIN(name, avx2)
#include "recurrent.c"
#pragma GCC pop_options

static int wide(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

/* Whether the processor has what products in 32 bits, or narrow ones, need. */
int forecast_ready(int narrow)
{
    __builtin_cpu_init();
    if (narrow) return wide() && __builtin_cpu_supports("avx512bf16");
    return wide() || (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
}

/* Both give 0, or 1 where memory was short. */
int forecast_forward(const Layer *l)
{
    return l->narrow ? forward_bf16(l) : wide() ? forward_avx512(l) : forward_avx2(l);
}

int forecast_backward(const Layer *l)
{
    return l->narrow ? backward_bf16(l) : wide() ? backward_avx512(l) : backward_avx2(l);
}

#else /* ---------------------------------------------------------- compiled per instruction set */

typedef float NAME(vec) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#define vec NAME(vec)
#define INLINE static inline __attribute__((always_inline))
#define SLOTS(many) (((many) + EACH - 1) / EACH)

#if EACH == 1
INLINE vec NAME(add)(vec sum, float slot, vec slots) { return sum + slot * slots; }
INLINE float NAME(slot)(float one, float other) { return (void)other, one; }
#else
INLINE vec NAME(add)(vec sum, float slot, vec slots)
{
    return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_ps(slot), (__m512bh)slots);
}

INLINE uint32_t NAME(rounded)(float number)
{   /* The upper half of its bits, to the nearest, and to the even of two; a nan stays one. */
    uint32_t bits;
    memcpy(&bits, &number, 4);
    return number != number ? 0x7fc0 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

INLINE float NAME(slot)(float one, float other)
{
    const uint32_t bits = NAME(rounded)(one) | NAME(rounded)(other) << 16;
    float slot;
    memcpy(&slot, &bits, 4);
    return slot;
}
#endif

/* Rows of numbers for a product along them: as they are, or paired in the room given. */
static Part NAME(along)(float *room, const float *from, int64_t row, int64_t rows, int64_t many)
{
#if EACH == 1
    (void)room, (void)rows;
    return (Part){from, row, 1, many};
#else
    for (int64_t i = 0; i < rows; i++, from += row) {
        float *to = room + i * SLOTS(many);
        for (int64_t k = 0; k < many / 2; k++) to[k] = NAME(slot)(from[2 * k], from[2 * k + 1]);
        if (many % 2) to[many / 2] = NAME(slot)(from[many - 1], 0.0f);
    }
    return (Part){room, SLOTS(many), 1, SLOTS(many)};
#endif
}

/* Rows of numbers for a product across them, under those that are there. */
static void NAME(under)(float *to, int64_t to_row, const float *from, int64_t row, int64_t rows,
                        int64_t many)
{
    for (int64_t i = 0; i < rows; i += EACH, to += to_row, from += EACH * row) {
        const float *restrict one = from, *restrict other = from + row;
        float *restrict slots = to;
        if (i + EACH <= rows)
            for (int64_t j = 0; j < many; j++) slots[j] = NAME(slot)(one[j], EACH == 2 ? other[j] : 0);
        else
            for (int64_t j = 0; j < many; j++) slots[j] = NAME(slot)(one[j], 0.0f);
    }
}

/* c = start + a b, a tile of few rows and of one or two vectors; b is read row by row. */
INLINE void NAME(tile)(const int rows, const int wide, const float *start, int64_t start_row,
                       float *c, int64_t c_row, Part a, const float *b, int64_t b_row)
{
    vec sum[TILE][2];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int j = 0; j < wide; j++)
            sum[i][j] = *(const vec *)(start + i * start_row + j * LANES);
    for (int64_t k = 0; k < a.many; k++, b += b_row) {
        const vec b0 = *(const vec *)b, b1 = *(const vec *)(b + (wide - 1) * LANES);
        const float *at = a.at + k * a.column;
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            const float one = at[i * a.row];
            sum[i][0] = NAME(add)(sum[i][0], one, b0);
            if (wide == 2) sum[i][1] = NAME(add)(sum[i][1], one, b1);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int j = 0; j < wide; j++)
            *(vec *)(c + i * c_row + j * LANES) = sum[i][j];
}

/* n is at most TILE; where it is not, the case is never reached. */
#define CASE(n)                                                                                  \
    case n:                                                                                      \
        if (wide == 2)                                                                           \
            NAME(tile)(LEAST(n), 2, start, start_row, c, c_row, a, b, b_row);                    \
        else                                                                                     \
            NAME(tile)(LEAST(n), 1, start, start_row, c, c_row, a, b, b_row);                    \
        break;
#define LEAST(n) ((n) < TILE ? (n) : TILE)

static void NAME(any_tile)(int rows, int wide, const float *start, int64_t start_row, float *c,
                           int64_t c_row, Part a, const float *b, int64_t b_row)
{
    switch (rows) { CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) }
}

/* c = start + a b for columns of c; b in panels (see pack), or plain where b_row is given. */
static void NAME(product)(int64_t rows, int64_t columns, const float *start, int64_t start_row,
                          float *c, int64_t c_row, Part a, const float *b, int64_t b_row)
{
    for (int64_t j = 0; j < columns; j += 2 * LANES) {
        const int wide = columns - j > LANES ? 2 : 1;
        const float *panel = b_row ? b + j : b + j * a.many;
        for (int64_t i = 0; i < rows; i += TILE) {
            const Part rest = {a.at + i * a.row, a.row, a.column, a.many};
            NAME(any_tile)(rows - i < TILE ? (int)(rows - i) : TILE, wide,
                           start + i * start_row + j, start_row, c + i * c_row + j, c_row, rest,
                           panel, b_row ? b_row : wide * LANES);
        }
    }
}

/* Panels of b: each of two vectors' columns (the last may have one), one row after the other. */
INLINE float *NAME(panel)(float *packed, int64_t columns, int64_t depth, int64_t j, int64_t *wide)
{
    const int64_t begin = j / (2 * LANES) * (2 * LANES);
    *wide = columns - begin > LANES ? 2 * LANES : LANES;
    return packed + begin * depth + j - begin;
}

/* Weights (G, D, depth) for a product that ends on gates: turned, a vector's columns at a time. */
static void NAME(pack_forward)(float *into, const float *weights, int64_t gates, int64_t width,
                               int64_t depth, const int64_t *order)
{
    const int64_t p = padded(width);
    for (int64_t j = 0; j < gates * p; j += LANES) {
        const int64_t d = j % p, rest = width - d, many = rest < 0 ? 0 : rest < LANES ? rest : LANES;
        const float *from = weights + (order[j / p] * width + d) * depth;
        int64_t wide;
        float *to = NAME(panel)(into, gates * p, SLOTS(depth), j, &wide);
        for (int64_t k = 0; k < depth; k += EACH, to += wide) {
            const int64_t next = k + 1 < depth;
            for (int64_t i = 0; i < many; i++) {
                const float *pair = from + i * depth + k;
                to[i] = NAME(slot)(pair[0], next ? pair[1] : 0.0f);
            }
            for (int64_t i = many; i < LANES; i++) to[i] = 0.0f;
        }
    }
}

/* The same weights for a product that begins with the gradients of gates. */
static void NAME(pack_backward)(float *into, const float *weights, int64_t gates, int64_t width,
                                int64_t depth, const int64_t *order)
{
    const int64_t p = padded(width), columns = padded(depth);
    memset(into, 0, sizeof(float) * SLOTS(gates * p) * columns);
    for (int64_t k = 0; k < depth; k += LANES) {
        const int64_t many = depth - k < LANES ? depth - k : LANES;
        int64_t wide;
        float *to = NAME(panel)(into, columns, SLOTS(gates * p), k, &wide);
        for (int64_t g = 0; g < gates; g++)
            for (int64_t d = 0; d < width; d += EACH) {
                const float *one = weights + (order[g] * width + d) * depth + k;
                const int64_t next = d + 1 < width;
                float *slots = to + (g * p + d) / EACH * wide;
                for (int64_t i = 0; i < many; i++)
                    slots[i] = NAME(slot)(one[i], next ? one[i + depth] : 0.0f);
            }
    }
}

/* Gradients (depth, G, P) of weights as torch has these, (G, D, depth). */
static void NAME(unpack)(float *into, const float *sums, int64_t gates, int64_t width,
                         int64_t depth, int64_t sums_row, const int64_t *order)
{
    const int64_t p = padded(width);
    for (int64_t g = 0; g < gates; g++)
        for (int64_t begin = 0; begin < depth; begin += 8)
            for (int64_t d = 0; d < width; d++)
                for (int64_t k = begin; k < depth && k < begin + 8; k++)
                    into[(order[g] * width + d) * depth + k] = sums[k * sums_row + g * p + d];
}

/* ------------------------------------------------------------------------- number by number */

INLINE float NAME(sigmoid)(float x)
{   /* 1 / (1 + exp(-x)); exp as by Cephes: 2^n exp(r), |r| <= log(2) / 2. A nan stays one. */
    x = -x;
    x = x > 88.0f ? 88.0f : x;
    x = x < -87.0f ? -87.0f : x;
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    const float shifted = x * 1.44269504088896341f + magic, n = shifted - magic;
    const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float e = 1.9875691500e-4f;
    e = e * r + 1.3981999507e-3f;
    e = e * r + 8.3334519073e-3f;
    e = e * r + 4.1665795894e-2f;
    e = e * r + 1.6666665459e-1f;
    e = e * r + 5.0000001201e-1f;
    e = e * (r * r) + r + 1.0f;
    int32_t bits, whole;
    memcpy(&whole, &shifted, 4);
    memcpy(&bits, &e, 4);
    bits += (int32_t)((uint32_t)whole << 23);
    float big;
    memcpy(&big, &bits, 4);
    return 1.0f / (1.0f + big);
}

INLINE float NAME(tanh)(float x)
{   /* The rational function of Eigen, within a few units of the last place. A nan stays one. */
    x = x > 7.90531110763549805f ? 7.90531110763549805f : x;
    x = x < -7.90531110763549805f ? -7.90531110763549805f : x;
    const float s = x * x;
    float above = -2.76076847742355e-16f;
    above = above * s + 2.00018790482477e-13f;
    above = above * s + -8.60467152213735e-11f;
    above = above * s + 5.12229709037114e-08f;
    above = above * s + 1.48572235717979e-05f;
    above = above * s + 6.37261928875436e-04f;
    above = above * s + 4.89352455891786e-03f;
    float below = 1.19825839466702e-06f;
    below = below * s + 1.18534705686654e-04f;
    below = below * s + 2.26843463243900e-03f;
    below = below * s + 4.89352518554385e-03f;
    return x * above / below;
}

static void NAME(lstm_forward)(int64_t p, float *restrict gates, const float *restrict before,
                               float *restrict c, float *restrict h)
{
    float *restrict in = gates, *restrict keep = gates + p, *restrict new = gates + 2 * p,
          *restrict show = gates + 3 * p;
    for (int64_t j = 0; j < p; j++) {
        const float i = NAME(sigmoid)(in[j]), f = NAME(sigmoid)(keep[j]), g = NAME(tanh)(new[j]),
                    o = NAME(sigmoid)(show[j]), held = f * before[j] + i * g;
        in[j] = i, keep[j] = f, new[j] = g, show[j] = o;
        c[j] = held;
        h[j] = o * NAME(tanh)(held);
    }
}

static void NAME(gru_forward)(int64_t p, float *restrict gates, const float *restrict before,
                              float *restrict h)
{
    float *restrict recalled = gates, *restrict reset = gates + p, *restrict update = gates + 2 * p,
          *restrict new = gates + 3 * p;
    for (int64_t j = 0; j < p; j++) {
        const float r = NAME(sigmoid)(reset[j]), z = NAME(sigmoid)(update[j]),
                    n = NAME(tanh)(new[j] + r * recalled[j]);
        reset[j] = r, update[j] = z, new[j] = n;
        h[j] = n + z * (before[j] - n);
    }
}

static void NAME(lstm_backward)(int64_t p, const float *restrict gates,
                                const float *restrict before, const float *restrict c,
                                float *restrict dh, float *restrict dc, float *restrict d)
{
    float *restrict d_in = d, *restrict d_keep = d + p, *restrict d_new = d + 2 * p,
          *restrict d_show = d + 3 * p;
    for (int64_t j = 0; j < p; j++) {
        const float i = gates[j], f = gates[p + j], g = gates[2 * p + j], o = gates[3 * p + j],
                    shown = NAME(tanh)(c[j]), asks = dh[j],
                    held = dc[j] + asks * o * (1.0f - shown * shown);
        d_in[j] = held * g * i * (1.0f - i);
        d_keep[j] = held * before[j] * f * (1.0f - f);
        d_new[j] = held * i * (1.0f - g * g);
        d_show[j] = asks * shown * o * (1.0f - o);
        dc[j] = held * f;
        dh[j] = 0.0f;
    }
}

static void NAME(gru_backward)(int64_t p, const float *restrict gates,
                               const float *restrict before, float *restrict dh, float *restrict d)
{
    float *restrict dq = d, *restrict dr = d + p, *restrict dz = d + 2 * p,
          *restrict dn = d + 3 * p;
    for (int64_t j = 0; j < p; j++) {
        const float q = gates[j], r = gates[p + j], z = gates[2 * p + j], n = gates[3 * p + j],
                    asks = dh[j], new = asks * (1.0f - z) * (1.0f - n * n);
        dq[j] = new * r;
        dr[j] = new * q * r * (1.0f - r);
        dz[j] = asks * (before[j] - n) * z * (1.0f - z);
        dn[j] = new;
        dh[j] = asks * z;
    }
}

static void NAME(rnn_backward)(int64_t p, const float *restrict h, float *restrict dh,
                               float *restrict d)
{
    for (int64_t j = 0; j < p; j++) {
        d[j] = dh[j] * (1.0f - h[j] * h[j]);
        dh[j] = 0.0f;
    }
}

/* ---------------------------------------------------------------------------------- a layer */

static int NAME(forward)(const Layer *l)
{
    const int64_t p = padded(l->width), heard = HEARD[l->kind] * p, all = GATES[l->kind] * p;
    const int64_t first = l->kind == GRU ? p : 0; /* of the columns that the input reaches */
    const int64_t *order = l->kind == GRU ? TURNED : AS_THEY_ARE;
    const int64_t inputs = SLOTS(l->inputs), width = SLOTS(l->width); /* of a row */
    float *memory = malloc(sizeof(float) * ((width + inputs) * (heard + ROWS) + all));
    if (!memory) return 1;
    float *recall = memory, *read = recall + width * heard, *bias = read + inputs * heard;
    float *x_room = bias + all, *state_room = x_room + ROWS * inputs;
    NAME(pack_forward)(recall, l->w_hh, heard / p, l->width, l->width, order);
    NAME(pack_forward)(read, l->w_ih, heard / p, l->width, l->inputs, AS_THEY_ARE);
    memset(bias, 0, sizeof(float) * all);
    for (int64_t g = 0; g < heard / p; g++)
        for (int64_t d = 0; d < l->width; d++) {
            bias[first + g * p + d] += l->b_ih[g * l->width + d];
            bias[g * p + d] += l->b_hh[order[g] * l->width + d];
        }
    for (int64_t begin = l->begin; begin < l->end; begin += ROWS) {
        const int64_t rows = l->end - begin < ROWS ? l->end - begin : ROWS;
        for (int64_t t = 0; t < l->steps; t++) {
            const int64_t place = t * l->batch + begin;
            const float *before = l->states + place * p;
            float *h = l->states + (place + l->batch) * p;
            float *gates = l->kind == RNN ? h : l->gates + t * l->gates_step + begin * all;
            const float *seen = l->x + t * l->x_step + begin * l->x_row;
            const Part x = NAME(along)(x_room, seen, l->x_row, rows, l->inputs);
            const Part state = NAME(along)(state_room, before, p, rows, l->width);
            if (first)
                for (int64_t i = 0; i < rows; i++)
                    memcpy(gates + i * all, bias, sizeof(float) * first);
            NAME(product)(rows, heard, bias + first, 0, gates + first, all, x, read, 0);
            NAME(product)(rows, heard, gates, all, gates, all, state, recall, 0);
            if (l->kind == RNN)
                for (int64_t i = 0; i < rows * p; i++) h[i] = NAME(tanh)(h[i]);
            for (int64_t i = 0; i < rows && l->kind == LSTM; i++)
                NAME(lstm_forward)(p, gates + i * all, l->cells + (place + i) * p,
                                   l->cells + (place + l->batch + i) * p, h + i * p);
            for (int64_t i = 0; i < rows && l->kind == GRU; i++)
                NAME(gru_forward)(p, gates + i * all, before + i * p, h + i * p);
        }
    }
    free(memory);
    return 0;
}

static int NAME(backward)(const Layer *l)
{
    const int64_t p = padded(l->width), heard = HEARD[l->kind] * p, all = GATES[l->kind] * p;
    const int64_t first = l->kind == GRU ? p : 0, e = l->inputs, ep = padded(e);
    const int64_t *order = l->kind == GRU ? TURNED : AS_THEY_ARE;
    const int64_t wide = all + PAD, tall = p + PAD; /* no power of two: the cache is used evenly */
    const int64_t found = (l->width + e + 1) * all; /* gradients of U, of W and of the biases */
    const int64_t room = SLOTS(heard) * ROWS, deep = SLOTS(DEPTH);
    float *memory = malloc(sizeof(float) * (found + SLOTS(heard) * (p + ep) + ROWS * (wide + ep) +
                                            deep * (wide + tall + e) + room));
    if (!memory) return 1;
    float *sums = memory, *recall = sums + found, *read = recall + SLOTS(heard) * p;
    float *whole = read + SLOTS(heard) * ep, *d_x = whole + ROWS * wide, *d = d_x + ROWS * ep;
    float *past = d + deep * wide, *seen = past + deep * tall, *paired = seen + deep * e;
    memset(sums, 0, sizeof(float) * found);
    NAME(pack_backward)(recall, l->w_hh, heard / p, l->width, l->width, order);
    if (l->d_x) NAME(pack_backward)(read, l->w_ih, heard / p, l->width, e, AS_THEY_ARE);
    const float one = NAME(slot)(1.0f, 1.0f);
    for (int64_t begin = l->begin; begin < l->end; begin += ROWS) {
        const int64_t rows = l->end - begin < ROWS ? l->end - begin : ROWS;
        int64_t filled = 0;
        float *dh = l->dh + begin * p, *dc = l->dc + begin * p;
        for (int64_t t = l->steps - 1; t >= 0; t--) {
            const int64_t place = t * l->batch + begin, after = (place + l->batch) * p;
            const float *before = l->states + place * p, *gates = l->gates + place * all;
            for (int64_t i = 0; i < rows && l->asked; i++) {
                const float *asks = l->asked + t * l->asked_step + (begin + i) * l->asked_row;
                for (int64_t j = 0; j < l->width; j++) dh[i * p + j] += asks[j];
            }
            float *now = EACH == 1 ? d + filled * wide : whole;
            for (int64_t i = 0; i < rows; i++) {
                if (l->kind == RNN)
                    NAME(rnn_backward)(p, l->states + after + i * p, dh + i * p, now + i * wide);
                else if (l->kind == LSTM)
                    NAME(lstm_backward)(p, gates + i * all, l->cells + (place + i) * p,
                                        l->cells + after + i * p, dh + i * p, dc + i * p,
                                        now + i * wide);
                else
                    NAME(gru_backward)(p, gates + i * all, before + i * p, dh + i * p,
                                       now + i * wide);
            }
            if (EACH > 1) NAME(under)(d + filled * wide, wide, now, wide, rows, all);
            NAME(under)(past + filled * tall, tall, before, p, rows, p);
            NAME(under)(seen + filled * e, e, l->x + t * l->x_step + begin * l->x_row, l->x_row,
                        rows, e);
            const Part blame = NAME(along)(paired, now, wide, rows, heard);
            NAME(product)(rows, p, dh, p, dh, p, blame, recall, 0);
            if (l->d_x) {
                const Part asks = NAME(along)(paired, now + first, wide, rows, heard);
                memset(d_x, 0, sizeof(float) * rows * ep);
                NAME(product)(rows, ep, d_x, ep, d_x, ep, asks, read, 0);
                for (int64_t i = 0; i < rows; i++)
                    memcpy(l->d_x + (place + i) * e, d_x + i * ep, sizeof(float) * e);
            }
            filled += SLOTS(rows);
            if (filled + SLOTS(rows) <= deep && t > 0) continue;
            float *of = sums;
            const Part states = {past, 1, tall, filled}, inputs = {seen, 1, e, filled},
                       ones = {&one, 0, 0, filled};
            NAME(product)(l->width, heard, of, all, of, all, states, d, wide);
            of += l->width * all + first;
            NAME(product)(e, heard, of, all, of, all, inputs, d + first, wide);
            of += e * all - first;
            NAME(product)(1, all, of, all, of, all, ones, d, wide);
            filled = 0;
        }
    }
    const float *of_read = sums + l->width * all + first, *of_bias = of_read + e * all;
    NAME(unpack)(l->d_w_hh, sums, heard / p, l->width, l->width, all, order);
    NAME(unpack)(l->d_w_ih, of_read, heard / p, l->width, e, all, AS_THEY_ARE);
    NAME(unpack)(l->d_b_hh, of_bias - first, heard / p, l->width, 1, all, order);
    NAME(unpack)(l->d_b_ih, of_bias, heard / p, l->width, 1, all, AS_THEY_ARE);
    free(memory);
    return 0;
}

#undef vec
#undef INLINE
#undef SLOTS
#undef EACH
#undef LANES
#undef TILE
#undef NAME
#undef CASE
#undef LEAST
#endif
