#include "winograd_tile.h"

// A dy: the adjoint of transform_products.
INLINE void transform_gradients(const f32x16 *d, int step, f32x16 to[IN]) {
    const f32x16 even = d[0] + d[2 * step], odd = d[step] + d[3 * step];
    const f32x16 even2 = d[0] + 4 * d[2 * step], odd2 = 2 * d[step] + 8 * d[3 * step];
    to[0] = d[0];
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = even2 + odd2;
    to[4] = even2 - odd2;
    to[5] = d[3 * step];
}

// Gᵀ m: the adjoint of transform_taps.
INLINE void transform_to_taps(const f32x16 *m, int step, f32x16 to[3]) {
    const f32x16 sum = (m[step] + m[2 * step]) * (1.0f / 6), difference = (m[2 * step] - m[step]) * (1.0f / 6);
    const f32x16 sum2 = m[3 * step] + m[4 * step], difference2 = m[3 * step] - m[4 * step];
    to[0] = 0.25f * m[0] - sum + sum2 * (1.0f / 24);
    to[1] = difference + difference2 * (1.0f / 12);
    to[2] = sum2 * (1.0f / 6) - sum + m[5 * step];
}

// Sixteen channels of the gradient of one tile of outputs.
INLINE void gradients_of_tile(int type, const void *corner, ptrdiff_t rows, ptrdiff_t columns,
                              const struct sgc_winograd *s, ptrdiff_t o, ptrdiff_t stride, float *to_points) {
    f32x16 d[OUT * OUT], half[IN * OUT];
    for (int row = 0; row < OUT; row++)
        for (int column = 0; column < OUT; column++) {
            f32x16 value = 0;
            if (row < rows && column < columns)
                value = load16(type, corner, (row * s->out_width + column) * s->outputs + o);
            d[row * OUT + column] = value;
        }
    for (int column = 0; column < OUT; column++) {
        f32x16 to[IN];
        transform_gradients(d + column, OUT, to);
        for (int row = 0; row < IN; row++)
            half[row * OUT + column] = to[row];
    }
    for (int row = 0; row < IN; row++) {
        f32x16 to[IN];
        transform_gradients(half + row * OUT, 1, to);
        for (int column = 0; column < IN; column++)
            store16(SGC_FLOAT32, to_points, (row * IN + column) * stride, &to[column]);
    }
}

INLINE void gradients_of_tiles(int type, const void *dy, float *points, const struct sgc_winograd *s, ptrdiff_t stride,
                               ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t tile = begin; tile < end; tile++) {
        const struct place at = place_of(tile, s);
        const ptrdiff_t first = (at.image * s->out_height + at.row) * s->out_width + at.column;
        const void *corner = element(type, dy, first * s->outputs);
        for (ptrdiff_t o = 0; o < s->outputs; o += LANES)
            gradients_of_tile(type, corner, s->out_height - at.row, s->out_width - at.column, s, o, stride,
                              points + (tile - begin) * s->outputs + o);
    }
}

KERNEL void sgc_winograd_output_gradients(int type, const void *dy, float *points, struct sgc_winograd s,
                                          ptrdiff_t stride, ptrdiff_t begin, ptrdiff_t end) {
    FOR_TYPE(type, gradients_of_tiles(T, dy, points, &s, stride, begin, end));
}

// Sixteen outputs of one input.
INLINE void weight_gradients(const float *products, ptrdiff_t stride, float *gradient, ptrdiff_t output_step) {
    f32x16 m[IN * IN], half[3 * IN];
    for (int point = 0; point < IN * IN; point++)
        m[point] = load16(SGC_FLOAT32, products, point * stride);
    for (int column = 0; column < IN; column++) {
        f32x16 to[3];
        transform_to_taps(m + column, IN, to);
        for (int row = 0; row < 3; row++)
            half[row * IN + column] = to[row];
    }
    for (int row = 0; row < 3; row++) {
        f32x16 to[3];
        transform_to_taps(half + row * IN, 1, to);
        for (int column = 0; column < 3; column++)
            for (ptrdiff_t lane = 0; lane < LANES; lane++)
                gradient[lane * output_step + row * 3 + column] = to[column][lane];
    }
}

KERNEL void sgc_winograd_weight_gradients(const float *products, float *gradient, ptrdiff_t inputs, ptrdiff_t outputs,
                                          ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; i++)
        for (ptrdiff_t o = 0; o < outputs; o += LANES)
            weight_gradients(products + i * outputs + o, inputs * outputs, gradient + (o * inputs + i) * 9, 9 * inputs);
}
