// Functions of each element. x, y, dy, dx: n elements of floating type `type` unless said otherwise.
#pragma once
#include "types.h"

enum sgc_unary_function {
    SGC_SILU,
    SGC_SIGMOID,
    SGC_TANH,
    SGC_RELU,
    SGC_EXP,
    SGC_LOG,
    SGC_SQRT,
    SGC_RSQRT,
    SGC_SQUARE,
    SGC_ABS,
    SGC_RECIPROCAL,
    SGC_GELU,
    SGC_GELU_TANH,
    SGC_LEAKY_RELU, // a: slope
    SGC_SOFTPLUS,
    SGC_CLAMP,     // a: low, b: high
    SGC_ELU,       // a: alpha
    SGC_THRESHOLD, // a: above
    SGC_QUICK_GELU,
    SGC_ERF,
    SGC_FLOOR,
    SGC_CEILING,
    SGC_ROUND,
    SGC_SIGN,
    SGC_SINE,
    SGC_COSINE,
    SGC_TANGENT,
    SGC_ARC_SINE,
    SGC_ARC_COSINE,
    SGC_ARC_TANGENT,
    SGC_HYPERBOLIC_SINE,
    SGC_HYPERBOLIC_COSINE,
    SGC_AREA_SINE,
    SGC_AREA_COSINE,
    SGC_AREA_TANGENT,
};

enum sgc_binary_function {
    SGC_ADD,
    SGC_SUBTRACT,
    SGC_MULTIPLY,
    SGC_DIVIDE,
    SGC_MAXIMUM,
    SGC_MINIMUM,
    SGC_LESS,
    SGC_EQUAL,
    SGC_POWER,
};

// y = f(x).
void sgc_unary(int function, int type, const void *_Nonnull x, void *_Nonnull y, ptrdiff_t n, float a, float b);

// dx = dy · f'(x).
void sgc_unary_gradient(int function, int type, const void *_Nonnull x, const void *_Nonnull dy, void *_Nonnull dx,
                        ptrdiff_t n, float a, float b);

// y[row, i] = f(a, b) for rows [begin, end) of the box `extents` seen as rows of its last axis. a and b are read with
// the given strides in elements, of which the last are 0 or 1; y is contiguous. rank >= 1.
void sgc_binary(int function, int type, const void *_Nonnull a, const void *_Nonnull b, void *_Nonnull y, int rank,
                const ptrdiff_t *_Nonnull extents, const ptrdiff_t *_Nonnull a_strides,
                const ptrdiff_t *_Nonnull b_strides, ptrdiff_t begin, ptrdiff_t end);

// y = a where mask is not 0, b elsewhere; rows and strides as in sgc_binary.
void sgc_select(int type, const void *_Nonnull mask, const void *_Nonnull a, const void *_Nonnull b, void *_Nonnull y,
                int rank, const ptrdiff_t *_Nonnull extents, const ptrdiff_t *_Nonnull mask_strides,
                const ptrdiff_t *_Nonnull a_strides, const ptrdiff_t *_Nonnull b_strides, ptrdiff_t begin,
                ptrdiff_t end);

// y = scale · x + shift.
void sgc_affine(int type, const void *_Nonnull x, void *_Nonnull y, ptrdiff_t n, float scale, float shift);

// y = x in another type: float32, bfloat16, int32 or uint8 on either side. Integers are rounded to nearest, halves to
// even, and saturate; NaN becomes 0.
void sgc_cast(int from, const void *_Nonnull x, int to, void *_Nonnull y, ptrdiff_t n);

// y = value, given as the bits of one element of `size` 1, 2 or 4 bytes.
void sgc_fill(int size, void *_Nonnull y, ptrdiff_t n, uint32_t bits);

// a += b.
void sgc_accumulate(int type, void *_Nonnull a, const void *_Nonnull b, ptrdiff_t n);
