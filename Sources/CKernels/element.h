// Elements in memory, and vectors of sixteen of them. Private to CKernels.
//
// Kernels take the data type as a run-time code and branch on it once, outside their loops (FOR_TYPE): the body is an
// inline function that gets the type as a constant, so that each type has a loop of its own from one source.
#pragma once
#include "CKernels.h"
#include <math.h>
#include <string.h>

// Functions called inside a KERNEL must be inlined: each clone needs its own copy for its instruction set.
#define INLINE static inline __attribute__((always_inline))

// Runs `statement` with the constant T naming the floating type whose code is `type`.
#define FOR_TYPE(type, statement)                                                                                      \
    do {                                                                                                               \
        if ((type) == SGC_BFLOAT16) {                                                                                  \
            enum { T = SGC_BFLOAT16 };                                                                                 \
            statement;                                                                                                 \
        } else {                                                                                                       \
            enum { T = SGC_FLOAT32 };                                                                                  \
            statement;                                                                                                 \
        }                                                                                                              \
    } while (0)

INLINE uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

INLINE float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

// Bytes of one element.
INLINE ptrdiff_t size_of(int type) {
    return type == SGC_BFLOAT16 ? 2 : type == SGC_UINT8 ? 1 : type == SGC_FLOAT64 ? 8 : 4;
}

INLINE const void *element(int type, const void *p, ptrdiff_t i) {
    return (const char *)p + i * size_of(type);
}

INLINE void *mutable_element(int type, void *p, ptrdiff_t i) {
    return (char *)p + i * size_of(type);
}

// The upper half of x, rounded to nearest even; NaN stays NaN.
INLINE uint16_t bfloat16_of(float x) {
    uint32_t bits = bits_of(x);
    uint32_t rounded = (bits + 0x7FFFu + (bits >> 16 & 1)) >> 16;
    return (uint16_t)(x != x ? (bits >> 16 | 0x40u) : rounded);
}

INLINE float load(int type, const void *p, ptrdiff_t i) {
    return type == SGC_BFLOAT16 ? float_of((uint32_t)((const uint16_t *)p)[i] << 16) : ((const float *)p)[i];
}

INLINE void store(int type, void *p, ptrdiff_t i, float x) {
    if (type == SGC_BFLOAT16)
        ((uint16_t *)p)[i] = bfloat16_of(x);
    else
        ((float *)p)[i] = x;
}

// No vector crosses a call: the functions that pass them are inlined, so the calling convention does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

// Sixteen elements side by side: what sums are split over, so that their order is the same on every processor.
enum { LANES = 16 };
typedef float f32x16 __attribute__((ext_vector_type(16)));
typedef double f64x16 __attribute__((ext_vector_type(16)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16)));
typedef uint16_t u16x16 __attribute__((ext_vector_type(16)));

INLINE f32x16 load16(int type, const void *p, ptrdiff_t i) {
    f32x16 x;
    if (type == SGC_BFLOAT16) {
        u16x16 upper;
        memcpy(&upper, (const uint16_t *)p + i, sizeof upper);
        u32x16 bits = __builtin_convertvector(upper, u32x16) << 16;
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    memcpy(&x, (const float *)p + i, sizeof x);
    return x;
}

// By address: a vector as an argument would need every caller to have its registers.
INLINE void store16(int type, void *p, ptrdiff_t i, const f32x16 *from) {
    const f32x16 x = *from;
    if (type == SGC_BFLOAT16) {
        u32x16 bits;
        memcpy(&bits, &x, sizeof bits);
        const u32x16 rounded = (bits + 0x7FFFu + (bits >> 16 & 1)) >> 16, quiet = bits >> 16 | 0x40u;
        const u32x16 is_nan = (u32x16)(x != x);
        const u16x16 upper = __builtin_convertvector((rounded & ~is_nan) | (quiet & is_nan), u16x16);
        memcpy((uint16_t *)p + i, &upper, sizeof upper);
    } else {
        memcpy((float *)p + i, &x, sizeof x);
    }
}

// The first `count` of sixteen elements; the rest of the vector is `fill`.
INLINE f32x16 load_some(int type, const void *p, ptrdiff_t i, ptrdiff_t count, float fill) {
    f32x16 x = fill;
    for (ptrdiff_t lane = 0; lane < count && lane < LANES; lane++)
        x[lane] = load(type, p, i + lane);
    return x;
}

INLINE f64x16 widen(f32x16 x) {
    return __builtin_convertvector(x, f64x16);
}

// Σ of the lanes, by halves.
INLINE double fold(f64x16 x) {
    double sums[LANES];
    memcpy(sums, &x, sizeof sums);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++)
            sums[lane] += sums[lane + half];
    return sums[0];
}
