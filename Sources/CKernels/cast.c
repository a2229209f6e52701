#include "element.h"

INLINE float load_any(int type, const void *p, ptrdiff_t i) {
    if (type == SGC_INT32)
        return (float)((const int32_t *)p)[i];
    if (type == SGC_UINT8)
        return (float)((const uint8_t *)p)[i];
    return load(type, p, i);
}

// x as an integer in [low, high], rounded to nearest, halves to even; NaN becomes 0.
INLINE int32_t integer_of(float x, float low, float high, int32_t lowest, int32_t highest) {
    // From 2^23 on every float is an integer; below, adding and taking away 2^23 rounds.
    float magic = __builtin_copysignf(8388608.0f, x);
    float whole = __builtin_fabsf(x) < 8388608.0f ? (x + magic) - magic : x;
    // The conversion itself only sees values that fit.
    float safe = whole > low && whole < high ? whole : 0;
    int32_t y = (int32_t)safe;
    y = whole >= high ? highest : y;
    return whole <= low ? lowest : y;
}

INLINE void store_any(int type, void *p, ptrdiff_t i, float x) {
    if (type == SGC_INT32)
        ((int32_t *)p)[i] = integer_of(x, -2147483648.0f, 2147483648.0f, INT32_MIN, INT32_MAX);
    else if (type == SGC_UINT8)
        ((uint8_t *)p)[i] = (uint8_t)integer_of(x, 0, 255, 0, 255);
    else
        store(type, p, i, x);
}

INLINE void cast(int from, const void *restrict x, int to, void *restrict y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++)
        store_any(to, y, i, load_any(from, x, i));
}

INLINE void cast_from(int from, const void *x, int to, void *y, ptrdiff_t n) {
    switch (to) {
    case SGC_FLOAT32:
        return cast(from, x, SGC_FLOAT32, y, n);
    case SGC_BFLOAT16:
        return cast(from, x, SGC_BFLOAT16, y, n);
    case SGC_INT32:
        return cast(from, x, SGC_INT32, y, n);
    case SGC_UINT8:
        return cast(from, x, SGC_UINT8, y, n);
    }
}

KERNEL void sgc_cast(int from, const void *x, int to, void *y, ptrdiff_t n) {
    if (from == to) {
        memcpy(y, x, (size_t)(n * size_of(from)));
        return;
    }
    switch (from) {
    case SGC_FLOAT32:
        return cast_from(SGC_FLOAT32, x, to, y, n);
    case SGC_BFLOAT16:
        return cast_from(SGC_BFLOAT16, x, to, y, n);
    case SGC_INT32:
        return cast_from(SGC_INT32, x, to, y, n);
    case SGC_UINT8:
        return cast_from(SGC_UINT8, x, to, y, n);
    }
}
