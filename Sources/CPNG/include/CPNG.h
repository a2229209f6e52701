// PNG in memory, over libpng.
//
// libpng reports errors by longjmp; the setjmp and everything a jump can cross live here, so that callers see return
// values only. Its simplified API, which jumps nowhere, does not serve: it expands palettes and changes 16-bit samples
// by gamma, and label maps need the stored numbers. Nothing here prints or keeps state between calls.
#pragma once
#include <stddef.h>
#include <stdint.h>

// What came of a call.
enum {
    CPNG_OK = 0,
    CPNG_TRUNCATED = 1,   // the bytes end before the image does
    CPNG_CHECKSUM = 2,    // a chunk's CRC or the image data's Adler-32 differs
    CPNG_FORMAT = 3,      // not a PNG, or against its specification
    CPNG_UNSUPPORTED = 4, // a critical chunk that libpng does not know
    CPNG_MEMORY = 5,      // no memory
};

// PNG color types (PNG specification, 11.2.2).
enum {
    CPNG_GREY = 0,
    CPNG_RGB = 2,
    CPNG_PALETTE = 3,
    CPNG_GREY_ALPHA = 4,
    CPNG_RGB_ALPHA = 6,
};

// An image without its samples.
typedef struct {
    uint32_t width;
    uint32_t height;
    uint8_t bit_depth;      // 1, 2, 4, 8 or 16
    uint8_t color_type;     // CPNG_GREY...
    uint16_t palette_count; // entries in palette; 0 unless color_type is CPNG_PALETTE
} cpng_header;

// How cpng_read returns samples.
enum {
    // 8-bit RGB: grey repeated, alpha dropped, 16-bit samples scaled with rounding. Not for palettes.
    CPNG_AS_RGB8 = 0,
    // The stored numbers of a one-channel image: uint8_t, or native uint16_t where bit_depth is 16.
    CPNG_AS_STORED = 1,
};

// Reads the header. palette: 256 RGB triplets, [256, 3], overwritten where the file has entries.
// message: on failure one NUL-terminated sentence, at most capacity bytes with the NUL.
int cpng_read_header(const uint8_t *bytes, size_t count, cpng_header *header, uint8_t *palette, char *message,
                     size_t capacity);

// Reads the samples into out, [height, width, channels], tightly packed; out_count is its exact size in bytes.
int cpng_read(const uint8_t *bytes, size_t count, int form, uint8_t *out, size_t out_count, char *message,
              size_t capacity);

// Writes an image (not interlaced). samples: [height, width, channels], tightly packed, native uint16_t where bit_depth
// is 16; color_type is CPNG_GREY, CPNG_RGB or CPNG_PALETTE; palette: palette_count RGB triplets.
// The PNG comes back in *out, which the caller releases with cpng_free; NULL on failure.
int cpng_write(const cpng_header *header, const uint8_t *samples, const uint8_t *palette, uint8_t **out,
               size_t *out_count, char *message, size_t capacity);

void cpng_free(uint8_t *bytes);
