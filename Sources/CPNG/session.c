#include "session.h"

#include <stdio.h>
#include <string.h>

void cpng_record(struct outcome *outcome, int status, const char *message) {
    if (outcome->status != CPNG_OK)
        return;
    outcome->status = status;
    if (outcome->capacity > 0)
        snprintf(outcome->message, outcome->capacity, "%s", message);
}

// libpng has no error numbers; these phrases are its own and have not changed in the 1.6 series.
static int status_of(const char *message) {
    if (strstr(message, "CRC error") || strstr(message, "incorrect data check"))
        return CPNG_CHECKSUM;
    if (strstr(message, "Not enough image data"))
        return CPNG_TRUNCATED;
    if (strstr(message, "unhandled critical chunk"))
        return CPNG_UNSUPPORTED;
    if (strstr(message, "Out of memory") || strstr(message, "out of memory"))
        return CPNG_MEMORY;
    return CPNG_FORMAT;
}

void cpng_on_error(png_structp png, png_const_charp message) {
    cpng_record(png_get_error_ptr(png), status_of(message), message);
    png_longjmp(png, 1);
}

void cpng_on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

int cpng_is_little_endian(void) {
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}
