#include "element.h"

void sgc_gather(const void *table, const int32_t *indices, void *y, ptrdiff_t row_bytes, ptrdiff_t begin,
                ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; i++)
        memcpy((char *)y + i * row_bytes, (const char *)table + indices[i] * row_bytes, (size_t)row_bytes);
}

INLINE void scatter_add(int type, const void *restrict x, const int32_t *indices, float *restrict y, ptrdiff_t count,
                        ptrdiff_t width, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t i = 0; i < count; i++) {
        ptrdiff_t row = indices[i];
        if (row < begin || row >= end)
            continue;
        for (ptrdiff_t c = 0; c < width; c++)
            y[row * width + c] += load(type, x, i * width + c);
    }
}

KERNEL void sgc_scatter_add(int type, const void *x, const int32_t *indices, float *y, ptrdiff_t count, ptrdiff_t width,
                            ptrdiff_t begin, ptrdiff_t end) {
    FOR_TYPE(type, scatter_add(T, x, indices, y, count, width, begin, end));
}

void sgc_one_hot(int size, const int32_t *indices, void *y, ptrdiff_t classes, uint32_t one, ptrdiff_t begin,
                 ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; i++) {
        if (indices[i] < 0 || indices[i] >= classes)
            continue;
        ptrdiff_t at = i * classes + indices[i];
        if (size == 1)
            ((uint8_t *)y)[at] = (uint8_t)one;
        else if (size == 2)
            ((uint16_t *)y)[at] = (uint16_t)one;
        else
            ((uint32_t *)y)[at] = one;
    }
}

KERNEL void sgc_index_range(const int32_t *indices, ptrdiff_t n, int32_t *smallest, int32_t *largest) {
    int32_t low = INT32_MAX, high = INT32_MIN;
    for (ptrdiff_t i = 0; i < n; i++) {
        low = indices[i] < low ? indices[i] : low;
        high = indices[i] > high ? indices[i] : high;
    }
    *smallest = low;
    *largest = high;
}
