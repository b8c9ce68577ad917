/* Products of matrices whose sizes are those of one layer; see recurrent.c, which includes this once
   for each instruction set. */

typedef float NAME(vec) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#define vec NAME(vec)
#define INLINE static inline __attribute__((always_inline))
#define SLOTS(many) (((many) + EACH - 1) / EACH)

INLINE vec NAME(at)(const float *place) { return *(const vec *)place; }
INLINE void NAME(put)(float *place, vec numbers) { *(vec *)place = numbers; }

#if EACH == 1
INLINE vec NAME(add)(vec sum, float slot, vec slots) { return sum + slot * slots; }
INLINE float NAME(slot)(float one, float other) { return (void)other, one; }
#else
INLINE vec NAME(add)(vec sum, float slot, vec slots)
{
    return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_ps(slot), (__m512bh)slots);
}

/* Two vectors of numbers, to the nearest and to the even of two: as slots, one after the other, */
INLINE __m512i NAME(paired)(vec first, vec second)
{
    return (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
}

/* or each number with that of its place in the other. */
INLINE __m512i NAME(woven)(vec one, vec other)
{
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9,
                                           24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1,
                                           16, 0);
    return _mm512_permutexvar_epi16(order, NAME(paired)(one, other));
}

INLINE float NAME(slot)(float one, float other)
{
    return ((vec)NAME(woven)((vec){one}, (vec){other}))[0];
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
        int64_t k = 0;
        for (; k + 2 * LANES <= many; k += 2 * LANES)
            NAME(put)(to + k / 2, (vec)NAME(paired)(NAME(at)(from + k), NAME(at)(from + k + LANES)));
        for (; k < many; k += 2) to[k / 2] = NAME(slot)(from[k], k + 1 < many ? from[k + 1] : 0.0f);
    }
    return (Part){room, SLOTS(many), 1, SLOTS(many)};
#endif
}

/* Rows of numbers for a product across them, under those that are there. */
static void NAME(under)(float *to, int64_t to_row, const float *from, int64_t row, int64_t rows,
                        int64_t many)
{
#if EACH == 1
    for (int64_t i = 0; i < rows; i++) memcpy(to + i * to_row, from + i * row, sizeof(float) * many);
#else
    for (int64_t i = 0; i < rows; i += 2, to += to_row, from += 2 * row) {
        const int pair = i + 1 < rows;
        int64_t j = 0;
        for (; j + LANES <= many; j += LANES) {
            const vec other = pair ? NAME(at)(from + row + j) : (vec){0};
            NAME(put)(to + j, (vec)NAME(woven)(NAME(at)(from + j), other));
        }
        for (; j < many; j++) to[j] = NAME(slot)(from[j], pair ? from[row + j] : 0.0f);
    }
#endif
}

/* A product that a tile adds up: b is read row by row. */
typedef struct { Part a; const float *b; int64_t b_row; } NAME(Factor);

/* c = start + the sum of `many` products, a tile of few rows and of one or two vectors. */
INLINE void NAME(tile)(const int rows, const int wide, const float *start, int64_t start_row,
                       float *c, int64_t c_row, const NAME(Factor) *of, int many)
{
    vec sum[TILE][2];
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int j = 0; j < wide; j++)
            sum[i][j] = NAME(at)(start + i * start_row + j * LANES);
    for (int m = 0; m < many; m++) {
        const Part a = of[m].a;
        const float *b = of[m].b;
        for (int64_t k = 0; k < a.many; k++, b += of[m].b_row) {
            const vec b0 = NAME(at)(b), b1 = NAME(at)(b + (wide - 1) * LANES);
            const float *from = a.at + k * a.column;
#pragma GCC unroll 8
            for (int i = 0; i < rows; i++) {
                const float one = from[i * a.row];
                sum[i][0] = NAME(add)(sum[i][0], one, b0);
                if (wide == 2) sum[i][1] = NAME(add)(sum[i][1], one, b1);
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
        for (int j = 0; j < wide; j++)
            NAME(put)(c + i * c_row + j * LANES, sum[i][j]);
}

/* n is at most TILE; where it is not, the case is never reached. */
#define CASE(n)                                                                                  \
    case n:                                                                                      \
        if (wide == 2)                                                                           \
            NAME(tile)(LEAST(n), 2, start, start_row, c, c_row, of, many);                       \
        else                                                                                     \
            NAME(tile)(LEAST(n), 1, start, start_row, c, c_row, of, many);                       \
        break;
#define LEAST(n) ((n) < TILE ? (n) : TILE)

static void NAME(any_tile)(int rows, int wide, const float *start, int64_t start_row, float *c,
                           int64_t c_row, const NAME(Factor) *of, int many)
{
    switch (rows) { CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) }
}

/* c = start + the sum of at most two products a b for columns of c; b in panels (see panel), or
   plain where b_row is given. */
static void NAME(products)(int64_t rows, int64_t columns, const float *start, int64_t start_row,
                           float *c, int64_t c_row, const NAME(Factor) *of, int many)
{
    for (int64_t j = 0; j < columns; j += 2 * LANES) {
        const int wide = columns - j > LANES ? 2 : 1;
        NAME(Factor) here[2];
        for (int m = 0; m < many; m++) {
            here[m] = of[m];
            here[m].b += of[m].b_row ? j : j * of[m].a.many;
            if (!of[m].b_row) here[m].b_row = wide * LANES;
        }
        for (int64_t i = 0; i < rows; i += TILE) {
            NAME(any_tile)(rows - i < TILE ? (int)(rows - i) : TILE, wide,
                           start + i * start_row + j, start_row, c + i * c_row + j, c_row,
                           here, many);
            for (int m = 0; m < many; m++) here[m].a.at += TILE * of[m].a.row;
        }
    }
}

static void NAME(product)(int64_t rows, int64_t columns, const float *start, int64_t start_row,
                          float *c, int64_t c_row, Part a, const float *b, int64_t b_row)
{
    const NAME(Factor) of = {a, b, b_row};
    NAME(products)(rows, columns, start, start_row, c, c_row, &of, 1);
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
