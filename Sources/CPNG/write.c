#include <stdlib.h>
#include <string.h>

#include "session.h"

// One writing, outside the frame that calls setjmp.
struct writing {
    struct outcome outcome;
    uint8_t *bytes;
    size_t count;
    size_t capacity;
    png_structp png;
    png_infop info;
};

static void put_bytes(png_structp png, png_bytep bytes, size_t count) {
    struct writing *writing = png_get_io_ptr(png);
    if (count > writing->capacity - writing->count) {
        size_t wanted = writing->count + count;
        size_t capacity = wanted > SIZE_MAX / 2 ? wanted : 2 * wanted;
        uint8_t *grown = realloc(writing->bytes, capacity);
        if (!grown)
            png_error(png, "out of memory");
        writing->bytes = grown;
        writing->capacity = capacity;
    }
    memcpy(writing->bytes + writing->count, bytes, count);
    writing->count += count;
}

static void flush_nothing(png_structp png) {
    (void)png;
}

static void write_image(struct writing *writing, const cpng_header *header, const uint8_t *samples,
                        const uint8_t *palette) {
    png_structp png = writing->png;
    if (setjmp(png_jmpbuf(png)))
        return;
    png_set_write_fn(png, writing, put_bytes, flush_nothing);
    png_set_IHDR(png, writing->info, header->width, header->height, header->bit_depth, header->color_type,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (header->color_type == CPNG_PALETTE) {
        png_color colors[256];
        int color_count = header->palette_count > 256 ? 256 : header->palette_count;
        for (int i = 0; i < color_count; i++) {
            colors[i] = (png_color){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
        }
        png_set_PLTE(png, writing->info, colors, color_count);
    }
    png_write_info(png, writing->info);
    if (header->bit_depth == 16 && cpng_is_little_endian())
        png_set_swap(png);
    size_t channels = header->color_type == CPNG_RGB ? 3 : 1;
    size_t stride = (size_t)header->width * channels * (header->bit_depth == 16 ? 2 : 1);
    for (uint32_t y = 0; y < header->height; y++)
        png_write_row(png, samples + y * stride);
    png_write_end(png, writing->info);
}

int cpng_write(const cpng_header *header, const uint8_t *samples, const uint8_t *palette, uint8_t **out,
               size_t *out_count, char *message, size_t capacity) {
    struct writing writing = {{CPNG_OK, message, capacity}, NULL, 0, 0, NULL, NULL};
    writing.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writing.outcome, cpng_on_error, cpng_on_warning);
    writing.info = writing.png ? png_create_info_struct(writing.png) : NULL;
    if (writing.info) {
        write_image(&writing, header, samples, palette);
    } else {
        cpng_record(&writing.outcome, CPNG_MEMORY, "out of memory");
    }
    png_destroy_write_struct(&writing.png, &writing.info);
    if (writing.outcome.status != CPNG_OK) {
        free(writing.bytes);
        writing.bytes = NULL;
        writing.count = 0;
    }
    *out = writing.bytes;
    *out_count = writing.count;
    return writing.outcome.status;
}

void cpng_free(uint8_t *bytes) {
    free(bytes);
}
