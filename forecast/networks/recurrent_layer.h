/* What a layer does number by number, step by step, and on the way back; see recurrent.c, which
   includes this once for each instruction set, behind recurrent_products.h. */

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
    NAME(pack_backward)(recall, l->w_hh, heard / p, l->width, l->width, order);
    if (l->d_x) NAME(pack_backward)(read, l->w_ih, heard / p, l->width, e, AS_THEY_ARE);
    const float one = NAME(slot)(1.0f, 1.0f);
    for (int64_t from = l->begin; from < l->end; from += l->group) {
        const int64_t stop = l->end - from < l->group ? l->end : from + l->group;
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
        const int64_t many = heard / p * l->width, at = from / l->group * many;
        NAME(unpack)(l->d_w_hh + at * l->width, sums, heard / p, l->width, l->width, all, order);
        NAME(unpack)(l->d_w_ih + at * e, of_read, heard / p, l->width, e, all, AS_THEY_ARE);
        NAME(unpack)(l->d_b_hh + at, of_bias - first, heard / p, l->width, 1, all, order);
        NAME(unpack)(l->d_b_ih + at, of_bias, heard / p, l->width, 1, all, AS_THEY_ARE);
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
