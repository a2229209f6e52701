#include "product.h"
#include "winograd_tile.h"

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
    const ptrdiff_t width = panel_width();
    for (ptrdiff_t i = begin; i < end; i++)
        for (ptrdiff_t o = 0; o < outputs; o += LANES) {
            const ptrdiff_t left = o / width * width, columns = outputs - left < width ? outputs - left : width;
            float *to_points = points + left * inputs + i * columns + o - left;
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
                    store16(SGC_FLOAT32, to_points, (row * IN + column) * inputs * outputs, &to[column]);
            }
        }
}

// Sixteen channels of one tile of inputs, from channel c. `shift` is that of s, as a constant.
INLINE void inputs_of_tile(int type, int shift, const void *image, struct place at, const struct sgc_winograd *s,
                           ptrdiff_t c, ptrdiff_t stride, float *to_points) {
    const ptrdiff_t top = at.row - s->top, left = at.column - s->left;
    const int is_inside = top >= 0 && left >= 0 && top + IN <= s->height && left + IN <= s->width;
    f32x16 d[IN * IN], half[IN * IN];
    for (int row = 0; row < IN; row++)
        for (int column = 0; column < IN; column++) {
            const ptrdiff_t y = top + row, x = left + column;
            f32x16 value = 0;
            if (is_inside || (y >= 0 && x >= 0 && y < s->height && x < s->width))
                value = load16(type, image, ((y >> shift) * (s->width >> shift) + (x >> shift)) * s->inputs + c);
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
            store16(SGC_FLOAT32, to_points, (row * IN + column) * stride, &to[column]);
    }
}

INLINE void inputs_of_tiles_from(int type, int shift, const void *x, float *points, const struct sgc_winograd *s,
                                 ptrdiff_t stride, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t tile = begin; tile < end; tile++) {
        const struct place at = place_of(tile, s);
        const ptrdiff_t pixels = (s->height >> shift) * (s->width >> shift);
        const void *image = element(type, x, at.image * pixels * s->inputs);
        for (ptrdiff_t c = 0; c < s->inputs; c += LANES)
            inputs_of_tile(type, shift, image, at, s, c, stride, points + (tile - begin) * s->inputs + c);
    }
}

INLINE void inputs_of_tiles(int type, const void *x, float *points, const struct sgc_winograd *s, ptrdiff_t stride,
                            ptrdiff_t begin, ptrdiff_t end) {
    if (s->shift)
        inputs_of_tiles_from(type, 1, x, points, s, stride, begin, end);
    else
        inputs_of_tiles_from(type, 0, x, points, s, stride, begin, end);
}

KERNEL void sgc_winograd_inputs(int type, const void *x, float *points, struct sgc_winograd s, ptrdiff_t stride,
                                ptrdiff_t begin, ptrdiff_t end) {
    FOR_TYPE(type, inputs_of_tiles(T, x, points, &s, stride, begin, end));
}

// Sixteen channels of one tile of outputs, from channel o.
INLINE void outputs_of_tile(int type, const float *products, const float *bias, void *corner, ptrdiff_t rows,
                            ptrdiff_t columns, const struct sgc_winograd *s, ptrdiff_t o, ptrdiff_t stride) {
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
            store16(type, corner, (row * s->out_width + column) * s->outputs + o, &value);
        }
    }
}

INLINE void outputs_of_tiles(int type, const float *products, const float *bias, void *y, const struct sgc_winograd *s,
                             ptrdiff_t stride, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t tile = begin; tile < end; tile++) {
        const struct place at = place_of(tile, s);
        const ptrdiff_t first = (at.image * s->out_height + at.row) * s->out_width + at.column;
        void *corner = mutable_element(type, y, first * s->outputs);
        for (ptrdiff_t o = 0; o < s->outputs; o += LANES)
            outputs_of_tile(type, products + (tile - begin) * s->outputs, bias, corner, s->out_height - at.row,
                            s->out_width - at.column, s, o, stride);
    }
}

// Numbers from one point of `tiles` tiles to the next: rows for whole products, and one cache line more, since points
// that lay whole pages apart would fall on the same lines of the cache.
INLINE ptrdiff_t step_of(ptrdiff_t tiles, ptrdiff_t channels) {
    return (tiles + SGC_PRODUCT_ROWS - 1) / SGC_PRODUCT_ROWS * SGC_PRODUCT_ROWS * channels + LANES;
}

ptrdiff_t sgc_winograd_scratch(struct sgc_winograd s, ptrdiff_t tiles) {
    return SGC_WINOGRAD_POINTS * (step_of(tiles, s.inputs) + step_of(tiles, s.outputs));
}

KERNEL void sgc_winograd_convolve(int type, const void *x, const float *points, const float *bias, void *y,
                                  struct sgc_winograd s, float *scratch, ptrdiff_t begin, ptrdiff_t end) {
    const ptrdiff_t step = step_of(end - begin, s.inputs), product_step = step_of(end - begin, s.outputs);
    const ptrdiff_t width = panel_width();
    float *products = scratch + SGC_WINOGRAD_POINTS * step;
    FOR_TYPE(type, inputs_of_tiles(T, x, scratch, &s, step, begin, end));
    for (int point = 0; point < SGC_WINOGRAD_POINTS; point++)
        product(scratch + point * step, points + point * s.inputs * s.outputs, products + point * product_step,
                end - begin, s.inputs, s.outputs, width);
    FOR_TYPE(type, outputs_of_tiles(T, products, bias, y, &s, product_step, begin, end));
}

INLINE void add_tiles(int type, const void *x, void *y, const struct sgc_winograd *s, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t tile = begin; tile < end; tile++) {
        const struct place at = place_of(tile, s);
        const ptrdiff_t columns = s->out_width - at.column < OUT ? s->out_width - at.column : OUT;
        for (ptrdiff_t row = at.row; row < at.row + OUT && row < s->out_height; row++) {
            const ptrdiff_t first = ((at.image * s->out_height + row) * s->out_width + at.column) * s->outputs;
            for (ptrdiff_t i = first; i < first + columns * s->outputs; i += LANES) {
                const f32x16 sum = load16(type, y, i) + load16(type, x, i);
                store16(type, y, i, &sum);
            }
        }
    }
}

KERNEL void sgc_winograd_add(int type, const void *x, void *y, struct sgc_winograd s, ptrdiff_t begin, ptrdiff_t end) {
    FOR_TYPE(type, add_tiles(T, x, y, &s, begin, end));
}
