#include "element.h"

// Side of the squares in which a plane is transposed: a tile of both sides stays in the first-level cache.
enum { TILE = 16 };

// One plane [rows, columns] of elements of type `kind`.
#define PLANE(name, kind)                                                                                              \
    INLINE void name(const kind *restrict x, ptrdiff_t x_row, ptrdiff_t x_column, kind *restrict y, ptrdiff_t y_row,   \
                     ptrdiff_t y_column, ptrdiff_t rows, ptrdiff_t columns) {                                          \
        if (x_column == 1 && y_column == 1) {                                                                          \
            for (ptrdiff_t r = 0; r < rows; r++)                                                                       \
                memcpy(y + r * y_row, x + r * x_row, (size_t)columns * sizeof(kind));                                  \
            return;                                                                                                    \
        }                                                                                                              \
        if (x_column == 0 && y_column == 1) {                                                                          \
            for (ptrdiff_t r = 0; r < rows; r++)                                                                       \
                for (ptrdiff_t c = 0; c < columns; c++)                                                                \
                    y[r * y_row + c] = x[r * x_row];                                                                   \
            return;                                                                                                    \
        }                                                                                                              \
        for (ptrdiff_t r0 = 0; r0 < rows; r0 += TILE)                                                                  \
            for (ptrdiff_t c0 = 0; c0 < columns; c0 += TILE)                                                           \
                for (ptrdiff_t r = r0; r < rows && r < r0 + TILE; r++)                                                 \
                    for (ptrdiff_t c = c0; c < columns && c < c0 + TILE; c++)                                          \
                        y[r * y_row + c * y_column] = x[r * x_row + c * x_column];                                     \
    }

PLANE(plane_1, uint8_t)
PLANE(plane_2, uint16_t)
PLANE(plane_4, uint32_t)
PLANE(plane_8, uint64_t)

KERNEL void sgc_copy_box(int size, const void *x, void *y, int rank, const ptrdiff_t *extents,
                         const ptrdiff_t *x_strides, const ptrdiff_t *y_strides, ptrdiff_t begin, ptrdiff_t end) {
    int row = rank - 2, column = rank - 1;
    for (ptrdiff_t plane = begin; plane < end; plane++) {
        ptrdiff_t x_at = 0, y_at = 0, rest = plane;
        for (int axis = rank - 3; axis >= 0; axis--) {
            ptrdiff_t i = rest % extents[axis];
            rest /= extents[axis];
            x_at += i * x_strides[axis];
            y_at += i * y_strides[axis];
        }
#define COPY(name, kind)                                                                                               \
    name((const kind *)x + x_at, x_strides[row], x_strides[column], (kind *)y + y_at, y_strides[row],                  \
         y_strides[column], extents[row], extents[column])
        switch (size) {
        case 1:
            COPY(plane_1, uint8_t);
            break;
        case 2:
            COPY(plane_2, uint16_t);
            break;
        case 4:
            COPY(plane_4, uint32_t);
            break;
        default:
            COPY(plane_8, uint64_t);
        }
#undef COPY
    }
}
