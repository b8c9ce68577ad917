/* What a layer does number by number, step by step, and on the way back; see recurrent.c, which
   includes this once for each instruction set, behind recurrent_products.h. */

/* ------------------------------------------------------------------------- number by number */

/* Numbers as near as bounds allow. A nan stays one: where there is any, the second is given. */
INLINE vec NAME(between)(float least, float most, vec x)
{
#if LANES == 16
    const __m512 below = _mm512_min_ps(_mm512_set1_ps(most), (__m512)x);
    return (vec)_mm512_max_ps(_mm512_set1_ps(least), below);
#else
    const __m256 below = _mm256_min_ps(_mm256_set1_ps(most), (__m256)x);
    return (vec)_mm256_max_ps(_mm256_set1_ps(least), below);
#endif
}

INLINE vec NAME(sigmoid)(vec x)
{   /* 1 / (1 + exp(-x)); exp as by Cephes: 2^n exp(r), |r| <= log(2) / 2 */
    typedef uint32_t bits __attribute__((vector_size(4 * LANES)));
    x = NAME(between)(-87.0f, 88.0f, -x);
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    const vec shifted = x * 1.44269504088896341f + magic, n = shifted - magic;
    const vec r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    vec e = r * 1.9875691500e-4f + 1.3981999507e-3f;
    e = e * r + 8.3334519073e-3f;
    e = e * r + 4.1665795894e-2f;
    e = e * r + 1.6666665459e-1f;
    e = e * r + 5.0000001201e-1f;
    e = e * (r * r) + r + 1.0f;
    return 1.0f / (1.0f + (vec)((bits)e + ((bits)shifted << 23)));
}

INLINE vec NAME(tanh)(vec x)
{   /* The rational function of Eigen, within a few units of the last place, and 1 at its bound */
    x = NAME(between)(-7.99881172180175781f, 7.99881172180175781f, x);
    const vec s = x * x;
    vec above = s * -2.76076847742355e-16f + 2.00018790482477e-13f;
    above = above * s + -8.60467152213735e-11f;
    above = above * s + 5.12229709037114e-08f;
    above = above * s + 1.48572235717979e-05f;
    above = above * s + 6.37261928875436e-04f;
    above = above * s + 4.89352455891786e-03f;
    vec below = s * 1.19825839466702e-06f + 1.18534705686654e-04f;
    below = below * s + 2.26843463243900e-03f;
    below = below * s + 4.89352518554385e-03f;
    return x * above / below;
}

static void NAME(rnn_forward)(int64_t p, float *h)
{
    for (int64_t j = 0; j < p; j += LANES) NAME(put)(h + j, NAME(tanh)(NAME(at)(h + j)));
}

/* Keep the gates of a step. */
INLINE void NAME(keep)(enum keep how, float *kept, int64_t p, vec a, vec b, vec c, vec d)
{
    const vec of[] = {a, b, c, d};
#pragma GCC unroll 4
    for (int g = 0; g < 4; g++, kept += p) {
#if LANES == 16
        if (how == PAST) _mm512_stream_ps(kept, (__m512)of[g]);
#else
        if (how == PAST) _mm256_stream_ps(kept, (__m256)of[g]);
#endif
        if (how == NEAR) NAME(put)(kept, of[g]);
    }
}

static void NAME(lstm_forward)(enum keep how, int64_t p, const float *restrict gates,
                               float *restrict kept, const float *before, float *c,
                               float *restrict h)
{
    for (int64_t j = 0; j < p; j += LANES) {
        const float *in = gates + j;
        const vec i = NAME(sigmoid)(NAME(at)(in)), f = NAME(sigmoid)(NAME(at)(in + p)),
                  g = NAME(tanh)(NAME(at)(in + 2 * p)), o = NAME(sigmoid)(NAME(at)(in + 3 * p)),
                  held = f * NAME(at)(before + j) + i * g;
        NAME(keep)(how, kept + j, p, i, f, g, o);
        NAME(put)(c + j, held);
        NAME(put)(h + j, o * NAME(tanh)(held));
    }
}

static void NAME(gru_forward)(enum keep how, int64_t p, const float *restrict gates,
                              float *restrict kept, const float *restrict before,
                              float *restrict h)
{
    for (int64_t j = 0; j < p; j += LANES) {
        const float *in = gates + j;
        const vec q = NAME(at)(in), r = NAME(sigmoid)(NAME(at)(in + p)),
                  z = NAME(sigmoid)(NAME(at)(in + 2 * p)),
                  n = NAME(tanh)(NAME(at)(in + 3 * p) + r * q);
        NAME(keep)(how, kept + j, p, q, r, z, n);
        NAME(put)(h + j, n + z * (NAME(at)(before + j) - n));
    }
}

static void NAME(lstm_backward)(int64_t p, const float *restrict gates,
                                const float *restrict before, const float *restrict c,
                                float *restrict dh, float *restrict dc, float *restrict d)
{
    for (int64_t j = 0; j < p; j += LANES) {
        const vec i = NAME(at)(gates + j), f = NAME(at)(gates + p + j),
                  g = NAME(at)(gates + 2 * p + j), o = NAME(at)(gates + 3 * p + j),
                  shown = NAME(tanh)(NAME(at)(c + j)), asks = NAME(at)(dh + j),
                  held = NAME(at)(dc + j) + asks * o * (1.0f - shown * shown);
        NAME(put)(d + j, held * g * i * (1.0f - i));
        NAME(put)(d + p + j, held * NAME(at)(before + j) * f * (1.0f - f));
        NAME(put)(d + 2 * p + j, held * i * (1.0f - g * g));
        NAME(put)(d + 3 * p + j, asks * shown * o * (1.0f - o));
        NAME(put)(dc + j, held * f);
        NAME(put)(dh + j, (vec){0});
    }
}

static void NAME(gru_backward)(int64_t p, const float *restrict gates,
                               const float *restrict before, float *restrict dh, float *restrict d)
{
    for (int64_t j = 0; j < p; j += LANES) {
        const vec q = NAME(at)(gates + j), r = NAME(at)(gates + p + j),
                  z = NAME(at)(gates + 2 * p + j), n = NAME(at)(gates + 3 * p + j),
                  asks = NAME(at)(dh + j), new = asks * (1.0f - z) * (1.0f - n * n);
        NAME(put)(d + j, new * r);
        NAME(put)(d + p + j, new * q * r * (1.0f - r));
        NAME(put)(d + 2 * p + j, asks * (NAME(at)(before + j) - n) * z * (1.0f - z));
        NAME(put)(d + 3 * p + j, new);
        NAME(put)(dh + j, asks * z);
    }
}

static void NAME(rnn_backward)(int64_t p, const float *restrict h, float *restrict dh,
                               float *restrict d)
{
    for (int64_t j = 0; j < p; j += LANES) {
        const vec now = NAME(at)(h + j);
        NAME(put)(d + j, NAME(at)(dh + j) * (1.0f - now * now));
        NAME(put)(dh + j, (vec){0});
    }
}

/* ---------------------------------------------------------------------------------- a layer */

static int NAME(forward)(const Layer *l, Pieces *pieces, enum side side)
{
    int64_t taken = take(pieces, side);
    if (taken < 0) return 0;
    const int64_t p = padded(l->width), heard = HEARD[l->kind] * p, all = GATES[l->kind] * p;
    const int64_t alone = l->kind == GRU ? p : 0; /* columns that one of state and input reaches, */
    const int64_t both = heard - alone;           /* and that both do */
    const int64_t *order = l->kind == GRU ? TURNED : AS_THEY_ARE;
    const int64_t inputs = SLOTS(l->inputs), width = SLOTS(l->width); /* of a row */
    const int64_t cells_step = l->gates ? l->batch * p : 0; /* one memory for all steps */
    const enum keep how = way_to_keep(l);
    float *memory = malloc(sizeof(float) * ((width + inputs) * (heard + ROWS) + (1 + ROWS) * all));
    if (!memory) return 1;
    float *recall = memory, *read = recall + width * heard, *bias = read + inputs * heard;
    float *room = bias + all, *x_room = room + ROWS * all, *state_room = x_room + ROWS * inputs;
    float *recall_both = recall + width * alone, *read_alone = read + inputs * both;
    NAME(pack_forward)(recall, l->w_hh, alone / p, l->width, l->width, order);
    NAME(pack_forward)(recall_both, l->w_hh, both / p, l->width, l->width, order + alone / p);
    NAME(pack_forward)(read, l->w_ih, both / p, l->width, l->inputs, AS_THEY_ARE);
    NAME(pack_forward)(read_alone, l->w_ih, alone / p, l->width, l->inputs, AS_THEY_ARE + both / p);
    memset(bias, 0, sizeof(float) * all);
    for (int64_t g = 0; g < heard / p; g++)
        for (int64_t d = 0; d < l->width; d++) {
            bias[alone + g * p + d] += l->b_ih[g * l->width + d];
            bias[g * p + d] += l->b_hh[order[g] * l->width + d];
        }
    for (; taken >= 0; taken = take(pieces, side)) {
        const int64_t begin = taken * l->piece;
        const int64_t rows = l->batch - begin < l->piece ? l->batch - begin : l->piece;
        for (int64_t t = 0; t < l->steps; t++) {
            const int64_t place = t * l->batch + begin;
            const float *before = l->states + place * p;
            float *h = l->states + (place + l->batch) * p;
            float *gates = l->kind == RNN ? h : room;
            float *kept = l->gates ? l->gates + place * all : NULL;
            const float *seen = l->x + t * l->x_step + begin * l->x_row;
            const Part x = NAME(along)(x_room, seen, l->x_row, rows, l->inputs);
            const Part state = NAME(along)(state_room, before, p, rows, l->width);
            const NAME(Factor) two[] = {{x, read, 0}, {state, recall_both, 0}};
            NAME(product)(rows, alone, bias, 0, gates, all, state, recall, 0);
            NAME(products)(rows, both, bias + alone, 0, gates + alone, all, two, 2);
            NAME(product)(rows, alone, bias + heard, 0, gates + heard, all, x, read_alone, 0);
            if (l->kind == RNN) NAME(rnn_forward)(rows * p, h);
            for (int64_t i = 0; i < rows && l->kind == LSTM; i++) {
                float *cells = l->cells + (begin + i) * p + t * cells_step;
                NAME(lstm_forward)(how, p, gates + i * all, kept + i * all, cells,
                                   cells + cells_step, h + i * p);
            }
            for (int64_t i = 0; i < rows && l->kind == GRU; i++)
                NAME(gru_forward)(how, p, gates + i * all, kept + i * all, before + i * p, h + i * p);
        }
    }
    _mm_sfence();
    free(memory);
    return 0;
}

static int NAME(backward)(const Layer *l, Pieces *pieces, enum side side)
{
    int64_t taken = take(pieces, side);
    if (taken < 0) return 0;
    const int64_t p = padded(l->width), heard = HEARD[l->kind] * p, all = GATES[l->kind] * p;
    const int64_t first = l->kind == GRU ? p : 0, e = l->inputs, ep = padded(e);
    const int64_t *order = l->kind == GRU ? TURNED : AS_THEY_ARE;
    const int64_t wide = all + PAD, tall = p + PAD; /* no power of two: the cache is used evenly */
    const int64_t found = summed(l), room = SLOTS(heard) * ROWS, deep = SLOTS(DEPTH);
    float *memory = malloc(sizeof(float) * (SLOTS(heard) * (p + ep) + ROWS * (wide + ep) +
                                            deep * (wide + tall + e) + room));
    if (!memory) return 1;
    float *recall = memory, *read = recall + SLOTS(heard) * p;
    float *whole = read + SLOTS(heard) * ep, *d_x = whole + ROWS * wide, *d = d_x + ROWS * ep;
    float *past = d + deep * wide, *seen = past + deep * tall, *paired = seen + deep * e;
    NAME(pack_backward)(recall, l->w_hh, heard / p, l->width, l->width, order);
    if (l->d_x) NAME(pack_backward)(read, l->w_ih, heard / p, l->width, e, AS_THEY_ARE);
    const float one = NAME(slot)(1.0f, 1.0f);
    for (; taken >= 0; taken = take(pieces, side)) {
        const int64_t from = taken * l->piece;
        const int64_t stop = l->batch - from < l->piece ? l->batch : from + l->piece;
        float *sums = l->sums + taken * found;
        memset(sums, 0, sizeof(float) * found);
        for (int64_t begin = from; begin < stop; begin += ROWS) {
            const int64_t rows = stop - begin < ROWS ? stop - begin : ROWS;
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
                    if (t > 0) ask_for(l, place - l->batch + i);
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
    }
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
