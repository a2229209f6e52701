#include "product.h"

// Latents that see the codebook pass by together, and near codes that one of them remembers.
// TOO_MANY: more than can be remembered, or scores that tell nothing.
enum { BLOCK = 192, MOST_NEAR = 32, TOO_MANY = -1 };

// What one latent has seen. A score is (|e|^2 - 2 z.e) / 2: half the squared distance but for what all codes share.
struct search {
    // The two lowest scores, and what a code may exceed the second by and still be among the two nearest.
    float lowest, second, slack;
    int32_t count;
    int32_t codes[MOST_NEAR];
    float scores[MOST_NEAR];
};

ptrdiff_t sgc_code_panel(void) {
    return panel_width();
}

void sgc_pack_code_panels(const float *codebook, float *panels, float *halves, ptrdiff_t codes, ptrdiff_t dimension,
                          ptrdiff_t begin, ptrdiff_t end) {
    const ptrdiff_t width = panel_width();
    for (ptrdiff_t panel = begin; panel < end; panel++)
        for (ptrdiff_t lane = 0; lane < width; lane++) {
            const ptrdiff_t code = panel * width + lane;
            float *to = panels + panel * dimension * width + lane;
            double squares = 0;
            for (ptrdiff_t d = 0; d < dimension; d++) {
                const float e = code < codes ? codebook[code * dimension + d] : 0;
                to[d * width] = e;
                squares += (double)e * e;
            }
            halves[code] = code < codes ? (float)(squares / 2) : INFINITY;
        }
}

// Forgets near codes that a nearer second has ruled out.
INLINE void prune(struct search *s) {
    int32_t kept = 0;
    for (int32_t i = 0; i < s->count; i++)
        if (s->scores[i] <= s->second + s->slack) {
            s->codes[kept] = s->codes[i];
            s->scores[kept++] = s->scores[i];
        }
    s->count = kept;
}

INLINE void consider(struct search *s, int32_t code, float score) {
    // Infinite is what lies behind the last code.
    if (!(score <= s->second + s->slack) || !(score < INFINITY) || s->count < 0)
        return;
    if (score < s->lowest) {
        s->second = s->lowest;
        s->lowest = score;
    } else if (score < s->second) {
        s->second = score;
    }
    if (s->count == MOST_NEAR)
        prune(s);
    if (s->count == MOST_NEAR) {
        s->count = TOO_MANY;
        return;
    }
    s->codes[s->count] = code;
    s->scores[s->count++] = score;
}

INLINE int is_any_near(const struct search *s, const f32x16 *scores) {
    return __builtin_reduce_or(*scores <= (f32x16)(s->second + s->slack)) != 0;
}

// Scores of some latents with the codes of one panel.
INLINE void score_rows(const float *z, const float *panel, const float *halves, ptrdiff_t dimension, int rows,
                       int vectors, int32_t first, struct search *searches) {
    f32x16 scores[SGC_PRODUCT_ROWS][WIDEST_PANEL / LANES];
    for (int row = 0; row < rows; row++)
        for (int v = 0; v < vectors; v++)
            scores[row][v] = load16(SGC_FLOAT32, halves, v * LANES);
    for (ptrdiff_t d = 0; d < dimension; d++) {
        f32x16 e[WIDEST_PANEL / LANES];
        for (int v = 0; v < vectors; v++)
            e[v] = load16(SGC_FLOAT32, panel, (d * vectors + v) * LANES);
        for (int row = 0; row < rows; row++)
            for (int v = 0; v < vectors; v++)
                scores[row][v] -= z[row * dimension + d] * e[v];
    }
    for (int row = 0; row < rows; row++) {
        struct search *s = searches + row;
        f32x16 lowest = scores[row][0];
        for (int v = 1; v < vectors; v++)
            lowest = scores[row][v] < lowest ? scores[row][v] : lowest;
        if (!is_any_near(s, &lowest))
            continue;
        for (int v = 0; v < vectors; v++)
            if (is_any_near(s, &scores[row][v]))
                for (int lane = 0; lane < LANES; lane++)
                    consider(s, first + v * LANES + lane, scores[row][v][lane]);
    }
}

INLINE void score_panel(const float *z, const float *panel, const float *halves, ptrdiff_t dimension, ptrdiff_t count,
                        int vectors, int32_t first, struct search *searches) {
    ptrdiff_t t = 0;
    for (; t + SGC_PRODUCT_ROWS <= count; t += SGC_PRODUCT_ROWS)
        score_rows(z + t * dimension, panel, halves, dimension, SGC_PRODUCT_ROWS, vectors, first, searches + t);
    for (; t < count; t++)
        score_rows(z + t * dimension, panel, halves, dimension, 1, vectors, first, searches + t);
}

struct nearest {
    int32_t code;
    double distance, second;
};

// Codes come in rising order, so that the lowest of equals stays.
INLINE void compare(struct nearest *n, int32_t code, double distance) {
    if (distance < n->distance) {
        n->second = n->distance;
        n->distance = distance;
        n->code = code;
    } else if (distance < n->second) {
        n->second = distance;
    }
}

// Sums of (z - e)^2: |z|^2 + |e|^2 - 2 z.e would cancel where it matters, between near codes.
INLINE struct nearest finish(struct search *s, const float *z, const float *panels, ptrdiff_t codes,
                             ptrdiff_t dimension, ptrdiff_t width) {
    struct nearest n = {0, INFINITY, INFINITY};
    prune(s);
    for (int32_t i = 0; i < s->count; i++) {
        const float *e = panels + s->codes[i] / width * width * dimension + s->codes[i] % width;
        double sum = 0;
        for (ptrdiff_t d = 0; d < dimension; d++) {
            const double difference = (double)z[d] - e[d * width];
            sum += difference * difference;
        }
        compare(&n, s->codes[i], sum);
    }
    if (s->count >= (codes < 2 ? codes : 2))
        return n;
    n = (struct nearest){0, INFINITY, INFINITY};
    for (ptrdiff_t first = 0; first < codes; first += LANES) {
        const float *e = panels + first / width * width * dimension + first % width;
        f64x16 sums = 0;
        for (ptrdiff_t d = 0; d < dimension; d++) {
            const f64x16 difference = (double)z[d] - widen(load16(SGC_FLOAT32, e, d * width));
            sums += difference * difference;
        }
        for (int lane = 0; lane < LANES && first + lane < codes; lane++)
            compare(&n, (int32_t)(first + lane), sums[lane]);
    }
    return n;
}

INLINE float length_of(const float *x, ptrdiff_t n) {
    double squares = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        squares += (double)x[i] * x[i];
    return (float)__builtin_sqrt(squares);
}

KERNEL void sgc_search_codes(const float *z, const float *panels, const float *halves, float longest, float weight,
                             int32_t *nearest, float *distances, float *second, ptrdiff_t codes, ptrdiff_t dimension,
                             ptrdiff_t begin, ptrdiff_t end) {
    const ptrdiff_t width = panel_width(), panel_count = (codes + width - 1) / width;
    for (ptrdiff_t block = begin; block < end; block += BLOCK) {
        struct search searches[BLOCK];
        const ptrdiff_t count = end - block < BLOCK ? end - block : BLOCK;
        for (ptrdiff_t t = 0; t < count; t++) {
            // A score rounds once for every channel and a few times more, each time by 2^-24 of |z||e| + |e|^2 at most;
            // and two of them are compared. Near the ends of float32 numbers round otherwise.
            const float reach = longest * (length_of(z + (block + t) * dimension, dimension) + longest);
            searches[t] = (struct search){
                .lowest = INFINITY,
                .second = INFINITY,
                .slack = (float)(dimension + 8) * 0x1p-23f * reach,
                .count = reach > 0x1p-80f && reach < 0x1p120f ? 0 : TOO_MANY,
            };
        }
        for (ptrdiff_t panel = 0; panel < panel_count; panel++) {
            const float *rows = z + block * dimension, *columns = panels + panel * dimension * width;
            const int32_t first = (int32_t)(panel * width);
            if (width == WIDEST_PANEL)
                score_panel(rows, columns, halves + first, dimension, count, WIDEST_PANEL / LANES, first, searches);
            else
                score_panel(rows, columns, halves + first, dimension, count, 1, first, searches);
        }
        for (ptrdiff_t t = 0; t < count; t++) {
            const struct nearest n = finish(searches + t, z + (block + t) * dimension, panels, codes, dimension, width);
            nearest[block + t] = n.code;
            distances[block + t] = weight * (float)n.distance;
            second[block + t] = weight * (float)n.second;
        }
    }
}
