#include <string.h>

#include "session.h"

// One reading. It lives in the frame outside the one that calls setjmp, so a jump leaves its fields defined.
struct reading {
    struct outcome outcome;
    const uint8_t *bytes;
    size_t count;
    size_t position;
    png_structp png;
    png_infop info;
};

static void take_bytes(png_structp png, png_bytep out, size_t count) {
    struct reading *reading = png_get_io_ptr(png);
    if (count > reading->count - reading->position) {
        cpng_record(&reading->outcome, CPNG_TRUNCATED, "the data ends before the image does");
        png_error(png, "truncated");
    }
    memcpy(out, reading->bytes + reading->position, count);
    reading->position += count;
}

// Makes png and info, ready for png_read_info. Returns 0 after recording a failure.
static int begin(struct reading *reading) {
    reading->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading->outcome, cpng_on_error, cpng_on_warning);
    reading->info = reading->png ? png_create_info_struct(reading->png) : NULL;
    if (!reading->info) {
        cpng_record(&reading->outcome, CPNG_MEMORY, "out of memory");
        return 0;
    }
    return 1;
}

static void end(struct reading *reading) {
    png_destroy_read_struct(&reading->png, &reading->info, NULL);
}

static void read_info(struct reading *reading) {
    png_structp png = reading->png;
    png_set_read_fn(png, reading, take_bytes);
    // The caller has its own limits and sees the sides before it allocates; libpng's would say "invalid" for "large".
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    // A wrong CRC is damage, in chunks that could be skipped as well.
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    // Text, profiles, gamma and the like: passed over without being unpacked. tRNS and PLTE are not among them.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, reading->info);
}

static void read_header(struct reading *reading, cpng_header *header, uint8_t *palette) {
    if (setjmp(png_jmpbuf(reading->png)))
        return;
    read_info(reading);
    header->width = png_get_image_width(reading->png, reading->info);
    header->height = png_get_image_height(reading->png, reading->info);
    header->bit_depth = png_get_bit_depth(reading->png, reading->info);
    header->color_type = png_get_color_type(reading->png, reading->info);
    header->palette_count = 0;
    png_colorp colors = NULL;
    int color_count = 0;
    if (header->color_type == CPNG_PALETTE && png_get_PLTE(reading->png, reading->info, &colors, &color_count)) {
        if (color_count > 256)
            color_count = 256;
        header->palette_count = (uint16_t)color_count;
        for (int i = 0; i < color_count; i++) {
            palette[3 * i] = colors[i].red;
            palette[3 * i + 1] = colors[i].green;
            palette[3 * i + 2] = colors[i].blue;
        }
    }
}

static void request_rgb8(png_structp png, png_infop info) {
    if (png_get_bit_depth(png, info) == 16)
        png_set_scale_16(png);
    if (png_get_bit_depth(png, info) < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    if (!(png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR))
        png_set_gray_to_rgb(png);
    if (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA)
        png_set_strip_alpha(png);
}

static void request_stored(png_structp png, png_infop info) {
    if (png_get_bit_depth(png, info) < 8)
        png_set_packing(png);
    if (png_get_bit_depth(png, info) == 16 && cpng_is_little_endian())
        png_set_swap(png);
}

static void read_samples(struct reading *reading, int form, uint8_t *out, size_t out_count) {
    png_structp png = reading->png;
    png_infop info = reading->info;
    if (setjmp(png_jmpbuf(png)))
        return;
    read_info(reading);
    if (form == CPNG_AS_RGB8) {
        request_rgb8(png, info);
    } else {
        request_stored(png, info);
    }
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t stride = png_get_rowbytes(png, info);
    uint32_t height = png_get_image_height(png, info);
    if (stride != 0 && (out_count % stride != 0 || out_count / stride != height)) {
        png_error(png, "the buffer does not have the size of the image");
    }
    // libpng combines a pass with what earlier passes left in the row.
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < height; y++)
            png_read_row(png, out + y * stride, NULL);
    }
    png_read_end(png, NULL);
}

int cpng_read_header(const uint8_t *bytes, size_t count, cpng_header *header, uint8_t *palette, char *message,
                     size_t capacity) {
    struct reading reading = {{CPNG_OK, message, capacity}, bytes, count, 0, NULL, NULL};
    if (begin(&reading))
        read_header(&reading, header, palette);
    end(&reading);
    return reading.outcome.status;
}

int cpng_read(const uint8_t *bytes, size_t count, int form, uint8_t *out, size_t out_count, char *message,
              size_t capacity) {
    struct reading reading = {{CPNG_OK, message, capacity}, bytes, count, 0, NULL, NULL};
    if (begin(&reading))
        read_samples(&reading, form, out, out_count);
    end(&reading);
    return reading.outcome.status;
}
