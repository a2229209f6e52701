#include "vector_math.h"

// Exponentials are made in pieces of this many elements, and then summed over sixteen lanes.
enum { PIECE = 256 };

INLINE ptrdiff_t piece_length(ptrdiff_t first, ptrdiff_t n) {
    return n - first < PIECE ? n - first : PIECE;
}

INLINE float largest_of(int type, const void *x, ptrdiff_t n) {
    f32x16 best = -INFINITY;
    for (ptrdiff_t i = 0; i < n; i += LANES) {
        f32x16 v = i + LANES <= n ? load16(type, x, i) : load_some(type, x, i, n - i, -INFINITY);
        best = v > best ? v : best;
    }
    float result = best[0];
    for (int lane = 1; lane < LANES; lane++)
        result = best[lane] > result ? best[lane] : result;
    return result;
}

INLINE double sum_of(const float *x, ptrdiff_t n) {
    f64x16 sums = 0;
    for (ptrdiff_t i = 0; i < n; i += LANES)
        sums += widen(i + LANES <= n ? load16(SGC_FLOAT32, x, i) : load_some(SGC_FLOAT32, x, i, n - i, 0));
    return fold(sums);
}

// Σ exp(x − largest).
INLINE double sum_of_exponentials(int type, const void *restrict x, float largest, ptrdiff_t n) {
    double sum = 0;
    for (ptrdiff_t first = 0; first < n; first += PIECE) {
        float piece[PIECE];
        ptrdiff_t length = piece_length(first, n);
        for (ptrdiff_t i = 0; i < length; i++)
            piece[i] = exp_of(load(type, x, first + i) - largest);
        sum += sum_of(piece, length);
    }
    return sum;
}

INLINE void softmax(int type, const void *restrict x, void *restrict y, int logarithm, ptrdiff_t n, ptrdiff_t begin,
                    ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++) {
        const void *from = element(type, x, row * n);
        void *to = mutable_element(type, y, row * n);
        float largest = largest_of(type, from, n);
        double sum = sum_of_exponentials(type, from, largest, n);
        float inverse = (float)(1 / sum), offset = (float)log(sum);
        for (ptrdiff_t i = 0; i < n; i++) {
            float v = load(type, from, i) - largest;
            store(type, to, i, logarithm ? v - offset : exp_of(v) * inverse);
        }
    }
}

KERNEL void sgc_softmax(int type, const void *x, void *y, int logarithm, ptrdiff_t columns, ptrdiff_t begin,
                        ptrdiff_t end) {
    if (logarithm)
        FOR_TYPE(type, softmax(T, x, y, 1, columns, begin, end));
    else
        FOR_TYPE(type, softmax(T, x, y, 0, columns, begin, end));
}

INLINE void softmax_gradient(int type, const void *restrict y, const void *restrict dy, void *restrict dx,
                             int logarithm, ptrdiff_t n, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++) {
        const void *output = element(type, y, row * n), *upstream = element(type, dy, row * n);
        void *to = mutable_element(type, dx, row * n);
        double total = 0;
        for (ptrdiff_t first = 0; first < n; first += PIECE) {
            float piece[PIECE];
            ptrdiff_t length = piece_length(first, n);
            for (ptrdiff_t i = 0; i < length; i++)
                piece[i] = load(type, upstream, first + i) * (logarithm ? 1 : load(type, output, first + i));
            total += sum_of(piece, length);
        }
        float sum = (float)total;
        for (ptrdiff_t i = 0; i < n; i++) {
            float v = load(type, output, i), d = load(type, upstream, i);
            store(type, to, i, logarithm ? d - exp_of(v) * sum : v * (d - sum));
        }
    }
}

KERNEL void sgc_softmax_gradient(int type, const void *y, const void *dy, void *dx, int logarithm, ptrdiff_t columns,
                                 ptrdiff_t begin, ptrdiff_t end) {
    if (logarithm)
        FOR_TYPE(type, softmax_gradient(T, y, dy, dx, 1, columns, begin, end));
    else
        FOR_TYPE(type, softmax_gradient(T, y, dy, dx, 0, columns, begin, end));
}

INLINE void cross_entropy(const float *restrict logits, const int32_t *restrict labels, double *restrict losses,
                          float *restrict gradient, double smoothing, double scale, ptrdiff_t n, ptrdiff_t begin,
                          ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++) {
        const float *from = logits + row * n;
        float *to = gradient + row * n;
        if (labels[row] < 0 || labels[row] >= n) {
            losses[row] = 0;
            memset(to, 0, (size_t)n * sizeof(float));
            continue;
        }
        float largest = largest_of(SGC_FLOAT32, from, n);
        double sum = sum_of_exponentials(SGC_FLOAT32, from, largest, n);
        // The targets add up to 1, so that the loss is logΣexp − Σ target · logit.
        double loss = largest + log(sum) - (1 - smoothing) * from[labels[row]];
        if (smoothing != 0)
            loss -= smoothing / (double)n * sum_of(from, n);
        losses[row] = loss;
        float factor = (float)(scale / sum), floor = (float)(scale * smoothing / (double)n);
        for (ptrdiff_t i = 0; i < n; i++)
            to[i] = exp_of(from[i] - largest) * factor - floor;
        to[labels[row]] -= (float)(scale * (1 - smoothing));
    }
}

KERNEL void sgc_cross_entropy(const float *logits, const int32_t *labels, double *losses, float *gradient,
                              double smoothing, double scale, ptrdiff_t classes, ptrdiff_t begin, ptrdiff_t end) {
    cross_entropy(logits, labels, losses, gradient, smoothing, scale, classes, begin, end);
}

// MARK: attention

INLINE void attention_softmax(float *restrict scores, float *restrict log_sum_exp, float scale, ptrdiff_t n,
                              ptrdiff_t rows) {
    for (ptrdiff_t row = 0; row < rows; row++) {
        float *s = scores + row * n;
        for (ptrdiff_t i = 0; i < n; i++)
            s[i] *= scale;
        float largest = largest_of(SGC_FLOAT32, s, n);
        for (ptrdiff_t i = 0; i < n; i++)
            s[i] = exp_of(s[i] - largest);
        double sum = sum_of(s, n);
        float inverse = (float)(1 / sum);
        for (ptrdiff_t i = 0; i < n; i++)
            s[i] *= inverse;
        log_sum_exp[row] = (float)(largest + log(sum));
    }
}

KERNEL void sgc_attention_softmax(float *scores, float *log_sum_exp, float scale, ptrdiff_t columns, ptrdiff_t rows) {
    attention_softmax(scores, log_sum_exp, scale, columns, rows);
}

INLINE void attention_slopes(float *restrict scores, float *restrict dp, const float *restrict log_sum_exp,
                             const float *restrict delta, float scale, ptrdiff_t n, ptrdiff_t rows) {
    for (ptrdiff_t row = 0; row < rows; row++) {
        float *s = scores + row * n, *d = dp + row * n;
        float offset = log_sum_exp[row], mean = delta[row];
        for (ptrdiff_t i = 0; i < n; i++) {
            float p = exp_of(s[i] * scale - offset);
            s[i] = p;
            d[i] = p * (d[i] - mean) * scale;
        }
    }
}

KERNEL void sgc_attention_slopes(float *scores, float *dp, const float *log_sum_exp, const float *delta, float scale,
                                 ptrdiff_t columns, ptrdiff_t rows) {
    attention_slopes(scores, dp, log_sum_exp, delta, scale, columns, rows);
}

INLINE void row_products(const float *a, const float *b, float *restrict y, ptrdiff_t n, ptrdiff_t begin,
                         ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; row++) {
        double sum = 0;
        for (ptrdiff_t first = 0; first < n; first += PIECE) {
            float piece[PIECE];
            ptrdiff_t length = piece_length(first, n);
            for (ptrdiff_t i = 0; i < length; i++)
                piece[i] = a[row * n + first + i] * b[row * n + first + i];
            sum += sum_of(piece, length);
        }
        y[row] = (float)sum;
    }
}

KERNEL void sgc_row_products(const float *a, const float *b, float *y, ptrdiff_t columns, ptrdiff_t begin,
                             ptrdiff_t end) {
    row_products(a, b, y, columns, begin, end);
}
