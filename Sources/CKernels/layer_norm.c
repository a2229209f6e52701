#include "element.h"

// Sixteen channels from c on; beyond the n-th they are `fill`.
INLINE f32x16 channels_at(int type, const void *x, ptrdiff_t c, ptrdiff_t n, float fill) {
    return c + LANES <= n ? load16(type, x, c) : load_some(type, x, c, n - c, fill);
}

INLINE void layer_norm(int type, const void *restrict x, const float *restrict gain, const float *restrict shift,
                       void *restrict y, float *restrict means, float *restrict deviations, double epsilon,
                       ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++) {
        const void *from = element(type, x, row * channels);
        void *to = mutable_element(type, y, row * channels);
        f64x16 sums = 0, squares = 0;
        for (ptrdiff_t c = 0; c < channels; c += LANES) {
            f64x16 v = widen(channels_at(type, from, c, channels, 0));
            sums += v;
            squares += v * v;
        }
        double average = fold(sums) / (double)channels;
        double variance = fold(squares) / (double)channels - average * average;
        float mean = (float)average, deviation = (float)(1 / sqrt((variance < 0 ? 0 : variance) + epsilon));
        for (ptrdiff_t c = 0; c < channels; c++)
            store(type, to, c, (load(type, from, c) - mean) * deviation * gain[c] + shift[c]);
        means[row] = mean;
        deviations[row] = deviation;
    }
}

KERNEL void sgc_layer_norm(int type, const void *x, const float *gain, const float *shift, void *y, float *mean,
                           float *deviation, double epsilon, ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end) {
    FOR_TYPE(type, layer_norm(T, x, gain, shift, y, mean, deviation, epsilon, channels, begin, end));
}

INLINE void layer_norm_gradient(int type, const void *restrict x, const void *restrict dy, const float *restrict gain,
                                const float *restrict means, const float *restrict deviations, void *restrict dx,
                                double *restrict partial, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t begin,
                                ptrdiff_t end) {
    for (ptrdiff_t block = begin; block < end; block++) {
        double *restrict sums = partial + block * 2 * channels, *restrict products = sums + channels;
        memset(sums, 0, (size_t)(2 * channels) * sizeof(double));
        ptrdiff_t last = (block + 1) * SGC_NORM_BLOCK < rows ? (block + 1) * SGC_NORM_BLOCK : rows;
        for (ptrdiff_t row = block * SGC_NORM_BLOCK; row < last; row++) {
            const void *from = element(type, x, row * channels), *upstream = element(type, dy, row * channels);
            void *to = mutable_element(type, dx, row * channels);
            float mean = means[row], deviation = deviations[row];
            // 1. Means over the row of gain · dy, and of gain · dy · x̂.
            f64x16 sum = 0, product = 0;
            for (ptrdiff_t c = 0; c < channels; c += LANES) {
                f32x16 scaled =
                    channels_at(type, upstream, c, channels, 0) * channels_at(SGC_FLOAT32, gain, c, channels, 0);
                sum += widen(scaled);
                product += widen(scaled * ((channels_at(type, from, c, channels, mean) - mean) * deviation));
            }
            float m1 = (float)(fold(sum) / (double)channels), m2 = (float)(fold(product) / (double)channels);
            // 2. The gradient, and the sums for gain and shift.
            for (ptrdiff_t c = 0; c < channels; c++) {
                float normalized = (load(type, from, c) - mean) * deviation, v = load(type, upstream, c);
                store(type, to, c, deviation * (v * gain[c] - m1 - normalized * m2));
                sums[c] += v;
                products[c] += v * normalized;
            }
        }
    }
}

KERNEL void sgc_layer_norm_gradient(int type, const void *x, const void *dy, const float *gain, const float *mean,
                                    const float *deviation, void *dx, double *partial, ptrdiff_t rows,
                                    ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end) {
    FOR_TYPE(type, layer_norm_gradient(T, x, dy, gain, mean, deviation, dx, partial, rows, channels, begin, end));
}
