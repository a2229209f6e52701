// Strided copies.
#pragma once
#include "types.h"

// y[Σ i·y_strides] = x[Σ i·x_strides] over planes [begin, end) of the box `extents`: a plane is its last two axes,
// planes are counted row-major over the others. Elements of `size` 1, 2, 4 or 8 bytes; x and y do not overlap.
// rank >= 2.
void sgc_copy_box(int size, const void *_Nonnull x, void *_Nonnull y, int rank, const ptrdiff_t *_Nonnull extents,
                  const ptrdiff_t *_Nonnull x_strides, const ptrdiff_t *_Nonnull y_strides, ptrdiff_t begin,
                  ptrdiff_t end);
