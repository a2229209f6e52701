// Convolutions with kernels of 3x3 and strides of 1 as 36 matrix products, F(4x4, 3x3) of Lavin & Gray 2015
// (arXiv 1509.09308, section 4.3): a quarter of the multiplications.
#pragma once
#include "types.h"

// Sides of the tiles of outputs, and how many products there are: one for each of the 6x6 inputs of a tile.
enum { SGC_WINOGRAD_TILE = 4, SGC_WINOGRAD_POINTS = 36 };

// An image x [N, height, width, inputs] -> y [N, out_height, out_width, outputs], in tiles that are counted image after
// image, row after row. `inputs` and `outputs` are multiples of 16.
struct sgc_winograd {
    ptrdiff_t height, width, inputs;
    ptrdiff_t out_height, out_width, outputs;
    // Rows and columns of zeros before the first.
    ptrdiff_t top, left;
};

// points [36, inputs, outputs] = weight [outputs, inputs, 3, 3], transformed, for inputs [begin, end). When `mirrored`,
// weight is [inputs, outputs, 3, 3] and its kernels are turned by 180 degrees.
void sgc_winograd_weights(const float *_Nonnull weight, float *_Nonnull points, ptrdiff_t inputs, ptrdiff_t outputs,
                          int mirrored, ptrdiff_t begin, ptrdiff_t end);

// points [36, tiles, inputs], `stride` floats from one point to the next, for the tiles first + [begin, end).
void sgc_winograd_inputs(const float *_Nonnull x, float *_Nonnull points, struct sgc_winograd s, ptrdiff_t stride,
                         ptrdiff_t first, ptrdiff_t begin, ptrdiff_t end);

// The tiles first + [begin, end) of y from products [36, tiles, outputs], with bias [outputs] unless that is NULL.
void sgc_winograd_outputs(const float *_Nonnull products, const float *_Nullable bias, float *_Nonnull y,
                          struct sgc_winograd s, ptrdiff_t stride, ptrdiff_t first, ptrdiff_t begin, ptrdiff_t end);

// points [36, tiles, outputs] of the gradient dy of y, for the tiles first + [begin, end): what the points of the
// inputs are multiplied with for the gradient of the weight.
void sgc_winograd_output_gradients(const float *_Nonnull dy, float *_Nonnull points, struct sgc_winograd s,
                                   ptrdiff_t stride, ptrdiff_t first, ptrdiff_t begin, ptrdiff_t end);

// gradient [outputs, inputs, 3, 3] of a weight from the products [36, inputs, outputs], for inputs [begin, end).
void sgc_winograd_weight_gradients(const float *_Nonnull products, float *_Nonnull gradient, ptrdiff_t inputs,
                                   ptrdiff_t outputs, ptrdiff_t begin, ptrdiff_t end);
