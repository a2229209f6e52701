#include "element.h"

// Channels whose sums are held at once.
enum { COLUMNS = 64 };

INLINE ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) {
    return a < b ? a : b;
}

// MARK: where a sample comes from

// The two pixels along one axis that an output pixel mixes: (1 − weight) · x[low] + weight · x[high].
struct taps {
    ptrdiff_t low, high;
    float weight;
};

INLINE struct taps taps_at(ptrdiff_t i, ptrdiff_t extent, ptrdiff_t out_extent) {
    double at = ((double)i + 0.5) * (double)extent / (double)out_extent - 0.5;
    at = at < 0 ? 0 : at;
    ptrdiff_t low = least((ptrdiff_t)at, extent - 1);
    struct taps taps = {low, least(low + 1, extent - 1), (float)(at - (double)low)};
    return taps;
}

INLINE float share_of(struct taps taps, ptrdiff_t pixel) {
    return (taps.low == pixel ? 1 - taps.weight : 0) + (taps.high == pixel ? taps.weight : 0);
}

// The outputs [first, last) along one axis that may use `pixel`.
struct span {
    ptrdiff_t first, last;
};

INLINE struct span users_of(ptrdiff_t pixel, ptrdiff_t extent, ptrdiff_t out_extent, int bilinear) {
    struct span span;
    if (bilinear) { // one more on each side than the arithmetic says, against rounding; the weights decide
        double scale = (double)out_extent / (double)extent;
        span.first = (ptrdiff_t)(((double)pixel - 0.5) * scale - 0.5) - 1;
        span.last = (ptrdiff_t)(((double)pixel + 1.5) * scale - 0.5) + 3;
        span.first = pixel == 0 || span.first < 0 ? 0 : span.first;
        span.last = pixel == extent - 1 ? out_extent : least(span.last, out_extent);
    } else { // ⌊i · extent / out_extent⌋ = pixel
        span.first = (pixel * out_extent + extent - 1) / extent;
        span.last = ((pixel + 1) * out_extent + extent - 1) / extent;
    }
    return span;
}

// MARK: resizing

KERNEL void sgc_resize_nearest(int type, const void *x, void *y, struct sgc_resize s, ptrdiff_t begin, ptrdiff_t end) {
    size_t pixel = (size_t)(s.channels * (type == SGC_BFLOAT16 ? 2 : 4));
    for (ptrdiff_t row = begin; row < end; row++) {
        ptrdiff_t image = row / s.out_height, i = row % s.out_height * s.height / s.out_height;
        const char *from = (const char *)x + (size_t)((image * s.height + i) * s.width) * pixel;
        char *to = (char *)y + (size_t)(row * s.out_width) * pixel;
        for (ptrdiff_t j = 0; j < s.out_width; j++)
            memcpy(to + (size_t)j * pixel, from + (size_t)(j * s.width / s.out_width) * pixel, pixel);
    }
}

INLINE void mix(int type, const void *a, const void *b, const void *c, const void *d, void *restrict y, float u,
                float v, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float upper = load(type, a, i) * (1 - v) + load(type, b, i) * v;
        float lower = load(type, c, i) * (1 - v) + load(type, d, i) * v;
        store(type, y, i, upper * (1 - u) + lower * u);
    }
}

INLINE void resize_bilinear(int type, const void *x, void *y, struct sgc_resize s, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++) {
        struct taps up = taps_at(row % s.out_height, s.height, s.out_height);
        ptrdiff_t image = row / s.out_height * s.height;
        const void *upper = element(type, x, (image + up.low) * s.width * s.channels);
        const void *lower = element(type, x, (image + up.high) * s.width * s.channels);
        for (ptrdiff_t j = 0; j < s.out_width; j++) {
            struct taps across = taps_at(j, s.width, s.out_width);
            ptrdiff_t left = across.low * s.channels, right = across.high * s.channels;
            mix(type, element(type, upper, left), element(type, upper, right), element(type, lower, left),
                element(type, lower, right), mutable_element(type, y, (row * s.out_width + j) * s.channels), up.weight,
                across.weight, s.channels);
        }
    }
}

KERNEL void sgc_resize_bilinear(int type, const void *x, void *y, struct sgc_resize s, ptrdiff_t begin, ptrdiff_t end) {
    FOR_TYPE(type, resize_bilinear(T, x, y, s, begin, end));
}

INLINE void resize_gradient(int type, const void *dy, void *dx, int bilinear, struct sgc_resize s, ptrdiff_t begin,
                            ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++) {
        ptrdiff_t image = row / s.height, h = row % s.height;
        struct span rows = users_of(h, s.height, s.out_height, bilinear);
        for (ptrdiff_t w = 0; w < s.width; w++) {
            struct span columns = users_of(w, s.width, s.out_width, bilinear);
            for (ptrdiff_t c0 = 0; c0 < s.channels; c0 += COLUMNS) {
                ptrdiff_t n = least(COLUMNS, s.channels - c0);
                float sums[COLUMNS] = {0};
                for (ptrdiff_t i = rows.first; i < rows.last; i++) {
                    float down = bilinear ? share_of(taps_at(i, s.height, s.out_height), h) : 1;
                    for (ptrdiff_t j = columns.first; j < columns.last && down != 0; j++) {
                        float share = bilinear ? down * share_of(taps_at(j, s.width, s.out_width), w) : 1;
                        ptrdiff_t at = ((image * s.out_height + i) * s.out_width + j) * s.channels + c0;
                        for (ptrdiff_t c = 0; c < n; c++)
                            sums[c] += share * load(type, dy, at + c);
                    }
                }
                for (ptrdiff_t c = 0; c < n; c++)
                    store(type, dx, (row * s.width + w) * s.channels + c0 + c, sums[c]);
            }
        }
    }
}

KERNEL void sgc_resize_gradient(int type, const void *dy, void *dx, int bilinear, struct sgc_resize s, ptrdiff_t begin,
                                ptrdiff_t end) {
    if (bilinear)
        FOR_TYPE(type, resize_gradient(T, dy, dx, 1, s, begin, end));
    else
        FOR_TYPE(type, resize_gradient(T, dy, dx, 0, s, begin, end));
}

// MARK: pooling

// The pixels first, first + step, … below last along one axis that window i covers, and how many of its places lie on
// image or padding.
struct window {
    ptrdiff_t first, last, step, places;
};

INLINE struct window window_at(ptrdiff_t i, struct sgc_pooling_axis axis) {
    ptrdiff_t first = i * axis.stride - axis.before, step = axis.dilation;
    ptrdiff_t room = axis.extent + axis.after - first; // pixels up to the end of the padding
    ptrdiff_t skipped = first < 0 ? (-first + step - 1) / step : 0;
    struct window window = {first + skipped * step, least(first + (axis.kernel - 1) * step + 1, axis.extent), step,
                            least(axis.kernel, (room + step - 1) / step)};
    return window;
}

INLINE ptrdiff_t covered(struct window w) {
    return w.last > w.first ? (w.last - w.first + w.step - 1) / w.step : 0;
}

// What the sum of a window is multiplied with.
INLINE float window_factor(struct sgc_pooling s, struct window rows, struct window columns) {
    ptrdiff_t pixels = covered(rows) * covered(columns);
    return pixels > 0 ? 1 / (float)(s.counts_padding ? rows.places * columns.places : pixels) : 0;
}

INLINE void pool(int type, const void *x, void *restrict y, int largest, struct sgc_pooling s, ptrdiff_t begin,
                 ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++) {
        ptrdiff_t image = row / s.rows.outputs * s.rows.extent;
        struct window rows = window_at(row % s.rows.outputs, s.rows);
        for (ptrdiff_t j = 0; j < s.columns.outputs; j++) {
            struct window columns = window_at(j, s.columns);
            float factor = window_factor(s, rows, columns);
            for (ptrdiff_t c0 = 0; c0 < s.channels; c0 += COLUMNS) {
                ptrdiff_t n = least(COLUMNS, s.channels - c0);
                float results[COLUMNS];
                for (ptrdiff_t c = 0; c < n; c++)
                    results[c] = largest ? -INFINITY : 0;
                for (ptrdiff_t h = rows.first; h < rows.last; h += rows.step)
                    for (ptrdiff_t w = columns.first; w < columns.last; w += columns.step) {
                        ptrdiff_t at = ((image + h) * s.columns.extent + w) * s.channels + c0;
                        for (ptrdiff_t c = 0; c < n; c++) {
                            float v = load(type, x, at + c);
                            if (largest)
                                results[c] = v > results[c] || v != v ? v : results[c];
                            else
                                results[c] += v;
                        }
                    }
                for (ptrdiff_t c = 0; c < n; c++)
                    store(type, y, (row * s.columns.outputs + j) * s.channels + c0 + c,
                          largest ? results[c] : results[c] * factor);
            }
        }
    }
}

KERNEL void sgc_pool(int type, const void *x, void *y, int largest, struct sgc_pooling s, ptrdiff_t begin,
                     ptrdiff_t end) {
    if (largest)
        FOR_TYPE(type, pool(T, x, y, 1, s, begin, end));
    else
        FOR_TYPE(type, pool(T, x, y, 0, s, begin, end));
}

// One window's share of the gradient, over n <= COLUMNS channels from c0 on.
INLINE void spread(int type, const void *x, const void *upstream, float *restrict dx, int largest, struct sgc_pooling s,
                   struct window rows, struct window columns, ptrdiff_t image, ptrdiff_t c0, ptrdiff_t n) {
    if (!largest) {
        float factor = window_factor(s, rows, columns);
        for (ptrdiff_t h = rows.first; h < rows.last; h += rows.step)
            for (ptrdiff_t w = columns.first; w < columns.last; w += columns.step) {
                float *to = dx + ((image + h) * s.columns.extent + w) * s.channels + c0;
                for (ptrdiff_t c = 0; c < n; c++)
                    to[c] += load(type, upstream, c) * factor;
            }
        return;
    }
    float best[COLUMNS];
    ptrdiff_t place[COLUMNS];
    for (ptrdiff_t c = 0; c < n; c++) {
        best[c] = -INFINITY;
        place[c] = -1;
    }
    for (ptrdiff_t h = rows.first; h < rows.last; h += rows.step)
        for (ptrdiff_t w = columns.first; w < columns.last; w += columns.step) {
            ptrdiff_t at = ((image + h) * s.columns.extent + w) * s.channels + c0;
            for (ptrdiff_t c = 0; c < n; c++) {
                float v = load(type, x, at + c);
                int better = v > best[c] || place[c] < 0 || (v != v && best[c] == best[c]);
                best[c] = better ? v : best[c];
                place[c] = better ? at + c : place[c];
            }
        }
    for (ptrdiff_t c = 0; c < n; c++)
        if (place[c] >= 0)
            dx[place[c]] += load(type, upstream, c);
}

INLINE void pool_gradient(int type, const void *x, const void *dy, float *dx, int largest, struct sgc_pooling s,
                          ptrdiff_t first, ptrdiff_t last, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t image = first; image < last; image++)
        for (ptrdiff_t i = 0; i < s.rows.outputs; i++)
            for (ptrdiff_t j = 0; j < s.columns.outputs; j++) {
                struct window rows = window_at(i, s.rows);
                struct window columns = window_at(j, s.columns);
                ptrdiff_t at = ((image * s.rows.outputs + i) * s.columns.outputs + j) * s.channels;
                for (ptrdiff_t c0 = begin; c0 < end; c0 += COLUMNS)
                    spread(type, x, element(type, dy, at + c0), dx, largest, s, rows, columns, image * s.rows.extent,
                           c0, least(COLUMNS, end - c0));
            }
}

KERNEL void sgc_pool_gradient(int type, const void *x, const void *dy, float *dx, int largest, struct sgc_pooling s,
                              ptrdiff_t first, ptrdiff_t last, ptrdiff_t begin, ptrdiff_t end) {
    if (largest)
        FOR_TYPE(type, pool_gradient(T, x, dy, dx, 1, s, first, last, begin, end));
    else
        FOR_TYPE(type, pool_gradient(T, x, dy, dx, 0, s, first, last, begin, end));
}

// MARK: mixing along an axis

INLINE void mix_rows(int type, const void *x, void *restrict y, const int32_t *starts, const int32_t *positions,
                     const float *weights, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t inner, ptrdiff_t begin,
                     ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++) {
        const void *from = element(type, x, row / outputs * inputs * inner);
        ptrdiff_t first = starts[row % outputs], last = starts[row % outputs + 1];
        for (ptrdiff_t c0 = 0; c0 < inner; c0 += COLUMNS) {
            ptrdiff_t n = least(COLUMNS, inner - c0);
            float sums[COLUMNS] = {0};
            for (ptrdiff_t entry = first; entry < last; entry++) {
                const void *source = element(type, from, positions[entry] * inner + c0);
                for (ptrdiff_t c = 0; c < n; c++)
                    sums[c] += weights[entry] * load(type, source, c);
            }
            for (ptrdiff_t c = 0; c < n; c++)
                store(type, y, row * inner + c0 + c, sums[c]);
        }
    }
}

KERNEL void sgc_mix(int type, const void *x, void *y, const int32_t *starts, const int32_t *positions,
                    const float *weights, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t inner, ptrdiff_t begin,
                    ptrdiff_t end) {
    FOR_TYPE(type, mix_rows(T, x, y, starts, positions, weights, inputs, outputs, inner, begin, end));
}
