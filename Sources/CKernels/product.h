// Products of small matrices inside a kernel. Private to CKernels.
#pragma once
#include "element.h"

enum { WIDEST_PANEL = 64 };

// Columns of a panel: what fills the registers of this processor.
static inline ptrdiff_t panel_width(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512f") ? WIDEST_PANEL : LANES;
#else
    return LANES;
#endif
}

// c [6, 16 vectors] of a matrix with `columns` columns = a [6, count] x panel [count, 16 vectors].
INLINE void product_of_rows(const float *a, const float *panel, float *c, ptrdiff_t count, ptrdiff_t columns,
                            int vectors) {
    f32x16 sums[SGC_PRODUCT_ROWS][WIDEST_PANEL / LANES];
    for (int row = 0; row < SGC_PRODUCT_ROWS; row++)
        for (int v = 0; v < vectors; v++)
            sums[row][v] = 0;
    for (ptrdiff_t k = 0; k < count; k++) {
        f32x16 b[WIDEST_PANEL / LANES];
        for (int v = 0; v < vectors; v++)
            b[v] = load16(SGC_FLOAT32, panel, (k * vectors + v) * LANES);
        for (int row = 0; row < SGC_PRODUCT_ROWS; row++)
            for (int v = 0; v < vectors; v++)
                sums[row][v] += a[row * count + k] * b[v];
    }
    for (int row = 0; row < SGC_PRODUCT_ROWS; row++)
        for (int v = 0; v < vectors; v++)
            store16(SGC_FLOAT32, c, row * columns + v * LANES, &sums[row][v]);
}

// c [rows, columns] = a [rows, count] x b [count, columns], which lies in panels of `width` columns, the last of them
// perhaps narrower; columns and width are multiples of 16. Reads and writes up to 5 rows behind the last.
INLINE void product(const float *a, const float *panels, float *c, ptrdiff_t rows, ptrdiff_t count, ptrdiff_t columns,
                    ptrdiff_t width) {
    for (ptrdiff_t left = 0; left < columns; left += width) {
        const float *panel = panels + left * count;
        const ptrdiff_t vectors = (columns - left < width ? columns - left : width) / LANES;
        for (ptrdiff_t row = 0; row < rows; row += SGC_PRODUCT_ROWS) {
            const float *from = a + row * count;
            float *to = c + row * columns + left;
            if (vectors == 4)
                product_of_rows(from, panel, to, count, columns, 4);
            else if (vectors == 3)
                product_of_rows(from, panel, to, count, columns, 3);
            else if (vectors == 2)
                product_of_rows(from, panel, to, count, columns, 2);
            else
                product_of_rows(from, panel, to, count, columns, 1);
        }
    }
}
