// Pixels of a host's image to network input [H, W, 3] in [-1, 1], and back.
#pragma once
#include "types.h"

// The values are those of SGCBase's PixelFormat.
enum sgc_pixel_format {
    SGC_PIXELS_RGB = 1,
    SGC_PIXELS_BGR,
    SGC_PIXELS_RGBA,
    SGC_PIXELS_BGRA,
    SGC_PIXELS_GRAY,
    SGC_PIXELS_FLOAT,        // float32 RGB interleaved, 0...1
    SGC_PIXELS_FLOAT_PLANAR, // float32 planes R, G, B of `height` rows each, 0...1
};

// y [padded_height, padded_width, 3] of floating type `type` = the image scaled to [-1, 1], its last row and column
// repeated beyond its edges, for rows [begin, end) of padded_height. row_stride in bytes. Alpha is ignored; gray
// becomes three equal channels.
void sgc_pack_pixels(const void *_Nonnull pixels, int format, ptrdiff_t width, ptrdiff_t height, ptrdiff_t row_stride,
                     int type, void *_Nonnull y, ptrdiff_t padded_width, ptrdiff_t begin, ptrdiff_t end);

// The reverse: the upper left width × height pixels of x [.., padded_width, 3] for rows [begin, end) of the image,
// limited to the range, 8-bit values rounded half up. Alpha becomes 255; gray is 0.299 R + 0.587 G + 0.114 B.
void sgc_unpack_pixels(int type, const void *_Nonnull x, ptrdiff_t padded_width, void *_Nonnull pixels, int format,
                       ptrdiff_t width, ptrdiff_t height, ptrdiff_t row_stride, ptrdiff_t begin, ptrdiff_t end);
