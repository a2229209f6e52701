// Rows by index. Indices are int32.
#pragma once
#include "types.h"

// y[i] = table[indices[i]] for i in [begin, end): rows of `row_bytes` bytes.
void sgc_gather(const void *_Nonnull table, const int32_t *_Nonnull indices, void *_Nonnull y, ptrdiff_t row_bytes,
                ptrdiff_t begin, ptrdiff_t end);

// y[indices[i]] += x[i] in order of i, for those of the `count` indices that lie in [begin, end): x [count, width] of
// floating type `type`, y float32 [rows, width].
void sgc_scatter_add(int type, const void *_Nonnull x, const int32_t *_Nonnull indices, float *_Nonnull y,
                     ptrdiff_t count, ptrdiff_t width, ptrdiff_t begin, ptrdiff_t end);

// y[indices[i]·size ...] = the `size` 1, 2 or 4 bytes `one` in row i of y [n, classes], which was zeroed, for i in
// [begin, end). Indices outside 0 ..< classes are skipped.
void sgc_one_hot(int size, const int32_t *_Nonnull indices, void *_Nonnull y, ptrdiff_t classes, uint32_t one,
                 ptrdiff_t begin, ptrdiff_t end);

// The smallest and the largest of n >= 1 indices.
void sgc_index_range(const int32_t *_Nonnull indices, ptrdiff_t n, int32_t *_Nonnull smallest,
                     int32_t *_Nonnull largest);
