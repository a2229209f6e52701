// What reading and writing share: the fate of a call, and libpng's error callbacks that fill it.
#pragma once
#include <png.h>
#include <stddef.h>

#include "CPNG.h"

struct outcome {
    int status;
    char *message;
    size_t capacity;
};

// Records a failure; the first one stands.
void cpng_record(struct outcome *outcome, int status, const char *message);

// libpng's error callback: records what the message says and jumps to png's setjmp. Its error pointer is an outcome.
PNG_NORETURN void cpng_on_error(png_structp png, png_const_charp message);

// libpng's warning callback: warnings leave a correct image, so they are dropped.
void cpng_on_warning(png_structp png, png_const_charp message);

int cpng_is_little_endian(void);
