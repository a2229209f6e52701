// Tiles of Winograd's convolutions. Private to CKernels.
#pragma once
#include "element.h"

// Sides of the tiles of inputs and outputs.
enum { IN = 6, OUT = SGC_WINOGRAD_TILE };

// Where a tile lies: its image, and its first output.
struct place {
    ptrdiff_t image, row, column;
};

INLINE struct place place_of(ptrdiff_t tile, const struct sgc_winograd *s) {
    const ptrdiff_t across = (s->out_width + OUT - 1) / OUT, down = (s->out_height + OUT - 1) / OUT;
    return (struct place){tile / (across * down), tile / across % down * OUT, tile % across * OUT};
}
