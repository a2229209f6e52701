#include "element.h"

// Inner elements that are reduced side by side: their accumulators stay in the first-level cache.
enum { COLUMNS = 64 };

INLINE ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) {
    return a < b ? a : b;
}

// MARK: sums

// Σ x or Σ x² of n neighbours: sixteen sums side by side, then folded by halves.
INLINE double sum_of_row(int type, const void *x, int squared, ptrdiff_t n) {
    f64x16 sums = 0;
    ptrdiff_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        f64x16 v = widen(load16(type, x, i));
        sums += squared ? v * v : v;
    }
    if (i < n) {
        f64x16 v = widen(load_some(type, x, i, n - i, 0));
        sums += squared ? v * v : v;
    }
    return fold(sums);
}

// Σ over `rows` rows of `width` <= COLUMNS columns.
INLINE void sum_of_columns(int type, const void *x, double *restrict y, int squared, ptrdiff_t rows, ptrdiff_t stride,
                           ptrdiff_t width) {
    double sums[COLUMNS] = {0};
    for (ptrdiff_t row = 0; row < rows; row++) {
        const void *from = element(type, x, row * stride);
        for (ptrdiff_t i = 0; i < width; i++) {
            double v = load(type, from, i);
            sums[i] += squared ? v * v : v;
        }
    }
    for (ptrdiff_t i = 0; i < width; i++)
        y[i] = sums[i];
}

INLINE void partial_sums(int type, const void *x, double *partial, int squared, ptrdiff_t count, ptrdiff_t inner,
                         ptrdiff_t begin, ptrdiff_t end) {
    ptrdiff_t chunks = (count + SGC_REDUCTION_CHUNK - 1) / SGC_REDUCTION_CHUNK;
    for (ptrdiff_t number = begin; number < end; number++) {
        ptrdiff_t o = number / chunks, first = number % chunks * SGC_REDUCTION_CHUNK;
        ptrdiff_t rows = least(SGC_REDUCTION_CHUNK, count - first);
        const void *from = element(type, x, (o * count + first) * inner);
        if (inner == 1)
            partial[number] = sum_of_row(type, from, squared, rows);
        else
            for (ptrdiff_t i = 0; i < inner; i += COLUMNS)
                sum_of_columns(type, element(type, from, i), partial + number * inner + i, squared, rows, inner,
                               least(COLUMNS, inner - i));
    }
}

KERNEL void sgc_partial_sums(int type, const void *x, double *partial, int squared, ptrdiff_t count, ptrdiff_t inner,
                             ptrdiff_t begin, ptrdiff_t end) {
    if (squared)
        FOR_TYPE(type, partial_sums(T, x, partial, 1, count, inner, begin, end));
    else
        FOR_TYPE(type, partial_sums(T, x, partial, 0, count, inner, begin, end));
}

void sgc_combine_sums(int type, const double *partial, void *y, double scale, ptrdiff_t chunks, ptrdiff_t inner,
                      ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t o = begin; o < end; o++)
        for (ptrdiff_t i = 0; i < inner; i++) {
            double sum = 0;
            for (ptrdiff_t c = 0; c < chunks; c++)
                sum += partial[(o * chunks + c) * inner + i];
            store(type, y, o * inner + i, (float)(sum * scale));
        }
}

// MARK: extremes

// Whether x goes before `best` in the order by size; NaN goes first.
INLINE int beats(float x, float best, int largest) {
    return (largest ? x > best : x < best) || (x != x && best == best);
}

INLINE void extreme_of_columns(int type, const void *x, void *y, int largest, ptrdiff_t rows, ptrdiff_t stride,
                               ptrdiff_t width) {
    float best[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        best[i] = largest ? -INFINITY : INFINITY;
    for (ptrdiff_t row = 0; row < rows; row++) {
        const void *from = element(type, x, row * stride);
        for (ptrdiff_t i = 0; i < width; i++) {
            float v = load(type, from, i);
            best[i] = beats(v, best[i], largest) ? v : best[i];
        }
    }
    for (ptrdiff_t i = 0; i < width; i++)
        store(type, y, i, best[i]);
}

INLINE float extreme_of_row(int type, const void *x, int largest, ptrdiff_t n) {
    float best[LANES], result = largest ? -INFINITY : INFINITY;
    for (int lane = 0; lane < LANES; lane++)
        best[lane] = result;
    ptrdiff_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            float v = load(type, x, i + lane);
            best[lane] = beats(v, best[lane], largest) ? v : best[lane];
        }
    for (; i < n; i++) {
        float v = load(type, x, i);
        result = beats(v, result, largest) ? v : result;
    }
    for (int lane = 0; lane < LANES; lane++)
        result = beats(best[lane], result, largest) ? best[lane] : result;
    return result;
}

INLINE void extremes(int type, const void *x, void *y, int largest, ptrdiff_t count, ptrdiff_t inner, ptrdiff_t begin,
                     ptrdiff_t end) {
    for (ptrdiff_t o = begin; o < end; o++) {
        const void *from = element(type, x, o * count * inner);
        if (inner == 1)
            store(type, y, o, extreme_of_row(type, from, largest, count));
        else
            for (ptrdiff_t i = 0; i < inner; i += COLUMNS)
                extreme_of_columns(type, element(type, from, i), mutable_element(type, y, o * inner + i), largest,
                                   count, inner, least(COLUMNS, inner - i));
    }
}

KERNEL void sgc_extremes(int type, const void *x, void *y, int largest, ptrdiff_t count, ptrdiff_t inner,
                         ptrdiff_t begin, ptrdiff_t end) {
    if (largest)
        FOR_TYPE(type, extremes(T, x, y, 1, count, inner, begin, end));
    else
        FOR_TYPE(type, extremes(T, x, y, 0, count, inner, begin, end));
}

INLINE void argmax_of_columns(int type, const void *x, int32_t *restrict y, ptrdiff_t rows, ptrdiff_t stride,
                              ptrdiff_t width) {
    float best[COLUMNS];
    int32_t index[COLUMNS] = {0};
    for (ptrdiff_t i = 0; i < width; i++)
        best[i] = rows > 0 ? load(type, x, i) : 0;
    for (ptrdiff_t row = 1; row < rows; row++) {
        const void *from = element(type, x, row * stride);
        for (ptrdiff_t i = 0; i < width; i++) {
            float v = load(type, from, i);
            int better = beats(v, best[i], 1);
            best[i] = better ? v : best[i];
            index[i] = better ? (int32_t)row : index[i];
        }
    }
    for (ptrdiff_t i = 0; i < width; i++)
        y[i] = index[i];
}

INLINE int32_t argmax_of_row(int type, const void *x, ptrdiff_t n) {
    float best = extreme_of_row(type, x, 1, n);
    for (ptrdiff_t i = 0; i < n; i++) {
        float v = load(type, x, i);
        if (v == best || (v != v && best != best))
            return (int32_t)i;
    }
    return 0;
}

INLINE void argmax(int type, const void *x, int32_t *y, ptrdiff_t count, ptrdiff_t inner, ptrdiff_t begin,
                   ptrdiff_t end) {
    for (ptrdiff_t o = begin; o < end; o++) {
        const void *from = element(type, x, o * count * inner);
        if (inner == 1)
            y[o] = argmax_of_row(type, from, count);
        else
            for (ptrdiff_t i = 0; i < inner; i += COLUMNS)
                argmax_of_columns(type, element(type, from, i), y + o * inner + i, count, inner,
                                  least(COLUMNS, inner - i));
    }
}

KERNEL void sgc_argmax(int type, const void *x, int32_t *y, ptrdiff_t count, ptrdiff_t inner, ptrdiff_t begin,
                       ptrdiff_t end) {
    FOR_TYPE(type, argmax(T, x, y, count, inner, begin, end));
}

// MARK: running sums

INLINE void cumulative_sum(int type, const void *restrict x, void *restrict y, int reversed, ptrdiff_t count,
                           ptrdiff_t inner, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t o = begin; o < end; o++)
        for (ptrdiff_t first = 0; first < inner; first += COLUMNS) {
            ptrdiff_t width = least(COLUMNS, inner - first);
            double sums[COLUMNS] = {0};
            for (ptrdiff_t step = 0; step < count; step++) {
                ptrdiff_t row = reversed ? count - 1 - step : step;
                ptrdiff_t at = (o * count + row) * inner + first;
                for (ptrdiff_t i = 0; i < width; i++) {
                    sums[i] += load(type, x, at + i);
                    store(type, y, at + i, (float)sums[i]);
                }
            }
        }
}

KERNEL void sgc_cumulative_sum(int type, const void *x, void *y, int reversed, ptrdiff_t count, ptrdiff_t inner,
                               ptrdiff_t begin, ptrdiff_t end) {
    FOR_TYPE(type, cumulative_sum(T, x, y, reversed, count, inner, begin, end));
}

// MARK: the k largest

// Whether element a of a row comes before element b: larger first, NaN before all, then by index.
INLINE int before(int type, const void *x, int32_t a, int32_t b) {
    float u = load(type, x, a), v = load(type, x, b);
    return beats(u, v, 1) || (!beats(v, u, 1) && a < b);
}

// Restores the heap whose root, the last in order, may be out of place.
INLINE void sink(int type, const void *x, int32_t *heap, ptrdiff_t n, ptrdiff_t root) {
    for (;;) {
        ptrdiff_t child = 2 * root + 1;
        if (child >= n)
            return;
        if (child + 1 < n && before(type, x, heap[child], heap[child + 1]))
            child++;
        if (!before(type, x, heap[root], heap[child]))
            return;
        int32_t moved = heap[root];
        heap[root] = heap[child];
        heap[child] = moved;
        root = child;
    }
}

INLINE void top_k(int type, const void *x, void *values, int32_t *indices, ptrdiff_t columns, ptrdiff_t k,
                  ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end && k > 0; row++) {
        const void *from = element(type, x, row * columns);
        int32_t *heap = indices + row * k;
        // 1. The first k elements as a heap, the last in order on top.
        for (ptrdiff_t i = 0; i < k; i++)
            heap[i] = (int32_t)i;
        for (ptrdiff_t root = k / 2 - 1; root >= 0; root--)
            sink(type, from, heap, k, root);
        // 2. Every further element that comes before the top replaces it.
        for (ptrdiff_t i = k; i < columns; i++)
            if (before(type, from, (int32_t)i, heap[0])) {
                heap[0] = (int32_t)i;
                sink(type, from, heap, k, 0);
            }
        // 3. Taking the top away repeatedly leaves the elements in order.
        for (ptrdiff_t n = k - 1; n > 0; n--) {
            int32_t last = heap[0];
            heap[0] = heap[n];
            heap[n] = last;
            sink(type, from, heap, n, 0);
        }
        for (ptrdiff_t i = 0; i < k; i++)
            store(type, values, row * k + i, load(type, from, heap[i]));
    }
}

void sgc_top_k(int type, const void *x, void *values, int32_t *indices, ptrdiff_t columns, ptrdiff_t k, ptrdiff_t begin,
               ptrdiff_t end) {
    FOR_TYPE(type, top_k(T, x, values, indices, columns, k, begin, end));
}
