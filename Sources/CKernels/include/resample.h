// Resizing and pooling of images [N, H, W, C] of floating type `type`. Gradients overwrite.
#pragma once
#include "types.h"

// An input and an output image, and how many channels a pixel has.
struct sgc_resize {
    ptrdiff_t height, width, out_height, out_width, channels;
};

// y[n, i, j] = x[n, ⌊i·H/H'⌋, ⌊j·W/W'⌋] for rows [begin, end) of N · H'.
void sgc_resize_nearest(int type, const void *_Nonnull x, void *_Nonnull y, struct sgc_resize size, ptrdiff_t begin,
                        ptrdiff_t end);

// y = x sampled bilinearly at (i + ½)·H/H' − ½, limited to the image, for rows [begin, end) of N · H'.
void sgc_resize_bilinear(int type, const void *_Nonnull x, void *_Nonnull y, struct sgc_resize size, ptrdiff_t begin,
                         ptrdiff_t end);

// dx of either, gathered from the outputs that used each pixel, for rows [begin, end) of N · H.
void sgc_resize_gradient(int type, const void *_Nonnull dy, void *_Nonnull dx, int bilinear, struct sgc_resize size,
                         ptrdiff_t begin, ptrdiff_t end);

// Windows along one axis of an image: `outputs` of them, over `extent` pixels with padding before and after.
struct sgc_pooling_axis {
    ptrdiff_t extent, outputs, kernel, stride, dilation, before, after;
};

struct sgc_pooling {
    struct sgc_pooling_axis rows, columns;
    ptrdiff_t channels;
    int counts_padding;
};

// y[n, i, j] = the mean (over what of the window lies on image and padding when counts_padding, else over the covered
// pixels; 0 when there are none) or the largest of each window, for rows [begin, end) of N · H'. NaN wins a maximum.
void sgc_pool(int type, const void *_Nonnull x, void *_Nonnull y, int largest, struct sgc_pooling size, ptrdiff_t begin,
              ptrdiff_t end);

// dx, float32, which was zeroed, += the gradient of the pooling of images [first, last) over channels [begin, end).
void sgc_pool_gradient(int type, const void *_Nonnull x, const void *_Nonnull dy, float *_Nonnull dx, int largest,
                       struct sgc_pooling size, ptrdiff_t first, ptrdiff_t last, ptrdiff_t begin, ptrdiff_t end);

// y[o, j, c] = Σ of weights[e] · x[o, positions[e], c] over the entries e from starts[j] up to starts[j + 1], for rows
// (o, j) number [begin, end): x [outer, inputs, inner], y [outer, outputs, inner].
void sgc_mix(int type, const void *_Nonnull x, void *_Nonnull y, const int32_t *_Nonnull starts,
             const int32_t *_Nonnull positions, const float *_Nonnull weights, ptrdiff_t inputs, ptrdiff_t outputs,
             ptrdiff_t inner, ptrdiff_t begin, ptrdiff_t end);
