#include "vector_math.h"

// MARK: functions of one number

INLINE float softplus_of(float x) {
    // max(x, 0) + ln(1 + u), u = e^{−|x|}; what 1 + u lost in rounding is added back.
    float u = exp_of(-__builtin_fabsf(x)), w = 1.0f + u;
    float y = log_of(w) + (u - (w - 1.0f)) / w;
    return x > 0 ? x + y : x != x ? x : y;
}

// eˣ − 1, also where eˣ is nearly 1.
INLINE float expm1_of(float x) {
    float near = x * (1.0f + x * (0.5f + x * (0.166666667f + x * 0.0416666667f)));
    return __builtin_fabsf(x) < 0.05f ? near : exp_of(x) - 1.0f;
}

// The inner function of GELU's tanh form, and its derivative.
INLINE float gelu_argument(float x) {
    return 0.797884561f * (x + 0.044715f * x * x * x);
}

INLINE float gelu_argument_slope(float x) {
    return 0.797884561f * (1.0f + 0.134145f * x * x);
}

INLINE float value(int function, float x, float a, float b) {
    switch (function) {
    case SGC_SILU:
        return silu_of(x);
    case SGC_SIGMOID:
        return sigmoid_of(x);
    case SGC_TANH:
        return tanh_of(x);
    case SGC_RELU:
        return x <= 0 ? 0 : x;
    case SGC_EXP:
        return exp_of(x);
    case SGC_LOG:
        return log_of(x);
    case SGC_SQRT:
        return __builtin_sqrtf(x);
    case SGC_RSQRT:
        return 1.0f / __builtin_sqrtf(x);
    case SGC_SQUARE:
        return x * x;
    case SGC_ABS:
        return __builtin_fabsf(x);
    case SGC_RECIPROCAL:
        return 1.0f / x;
    case SGC_GELU:
        return 0.5f * x * (1.0f + erf_of(x * 0.707106781f));
    case SGC_GELU_TANH:
        return 0.5f * x * (1.0f + tanh_of(gelu_argument(x)));
    case SGC_LEAKY_RELU:
        return x <= 0 ? a * x : x;
    case SGC_SOFTPLUS:
        return softplus_of(x);
    case SGC_CLAMP: {
        float y = x < a ? a : x;
        return y > b ? b : y;
    }
    case SGC_ELU:
        return x <= 0 ? a * expm1_of(x) : x;
    case SGC_THRESHOLD:
        return x <= a ? 0 : x;
    case SGC_QUICK_GELU:
        return x * sigmoid_of(1.702f * x);
    case SGC_ERF:
        return erf_of(x);
    case SGC_FLOOR:
        return __builtin_floorf(x);
    case SGC_CEILING:
        return __builtin_ceilf(x);
    case SGC_ROUND:
        return __builtin_rintf(x);
    case SGC_SIGN:
        return x > 0 ? 1 : x < 0 ? -1 : x;
    case SGC_SINE:
        return sinf(x);
    case SGC_COSINE:
        return cosf(x);
    case SGC_TANGENT:
        return tanf(x);
    case SGC_ARC_SINE:
        return asinf(x);
    case SGC_ARC_COSINE:
        return acosf(x);
    case SGC_ARC_TANGENT:
        return atanf(x);
    case SGC_HYPERBOLIC_SINE:
        return sinhf(x);
    case SGC_HYPERBOLIC_COSINE:
        return coshf(x);
    case SGC_AREA_SINE:
        return asinhf(x);
    case SGC_AREA_COSINE:
        return acoshf(x);
    default: // SGC_AREA_TANGENT
        return atanhf(x);
    }
}

INLINE float slope(int function, float x, float a, float b) {
    switch (function) {
    case SGC_SILU:
        return silu_slope(x);
    case SGC_SIGMOID: {
        float s = sigmoid_of(x);
        return s * (1.0f - s);
    }
    case SGC_TANH: {
        float t = tanh_of(x);
        return 1.0f - t * t;
    }
    case SGC_RELU:
        return x <= 0 ? 0 : 1;
    case SGC_EXP:
        return exp_of(x);
    case SGC_LOG:
        return 1.0f / x;
    case SGC_SQRT:
        return 0.5f / __builtin_sqrtf(x);
    case SGC_RSQRT:
        return -0.5f / (x * __builtin_sqrtf(x));
    case SGC_SQUARE:
        return 2 * x;
    case SGC_ABS:
        return x > 0 ? 1 : x < 0 ? -1 : 0;
    case SGC_RECIPROCAL:
        return -1.0f / (x * x);
    case SGC_GELU: // Φ(x) + x φ(x)
        return 0.5f * (1.0f + erf_of(x * 0.707106781f)) + x * 0.398942280f * exp_of(-0.5f * x * x);
    case SGC_GELU_TANH: {
        float t = tanh_of(gelu_argument(x));
        return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * gelu_argument_slope(x);
    }
    case SGC_LEAKY_RELU:
        return x <= 0 ? a : 1;
    case SGC_SOFTPLUS:
        return sigmoid_of(x);
    case SGC_CLAMP:
        return x >= a && x <= b ? 1 : 0;
    case SGC_ELU:
        return x <= 0 ? a * exp_of(x) : 1;
    case SGC_THRESHOLD:
        return x <= a ? 0 : 1;
    case SGC_QUICK_GELU:
        return silu_slope(1.702f * x);
    case SGC_ERF:
        return 1.12837917f * exp_of(-x * x);
    case SGC_SINE:
        return cosf(x);
    case SGC_COSINE:
        return -sinf(x);
    case SGC_TANGENT: {
        float t = tanf(x);
        return 1 + t * t;
    }
    case SGC_ARC_SINE:
        return 1.0f / __builtin_sqrtf(1.0f - x * x);
    case SGC_ARC_COSINE:
        return -1.0f / __builtin_sqrtf(1.0f - x * x);
    case SGC_ARC_TANGENT:
        return 1.0f / (1.0f + x * x);
    case SGC_HYPERBOLIC_SINE:
        return coshf(x);
    case SGC_HYPERBOLIC_COSINE:
        return sinhf(x);
    case SGC_AREA_SINE:
        return 1.0f / __builtin_sqrtf(x * x + 1.0f);
    case SGC_AREA_COSINE:
        return 1.0f / __builtin_sqrtf(x * x - 1.0f);
    case SGC_AREA_TANGENT:
        return 1.0f / (1.0f - x * x);
    default: // SGC_FLOOR, SGC_CEILING, SGC_ROUND, SGC_SIGN
        return 0;
    }
}

#define FOR_EACH_UNARY(CASE)                                                                                           \
    CASE(SGC_SILU)                                                                                                     \
    CASE(SGC_SIGMOID)                                                                                                  \
    CASE(SGC_TANH)                                                                                                     \
    CASE(SGC_RELU)                                                                                                     \
    CASE(SGC_EXP)                                                                                                      \
    CASE(SGC_LOG)                                                                                                      \
    CASE(SGC_SQRT)                                                                                                     \
    CASE(SGC_RSQRT)                                                                                                    \
    CASE(SGC_SQUARE)                                                                                                   \
    CASE(SGC_ABS)                                                                                                      \
    CASE(SGC_RECIPROCAL)                                                                                               \
    CASE(SGC_GELU)                                                                                                     \
    CASE(SGC_GELU_TANH)                                                                                                \
    CASE(SGC_LEAKY_RELU)                                                                                               \
    CASE(SGC_SOFTPLUS)                                                                                                 \
    CASE(SGC_CLAMP)                                                                                                    \
    CASE(SGC_ELU)                                                                                                      \
    CASE(SGC_THRESHOLD)                                                                                                \
    CASE(SGC_QUICK_GELU)                                                                                               \
    CASE(SGC_ERF)                                                                                                      \
    CASE(SGC_FLOOR)                                                                                                    \
    CASE(SGC_CEILING)                                                                                                  \
    CASE(SGC_ROUND)                                                                                                    \
    CASE(SGC_SIGN)                                                                                                     \
    CASE(SGC_SINE)                                                                                                     \
    CASE(SGC_COSINE)                                                                                                   \
    CASE(SGC_TANGENT)                                                                                                  \
    CASE(SGC_ARC_SINE)                                                                                                 \
    CASE(SGC_ARC_COSINE)                                                                                               \
    CASE(SGC_ARC_TANGENT)                                                                                              \
    CASE(SGC_HYPERBOLIC_SINE)                                                                                          \
    CASE(SGC_HYPERBOLIC_COSINE)                                                                                        \
    CASE(SGC_AREA_SINE)                                                                                                \
    CASE(SGC_AREA_COSINE)                                                                                              \
    CASE(SGC_AREA_TANGENT)

INLINE void unary(int function, int type, const void *restrict x, void *restrict y, ptrdiff_t n, float a, float b) {
    for (ptrdiff_t i = 0; i < n; i++)
        store(type, y, i, value(function, load(type, x, i), a, b));
}

KERNEL void sgc_unary(int function, int type, const void *x, void *y, ptrdiff_t n, float a, float b) {
    switch (function) {
#define CASE(f)                                                                                                        \
    case f:                                                                                                            \
        FOR_TYPE(type, unary(f, T, x, y, n, a, b));                                                                    \
        break;
        FOR_EACH_UNARY(CASE)
#undef CASE
    }
}

INLINE void unary_gradient(int function, int type, const void *restrict x, const void *restrict dy, void *restrict dx,
                           ptrdiff_t n, float a, float b) {
    for (ptrdiff_t i = 0; i < n; i++)
        store(type, dx, i, load(type, dy, i) * slope(function, load(type, x, i), a, b));
}

KERNEL void sgc_unary_gradient(int function, int type, const void *x, const void *dy, void *dx, ptrdiff_t n, float a,
                               float b) {
    switch (function) {
#define CASE(f)                                                                                                        \
    case f:                                                                                                            \
        FOR_TYPE(type, unary_gradient(f, T, x, dy, dx, n, a, b));                                                      \
        break;
        FOR_EACH_UNARY(CASE)
#undef CASE
    }
}

// MARK: functions of two numbers

INLINE float value_of_two(int function, float a, float b) {
    switch (function) {
    case SGC_ADD:
        return a + b;
    case SGC_SUBTRACT:
        return a - b;
    case SGC_MULTIPLY:
        return a * b;
    case SGC_DIVIDE:
        return a / b;
    case SGC_MAXIMUM: // NaN wins
        return a > b || a != a ? a : b;
    case SGC_MINIMUM:
        return a < b || a != a ? a : b;
    case SGC_LESS:
        return a < b ? 1 : 0;
    case SGC_EQUAL:
        return a == b ? 1 : 0;
    default: // SGC_POWER
        return powf(a, b);
    }
}

// One row: strides are constants, so that each combination is a loop of its own.
INLINE void binary_row(int function, int type, const void *restrict a, ptrdiff_t a_stride, const void *restrict b,
                       ptrdiff_t b_stride, void *restrict y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++)
        store(type, y, i, value_of_two(function, load(type, a, i * a_stride), load(type, b, i * b_stride)));
}

INLINE void binary(int function, int type, const void *a, const void *b, void *y, int rank, const ptrdiff_t *extents,
                   const ptrdiff_t *a_strides, const ptrdiff_t *b_strides, ptrdiff_t begin, ptrdiff_t end) {
    ptrdiff_t n = extents[rank - 1], a_inner = a_strides[rank - 1], b_inner = b_strides[rank - 1];
    for (ptrdiff_t row = begin; row < end; row++) {
        ptrdiff_t a_at = 0, b_at = 0, rest = row;
        for (int axis = rank - 2; axis >= 0; axis--) {
            ptrdiff_t i = rest % extents[axis];
            rest /= extents[axis];
            a_at += i * a_strides[axis];
            b_at += i * b_strides[axis];
        }
        const void *a_row = element(type, a, a_at), *b_row = element(type, b, b_at);
        void *y_row = mutable_element(type, y, row * n);
        if (a_inner && b_inner)
            binary_row(function, type, a_row, 1, b_row, 1, y_row, n);
        else if (a_inner)
            binary_row(function, type, a_row, 1, b_row, 0, y_row, n);
        else
            binary_row(function, type, a_row, 0, b_row, b_inner ? 1 : 0, y_row, n);
    }
}

KERNEL void sgc_binary(int function, int type, const void *a, const void *b, void *y, int rank,
                       const ptrdiff_t *extents, const ptrdiff_t *a_strides, const ptrdiff_t *b_strides,
                       ptrdiff_t begin, ptrdiff_t end) {
    switch (function) {
#define CASE(f)                                                                                                        \
    case f:                                                                                                            \
        FOR_TYPE(type, binary(f, T, a, b, y, rank, extents, a_strides, b_strides, begin, end));                        \
        break;
        CASE(SGC_ADD)
        CASE(SGC_SUBTRACT)
        CASE(SGC_MULTIPLY)
        CASE(SGC_DIVIDE)
        CASE(SGC_MAXIMUM)
        CASE(SGC_MINIMUM)
        CASE(SGC_LESS)
        CASE(SGC_EQUAL)
        CASE(SGC_POWER)
#undef CASE
    }
}

// MARK: selection

INLINE void select_row(int type, const void *restrict mask, ptrdiff_t mask_stride, const void *restrict a,
                       ptrdiff_t a_stride, const void *restrict b, ptrdiff_t b_stride, void *restrict y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float chosen = load(type, a, i * a_stride), other = load(type, b, i * b_stride);
        store(type, y, i, load(type, mask, i * mask_stride) != 0 ? chosen : other);
    }
}

INLINE void select_rows(int type, const void *mask, const void *a, const void *b, void *y, int rank,
                        const ptrdiff_t *extents, const ptrdiff_t *mask_strides, const ptrdiff_t *a_strides,
                        const ptrdiff_t *b_strides, ptrdiff_t begin, ptrdiff_t end) {
    ptrdiff_t n = extents[rank - 1];
    int inner = rank - 1;
    int loop = (mask_strides[inner] ? 4 : 0) | (a_strides[inner] ? 2 : 0) | (b_strides[inner] ? 1 : 0);
    for (ptrdiff_t row = begin; row < end; row++) {
        ptrdiff_t mask_at = 0, a_at = 0, b_at = 0, rest = row;
        for (int axis = rank - 2; axis >= 0; axis--) {
            ptrdiff_t i = rest % extents[axis];
            rest /= extents[axis];
            mask_at += i * mask_strides[axis];
            a_at += i * a_strides[axis];
            b_at += i * b_strides[axis];
        }
        const void *mask_row = element(type, mask, mask_at);
        const void *a_row = element(type, a, a_at), *b_row = element(type, b, b_at);
        void *y_row = mutable_element(type, y, row * n);
        switch (loop) {
#define CASE(m, p, q)                                                                                                  \
    case m * 4 + p * 2 + q:                                                                                            \
        select_row(type, mask_row, m, a_row, p, b_row, q, y_row, n);                                                   \
        break;
            CASE(0, 0, 0)
            CASE(0, 0, 1)
            CASE(0, 1, 0)
            CASE(0, 1, 1)
            CASE(1, 0, 0)
            CASE(1, 0, 1)
            CASE(1, 1, 0)
            CASE(1, 1, 1)
#undef CASE
        }
    }
}

KERNEL void sgc_select(int type, const void *mask, const void *a, const void *b, void *y, int rank,
                       const ptrdiff_t *extents, const ptrdiff_t *mask_strides, const ptrdiff_t *a_strides,
                       const ptrdiff_t *b_strides, ptrdiff_t begin, ptrdiff_t end) {
    FOR_TYPE(type, select_rows(T, mask, a, b, y, rank, extents, mask_strides, a_strides, b_strides, begin, end));
}

// MARK: affine map, fill, sum in place

INLINE void affine(int type, const void *restrict x, void *restrict y, ptrdiff_t n, float scale, float shift) {
    for (ptrdiff_t i = 0; i < n; i++)
        store(type, y, i, scale * load(type, x, i) + shift);
}

KERNEL void sgc_affine(int type, const void *x, void *y, ptrdiff_t n, float scale, float shift) {
    FOR_TYPE(type, affine(T, x, y, n, scale, shift));
}

KERNEL void sgc_fill(int size, void *y, ptrdiff_t n, uint32_t bits) {
    if (size == 1)
        memset(y, (int)(bits & 0xFF), (size_t)n);
    else if (size == 2)
        for (ptrdiff_t i = 0; i < n; i++)
            ((uint16_t *)y)[i] = (uint16_t)bits;
    else
        for (ptrdiff_t i = 0; i < n; i++)
            ((uint32_t *)y)[i] = bits;
}

INLINE void accumulate(int type, void *restrict a, const void *restrict b, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++)
        store(type, a, i, load(type, a, i) + load(type, b, i));
}

KERNEL void sgc_accumulate(int type, void *a, const void *b, ptrdiff_t n) {
    FOR_TYPE(type, accumulate(T, a, b, n));
}
