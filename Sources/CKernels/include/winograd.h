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
    // 1 where what is read has half of those rows and columns, each of its pixels standing for four; else 0.
    ptrdiff_t shift;
};

// points [36, inputs, outputs] = weight [outputs, inputs, 3, 3], transformed, for inputs [begin, end), in the order
// that sgc_winograd_convolve reads. When `mirrored`, weight is [inputs, outputs, 3, 3] and its kernels are turned by
// 180 degrees.
void sgc_winograd_weights(const float *_Nonnull weight, float *_Nonnull points, ptrdiff_t inputs, ptrdiff_t outputs,
                          int mirrored, ptrdiff_t begin, ptrdiff_t end);

// The tiles [begin, end) of y from x, both of the floating type `type`, with the transformed weight `points` and with
// bias [outputs] unless that is NULL. scratch has sgc_winograd_scratch(s, end - begin) numbers of any value; the work
// is done best where it stays in a core's cache.
void sgc_winograd_convolve(int type, const void *_Nonnull x, const float *_Nonnull points, const float *_Nullable bias,
                           void *_Nonnull y, struct sgc_winograd s, float *_Nonnull scratch, ptrdiff_t begin,
                           ptrdiff_t end);
ptrdiff_t sgc_winograd_scratch(struct sgc_winograd s, ptrdiff_t tiles);

// y += x, of the shape and the type of y, for the tiles [begin, end): while they lie in a core's cache.
void sgc_winograd_add(int type, const void *_Nonnull x, void *_Nonnull y, struct sgc_winograd s, ptrdiff_t begin,
                      ptrdiff_t end);

// points [36, tiles, inputs] of the tiles [begin, end) of x, `stride` numbers from one point to the next.
void sgc_winograd_inputs(int type, const void *_Nonnull x, float *_Nonnull points, struct sgc_winograd s,
                         ptrdiff_t stride, ptrdiff_t begin, ptrdiff_t end);

// points [36, tiles, outputs] of the gradient dy of y, for the tiles [begin, end): what the points of the inputs are
// multiplied with for the gradient of the weight.
void sgc_winograd_output_gradients(int type, const void *_Nonnull dy, float *_Nonnull points, struct sgc_winograd s,
                                   ptrdiff_t stride, ptrdiff_t begin, ptrdiff_t end);

// gradient [outputs, inputs, 3, 3] of a weight from the products [36, inputs, outputs], for inputs [begin, end).
void sgc_winograd_weight_gradients(const float *_Nonnull products, float *_Nonnull gradient, ptrdiff_t inputs,
                                   ptrdiff_t outputs, ptrdiff_t begin, ptrdiff_t end);
