#include "element.h"

enum { IN = 6, OUT = SGC_WINOGRAD_TILE };

// G g: three taps at the points 0, 1, -1, 2, -2 and infinity.
INLINE void transform_taps(const f32x16 g[3], f32x16 to[IN]) {
    const f32x16 even = (g[0] + g[2]) * (-1.0f / 6), odd = g[1] * (-1.0f / 6);
    const f32x16 even2 = g[0] * (1.0f / 24) + g[2] * (1.0f / 6), odd2 = g[1] * (1.0f / 12);
    to[0] = g[0] * 0.25f;
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = even2 + odd2;
    to[4] = even2 - odd2;
    to[5] = g[2];
}

// Bᵀ d: six inputs, `step` vectors apart.
INLINE void transform_inputs(const f32x16 *d, int step, f32x16 to[IN]) {
    const f32x16 d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
    const f32x16 even = d4 - 4 * d2, odd = d3 - 4 * d1, even2 = d4 - d2, odd2 = 2 * (d3 - d1);
    to[0] = 4 * d[0] - 5 * d2 + d4;
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = even2 + odd2;
    to[4] = even2 - odd2;
    to[5] = 4 * d1 - 5 * d3 + d[5 * step];
}

// Aᵀ m: six products, `step` vectors apart.
INLINE void transform_products(const f32x16 *m, int step, f32x16 to[OUT]) {
    const f32x16 even = m[step] + m[2 * step], odd = m[step] - m[2 * step];
    const f32x16 even2 = m[3 * step] + m[4 * step], odd2 = m[3 * step] - m[4 * step];
    to[0] = m[0] + even + even2;
    to[1] = odd + 2 * odd2;
    to[2] = even + 4 * even2;
    to[3] = odd + 8 * odd2 + m[5 * step];
}

KERNEL void sgc_winograd_weights(const float *weight, float *points, ptrdiff_t inputs, ptrdiff_t outputs, int mirrored,
                                 ptrdiff_t begin, ptrdiff_t end) {
    const ptrdiff_t output_step = mirrored ? 9 : 9 * inputs, input_step = mirrored ? 9 * outputs : 9;
    for (ptrdiff_t i = begin; i < end; i++)
        for (ptrdiff_t o = 0; o < outputs; o += LANES) {
            f32x16 taps[3][3], half[IN][3];
            for (int tap = 0; tap < 9; tap++)
                for (ptrdiff_t lane = 0; lane < LANES; lane++)
                    taps[tap / 3][tap % 3][lane] =
                        weight[(o + lane) * output_step + i * input_step + (mirrored ? 8 - tap : tap)];
            for (int column = 0; column < 3; column++) {
                const f32x16 g[3] = {taps[0][column], taps[1][column], taps[2][column]};
                f32x16 to[IN];
                transform_taps(g, to);
                for (int row = 0; row < IN; row++)
                    half[row][column] = to[row];
            }
            for (int row = 0; row < IN; row++) {
                f32x16 to[IN];
                transform_taps(half[row], to);
                for (int column = 0; column < IN; column++)
                    memcpy(points + ((row * IN + column) * inputs + i) * outputs + o, &to[column], sizeof to[column]);
            }
        }
}

// Where a tile lies: its image, and its first output.
struct place {
    ptrdiff_t image, row, column;
};

INLINE struct place place_of(ptrdiff_t tile, const struct sgc_winograd *s) {
    const ptrdiff_t across = (s->out_width + OUT - 1) / OUT, down = (s->out_height + OUT - 1) / OUT;
    return (struct place){tile / (across * down), tile / across % down * OUT, tile % across * OUT};
}

// Sixteen channels of one tile of inputs, from channel c.
INLINE void inputs_of_tile(const float *image, struct place at, const struct sgc_winograd *s, ptrdiff_t c,
                           ptrdiff_t stride, float *to_points) {
    const ptrdiff_t top = at.row - s->top, left = at.column - s->left;
    const int is_inside = top >= 0 && left >= 0 && top + IN <= s->height && left + IN <= s->width;
    f32x16 d[IN * IN], half[IN * IN];
    for (int row = 0; row < IN; row++)
        for (int column = 0; column < IN; column++) {
            const ptrdiff_t y = top + row, x = left + column;
            f32x16 value = 0;
            if (is_inside || (y >= 0 && x >= 0 && y < s->height && x < s->width))
                value = load16(SGC_FLOAT32, image, (y * s->width + x) * s->inputs + c);
            d[row * IN + column] = value;
        }
    for (int column = 0; column < IN; column++) {
        f32x16 to[IN];
        transform_inputs(d + column, IN, to);
        for (int row = 0; row < IN; row++)
            half[row * IN + column] = to[row];
    }
    for (int row = 0; row < IN; row++) {
        f32x16 to[IN];
        transform_inputs(half + row * IN, 1, to);
        for (int column = 0; column < IN; column++)
            memcpy(to_points + (row * IN + column) * stride, &to[column], sizeof to[column]);
    }
}

KERNEL void sgc_winograd_inputs(const float *x, float *points, struct sgc_winograd s, ptrdiff_t stride, ptrdiff_t first,
                                ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t tile = begin; tile < end; tile++) {
        const struct place at = place_of(first + tile, &s);
        const float *image = x + at.image * s.height * s.width * s.inputs;
        for (ptrdiff_t c = 0; c < s.inputs; c += LANES)
            inputs_of_tile(image, at, &s, c, stride, points + tile * s.inputs + c);
    }
}

// Sixteen channels of one tile of outputs, from channel o.
INLINE void outputs_of_tile(const float *products, const float *bias, float *corner, ptrdiff_t rows, ptrdiff_t columns,
                            const struct sgc_winograd *s, ptrdiff_t o, ptrdiff_t stride) {
    f32x16 m[IN * IN], half[OUT * IN], shift = 0;
    for (int point = 0; point < IN * IN; point++)
        m[point] = load16(SGC_FLOAT32, products, point * stride + o);
    for (int column = 0; column < IN; column++) {
        f32x16 to[OUT];
        transform_products(m + column, IN, to);
        for (int row = 0; row < OUT; row++)
            half[row * IN + column] = to[row];
    }
    if (bias)
        shift = load16(SGC_FLOAT32, bias, o);
    for (int row = 0; row < OUT && row < rows; row++) {
        f32x16 to[OUT];
        transform_products(half + row * IN, 1, to);
        for (int column = 0; column < OUT && column < columns; column++) {
            const f32x16 value = to[column] + shift;
            memcpy(corner + (row * s->out_width + column) * s->outputs + o, &value, sizeof value);
        }
    }
}

KERNEL void sgc_winograd_outputs(const float *products, const float *bias, float *y, struct sgc_winograd s,
                                 ptrdiff_t stride, ptrdiff_t first, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t tile = begin; tile < end; tile++) {
        const struct place at = place_of(first + tile, &s);
        float *corner = y + ((at.image * s.out_height + at.row) * s.out_width + at.column) * s.outputs;
        for (ptrdiff_t o = 0; o < s.outputs; o += LANES)
            outputs_of_tile(products + tile * s.outputs, bias, corner, s.out_height - at.row, s.out_width - at.column,
                            &s, o, stride);
    }
}

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
INLINE void gradients_of_tile(const float *corner, ptrdiff_t rows, ptrdiff_t columns, const struct sgc_winograd *s,
                              ptrdiff_t stride, float *to_points) {
    f32x16 d[OUT * OUT], half[IN * OUT];
    for (int row = 0; row < OUT; row++)
        for (int column = 0; column < OUT; column++) {
            f32x16 value = 0;
            if (row < rows && column < columns)
                value = load16(SGC_FLOAT32, corner, (row * s->out_width + column) * s->outputs);
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
            memcpy(to_points + (row * IN + column) * stride, &to[column], sizeof to[column]);
    }
}

KERNEL void sgc_winograd_output_gradients(const float *dy, float *points, struct sgc_winograd s, ptrdiff_t stride,
                                          ptrdiff_t first, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t tile = begin; tile < end; tile++) {
        const struct place at = place_of(first + tile, &s);
        const float *corner = dy + ((at.image * s.out_height + at.row) * s.out_width + at.column) * s.outputs;
        for (ptrdiff_t o = 0; o < s.outputs; o += LANES)
            gradients_of_tile(corner + o, s.out_height - at.row, s.out_width - at.column, &s, stride,
                              points + tile * s.outputs + o);
    }
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
