#include "element.h"

// Bytes from one pixel to the next, and where red, green and blue stand in it; planes lie `plane` bytes apart.
struct layout {
    ptrdiff_t step, red, blue, plane;
};

INLINE struct layout layout_of(int format, ptrdiff_t height, ptrdiff_t row_stride) {
    switch (format) {
    case SGC_PIXELS_RGB:
        return (struct layout){3, 0, 2, 1};
    case SGC_PIXELS_BGR:
        return (struct layout){3, 2, 0, 1};
    case SGC_PIXELS_RGBA:
        return (struct layout){4, 0, 2, 1};
    case SGC_PIXELS_BGRA:
        return (struct layout){4, 2, 0, 1};
    case SGC_PIXELS_GRAY:
        return (struct layout){1, 0, 0, 0};
    case SGC_PIXELS_FLOAT:
        return (struct layout){12, 0, 2, 4};
    default: // SGC_PIXELS_FLOAT_PLANAR
        return (struct layout){4, 0, 2, height * row_stride};
    }
}

INLINE float read_channel(int format, const uint8_t *p) {
    if (format < SGC_PIXELS_FLOAT)
        return (float)*p / 127.5f - 1;
    float v;
    memcpy(&v, p, 4); // rows may start at any byte
    return v * 2 - 1;
}

INLINE void pack(int format, const uint8_t *pixels, ptrdiff_t width, ptrdiff_t height, ptrdiff_t row_stride, int type,
                 void *restrict y, ptrdiff_t padded_width, ptrdiff_t begin, ptrdiff_t end) {
    struct layout l = layout_of(format, height, row_stride);
    for (ptrdiff_t row = begin; row < end; row++) {
        const uint8_t *from = pixels + (row < height ? row : height - 1) * row_stride;
        ptrdiff_t at = row * padded_width * 3;
        for (ptrdiff_t i = 0; i < width; i++) {
            const uint8_t *p = from + i * l.step;
            store(type, y, at + 3 * i, read_channel(format, p + l.red * l.plane));
            store(type, y, at + 3 * i + 1, read_channel(format, p + l.plane));
            store(type, y, at + 3 * i + 2, read_channel(format, p + l.blue * l.plane));
        }
        for (ptrdiff_t i = 3 * width; i < 3 * padded_width; i++)
            store(type, y, at + i, load(type, y, at + i - 3));
    }
}

KERNEL void sgc_pack_pixels(const void *pixels, int format, ptrdiff_t width, ptrdiff_t height, ptrdiff_t row_stride,
                            int type, void *y, ptrdiff_t padded_width, ptrdiff_t begin, ptrdiff_t end) {
    switch (format) {
#define CASE(f)                                                                                                        \
    case f:                                                                                                            \
        FOR_TYPE(type, pack(f, pixels, width, height, row_stride, T, y, padded_width, begin, end));                    \
        break;
        CASE(SGC_PIXELS_RGB)
        CASE(SGC_PIXELS_BGR)
        CASE(SGC_PIXELS_RGBA)
        CASE(SGC_PIXELS_BGRA)
        CASE(SGC_PIXELS_GRAY)
        CASE(SGC_PIXELS_FLOAT)
        CASE(SGC_PIXELS_FLOAT_PLANAR)
#undef CASE
    }
}

// x of [-1, 1] as a byte, rounded half up; NaN becomes 0.
INLINE uint8_t byte_of(float x) {
    float v = (x + 1) * 127.5f + 0.5f;
    v = v > 0 ? v : 0;
    return (uint8_t)(v < 255 ? v : 255);
}

INLINE float unit_of(float x) {
    float v = (x + 1) * 0.5f;
    v = v > 0 ? v : 0;
    return v < 1 ? v : 1;
}

INLINE void write_channel(int format, uint8_t *p, float x) {
    if (format < SGC_PIXELS_FLOAT) {
        *p = byte_of(x);
    } else {
        float v = unit_of(x);
        memcpy(p, &v, 4);
    }
}

INLINE void unpack(int format, int type, const void *restrict x, ptrdiff_t padded_width, uint8_t *restrict pixels,
                   ptrdiff_t width, ptrdiff_t height, ptrdiff_t row_stride, ptrdiff_t begin, ptrdiff_t end) {
    struct layout l = layout_of(format, height, row_stride);
    for (ptrdiff_t row = begin; row < end; row++) {
        uint8_t *to = pixels + row * row_stride;
        ptrdiff_t at = row * padded_width * 3;
        for (ptrdiff_t i = 0; i < width; i++) {
            uint8_t *p = to + i * l.step;
            float r = load(type, x, at + 3 * i), g = load(type, x, at + 3 * i + 1), b = load(type, x, at + 3 * i + 2);
            if (format == SGC_PIXELS_GRAY) {
                // Each channel is limited before they are mixed.
                float luma = 0.299f * unit_of(r) + 0.587f * unit_of(g) + 0.114f * unit_of(b);
                *p = (uint8_t)(luma * 255 + 0.5f);
                continue;
            }
            write_channel(format, p + l.red * l.plane, r);
            write_channel(format, p + l.plane, g);
            write_channel(format, p + l.blue * l.plane, b);
            if (format == SGC_PIXELS_RGBA || format == SGC_PIXELS_BGRA)
                p[3] = 255;
        }
    }
}

KERNEL void sgc_unpack_pixels(int type, const void *x, ptrdiff_t padded_width, void *pixels, int format,
                              ptrdiff_t width, ptrdiff_t height, ptrdiff_t row_stride, ptrdiff_t begin, ptrdiff_t end) {
    switch (format) {
#define CASE(f)                                                                                                        \
    case f:                                                                                                            \
        FOR_TYPE(type, unpack(f, T, x, padded_width, pixels, width, height, row_stride, begin, end));                  \
        break;
        CASE(SGC_PIXELS_RGB)
        CASE(SGC_PIXELS_BGR)
        CASE(SGC_PIXELS_RGBA)
        CASE(SGC_PIXELS_BGRA)
        CASE(SGC_PIXELS_GRAY)
        CASE(SGC_PIXELS_FLOAT)
        CASE(SGC_PIXELS_FLOAT_PLANAR)
#undef CASE
    }
}
