#include "vector_math.h"

INLINE ptrdiff_t block_count(ptrdiff_t rows) {
    return (rows + SGC_NORM_BLOCK - 1) / SGC_NORM_BLOCK;
}

INLINE ptrdiff_t block_end(ptrdiff_t first, ptrdiff_t rows) {
    return first + SGC_NORM_BLOCK < rows ? first + SGC_NORM_BLOCK : rows;
}

// MARK: sums over rows

INLINE void add_row(int type, const void *restrict x, double *restrict sums, double *restrict squares, ptrdiff_t n) {
    for (ptrdiff_t c = 0; c < n; c++) {
        double v = load(type, x, c);
        sums[c] += v;
        squares[c] += v * v;
    }
}

// Four rows of n channels at once: the sums go through memory a quarter as often.
INLINE void add_four_rows(int type, const void *restrict x, double *restrict sums, double *restrict squares,
                          ptrdiff_t n) {
    for (ptrdiff_t c = 0; c < n; c++) {
        double a = load(type, x, c), b = load(type, x, n + c);
        double d = load(type, x, 2 * n + c), e = load(type, x, 3 * n + c);
        sums[c] += (a + b) + (d + e);
        squares[c] += (a * a + b * b) + (d * d + e * e);
    }
}

INLINE void channel_sums(int type, const void *x, double *partial, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t begin,
                         ptrdiff_t end) {
    ptrdiff_t blocks = block_count(rows);
    for (ptrdiff_t number = begin; number < end; number++) {
        ptrdiff_t image = number / blocks, row = number % blocks * SGC_NORM_BLOCK, last = block_end(row, rows);
        double *sums = partial + number * 2 * channels, *squares = sums + channels;
        memset(sums, 0, (size_t)(2 * channels) * sizeof(double));
        for (; row + 4 <= last; row += 4)
            add_four_rows(type, element(type, x, (image * rows + row) * channels), sums, squares, channels);
        for (; row < last; row++)
            add_row(type, element(type, x, (image * rows + row) * channels), sums, squares, channels);
    }
}

KERNEL void sgc_channel_sums(int type, const void *x, double *partial, ptrdiff_t rows, ptrdiff_t channels,
                             ptrdiff_t begin, ptrdiff_t end) {
    FOR_TYPE(type, channel_sums(T, x, partial, rows, channels, begin, end));
}

KERNEL void sgc_add_blocks(const double *partial, double *totals, ptrdiff_t blocks, ptrdiff_t width, ptrdiff_t begin,
                           ptrdiff_t end) {
    for (ptrdiff_t image = begin; image < end; image++) {
        double *restrict to = totals + image * width;
        memset(to, 0, (size_t)width * sizeof(double));
        for (ptrdiff_t block = 0; block < blocks; block++) {
            const double *restrict from = partial + (image * blocks + block) * width;
            for (ptrdiff_t i = 0; i < width; i++)
                to[i] += from[i];
        }
    }
}

void sgc_moments(const double *totals, float *mean, float *spread, int inverse, double epsilon, ptrdiff_t images,
                 ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t groups) {
    ptrdiff_t width = channels / groups;
    for (ptrdiff_t image = 0; image < images; image++)
        for (ptrdiff_t group = 0; group < groups; group++) {
            const double *sums = totals + image * 2 * channels + group * width;
            double sum = 0, squares = 0, count = (double)rows * (double)width;
            for (ptrdiff_t c = 0; c < width; c++) {
                sum += sums[c];
                squares += sums[channels + c];
            }
            double average = count > 0 ? sum / count : 0;
            double variance = count > 0 ? squares / count - average * average : 0;
            variance = variance < 0 ? 0 : variance;
            mean[image * groups + group] = (float)average;
            spread[image * groups + group] = (float)(inverse ? 1 / sqrt(variance + epsilon) : variance);
        }
}

// MARK: normalization with given statistics

void sgc_norm_terms(const float *mean, const float *deviation, const float *gain, const float *shift, float *terms,
                    ptrdiff_t images, ptrdiff_t channels, ptrdiff_t groups) {
    ptrdiff_t width = channels / groups;
    for (ptrdiff_t image = 0; image < images; image++)
        for (ptrdiff_t c = 0; c < channels; c++) {
            float *term = terms + image * 4 * channels + c;
            term[0] = mean[image * groups + c / width];
            term[channels] = deviation[image * groups + c / width];
            term[2 * channels] = gain[c];
            term[3 * channels] = shift[c];
        }
}

INLINE void normalize_row(int type, const void *restrict x, const float *restrict terms, void *restrict y, int silu,
                          ptrdiff_t n) {
    const float *mean = terms, *deviation = terms + n, *gain = terms + 2 * n, *shift = terms + 3 * n;
    for (ptrdiff_t c = 0; c < n; c++) {
        float z = (load(type, x, c) - mean[c]) * deviation[c] * gain[c] + shift[c];
        store(type, y, c, silu ? silu_of(z) : z);
    }
}

INLINE void normalize(int type, const void *x, const float *terms, void *y, int silu, ptrdiff_t rows,
                      ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++)
        normalize_row(type, element(type, x, row * channels), terms + row / rows * 4 * channels,
                      mutable_element(type, y, row * channels), silu, channels);
}

KERNEL void sgc_normalize(int type, const void *x, const float *terms, void *y, int silu, ptrdiff_t rows,
                          ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end) {
    if (silu)
        FOR_TYPE(type, normalize(T, x, terms, y, 1, rows, channels, begin, end));
    else
        FOR_TYPE(type, normalize(T, x, terms, y, 0, rows, channels, begin, end));
}

// MARK: its gradient

// Channels whose sums over a block of rows are held at once: in float32, the width that dz is computed in.
enum { COLUMNS = 64 };

INLINE void add_slopes_of_row(int type, const void *restrict x, const void *restrict dy, const float *restrict terms,
                              ptrdiff_t channels, float *restrict sums, float *restrict products, int silu,
                              ptrdiff_t n) {
    const float *mean = terms, *deviation = terms + channels;
    const float *gain = terms + 2 * channels, *shift = terms + 3 * channels;
    for (ptrdiff_t c = 0; c < n; c++) {
        float normalized = (load(type, x, c) - mean[c]) * deviation[c];
        float dz = load(type, dy, c);
        if (silu)
            dz *= silu_slope(normalized * gain[c] + shift[c]);
        sums[c] += dz;
        products[c] += dz * normalized;
    }
}

INLINE void normalize_sums(int type, const void *x, const void *dy, const float *terms, double *partial, int silu,
                           ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end) {
    ptrdiff_t blocks = block_count(rows);
    for (ptrdiff_t number = begin; number < end; number++) {
        ptrdiff_t image = number / blocks, first = number % blocks * SGC_NORM_BLOCK, last = block_end(first, rows);
        double *to = partial + number * 2 * channels;
        for (ptrdiff_t c0 = 0; c0 < channels; c0 += COLUMNS) {
            ptrdiff_t n = channels - c0 < COLUMNS ? channels - c0 : COLUMNS;
            float sums[COLUMNS] = {0}, products[COLUMNS] = {0};
            for (ptrdiff_t row = first; row < last; row++) {
                ptrdiff_t at = (image * rows + row) * channels + c0;
                add_slopes_of_row(type, element(type, x, at), element(type, dy, at), terms + image * 4 * channels + c0,
                                  channels, sums, products, silu, n);
            }
            for (ptrdiff_t c = 0; c < n; c++) {
                to[c0 + c] = sums[c];
                to[channels + c0 + c] = products[c];
            }
        }
    }
}

KERNEL void sgc_normalize_sums(int type, const void *x, const void *dy, const float *terms, double *partial, int silu,
                               ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end) {
    if (silu)
        FOR_TYPE(type, normalize_sums(T, x, dy, terms, partial, 1, rows, channels, begin, end));
    else
        FOR_TYPE(type, normalize_sums(T, x, dy, terms, partial, 0, rows, channels, begin, end));
}

void sgc_normalize_slopes(const double *totals, const float *terms, float *slopes, float *dgain, float *dshift,
                          ptrdiff_t images, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t groups) {
    ptrdiff_t width = channels / groups;
    // 1. Means over each group, times the inverse deviation.
    for (ptrdiff_t image = 0; image < images; image++)
        for (ptrdiff_t first = 0; first < channels; first += width) {
            const double *sums = totals + image * 2 * channels + first;
            const float *term = terms + image * 4 * channels + first;
            double sum = 0, product = 0, count = (double)rows * (double)width;
            for (ptrdiff_t c = 0; c < width; c++) {
                sum += term[2 * channels + c] * sums[c];
                product += term[2 * channels + c] * sums[channels + c];
            }
            for (ptrdiff_t c = 0; c < width; c++) {
                float *slope = slopes + image * 2 * channels + first + c;
                slope[0] = count > 0 ? (float)(term[channels] * sum / count) : 0;
                slope[channels] = count > 0 ? (float)(term[channels] * product / count) : 0;
            }
        }
    // 2. Gain and shift, over the images in order.
    for (ptrdiff_t c = 0; c < channels; c++) {
        double sum = 0, product = 0;
        for (ptrdiff_t image = 0; image < images; image++) {
            sum += totals[image * 2 * channels + c];
            product += totals[image * 2 * channels + channels + c];
        }
        dshift[c] = (float)sum;
        dgain[c] = (float)product;
    }
}

INLINE void normalize_gradient_row(int type, const void *restrict x, const void *restrict dy,
                                   const float *restrict terms, const float *restrict slopes, void *restrict dx,
                                   int silu, ptrdiff_t n) {
    const float *mean = terms, *deviation = terms + n, *gain = terms + 2 * n, *shift = terms + 3 * n;
    for (ptrdiff_t c = 0; c < n; c++) {
        float normalized = (load(type, x, c) - mean[c]) * deviation[c];
        float dz = load(type, dy, c);
        if (silu)
            dz *= silu_slope(normalized * gain[c] + shift[c]);
        store(type, dx, c, deviation[c] * gain[c] * dz - slopes[c] - normalized * slopes[n + c]);
    }
}

INLINE void normalize_gradient(int type, const void *x, const void *dy, const float *terms, const float *slopes,
                               void *dx, int silu, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++) {
        ptrdiff_t image = row / rows, at = row * channels;
        normalize_gradient_row(type, element(type, x, at), element(type, dy, at), terms + image * 4 * channels,
                               slopes + image * 2 * channels, mutable_element(type, dx, at), silu, channels);
    }
}

KERNEL void sgc_normalize_gradient(int type, const void *x, const void *dy, const float *terms, const float *slopes,
                                   void *dx, int silu, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t begin,
                                   ptrdiff_t end) {
    if (silu)
        FOR_TYPE(type, normalize_gradient(T, x, dy, terms, slopes, dx, 1, rows, channels, begin, end));
    else
        FOR_TYPE(type, normalize_gradient(T, x, dy, terms, slopes, dx, 0, rows, channels, begin, end));
}
