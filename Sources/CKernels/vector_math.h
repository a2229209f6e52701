// exp, log, tanh and erf without branches, for the vectorizer. Private to CKernels.
//
// Polynomials: weighted least squares toward minimax over the interval named at each, fitted for these files.
// Errors are measured in Tests/SGCTensorTests/CPU/ElementwiseKernelTests.swift.
#pragma once
#include "element.h"

// eˣ: relative error below 2e-7, subnormal results included; 0 and infinity at the ends; NaN stays NaN.
INLINE float exp_of(float x) {
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    // 1. x = n ln 2 + r. Adding 1.5·2^23 rounds to an integer and leaves it in the low bits.
    float shifted = x * 1.44269504f + 12582912.0f;
    float n = shifted - 12582912.0f;
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    // 2. eʳ = 1 + r + r² P(r) for |r| <= ln 2 / 2.
    float p = 0.00138131424f;
    p = p * r + 0.00836941879f;
    p = p * r + 0.041668456f;
    p = p * r + 0.166665152f;
    p = p * r + 0.49999994f;
    float y = 1.0f + (r + r * r * p);
    // 3. times 2ⁿ in two factors, so that neither leaves the range of normal numbers.
    int32_t whole = (int32_t)bits_of(shifted) - 0x4B400000;
    int32_t half = whole >> 1;
    y *= float_of((uint32_t)(half + 127) << 23);
    return y * float_of((uint32_t)(whole - half + 127) << 23);
}

// ln x: relative error below 2e-7; -infinity at 0, NaN below.
INLINE float log_of(float x) {
    // 1. x = 2ⁿ · (1 + f) with 1 + f in [√½, √2); subnormal x is scaled up first.
    int small = x < 1.17549435e-38f;
    uint32_t bits = bits_of(small ? x * 8388608.0f : x);
    int32_t whole = (int32_t)(bits - 0x3F3504F3u) >> 23;
    float f = float_of(bits - ((uint32_t)whole << 23)) - 1.0f;
    float n = (float)whole - (small ? 23.0f : 0.0f);
    // 2. ln(1 + f) = f − f²/2 + f³ P(f).
    float p = 0.0674655959f;
    p = p * f - 0.116796434f;
    p = p * f + 0.118903361f;
    p = p * f - 0.124051377f;
    p = p * f + 0.14219223f;
    p = p * f - 0.166680068f;
    p = p * f + 0.200021341f;
    p = p * f - 0.250000089f;
    p = p * f + 0.333333135f;
    float square = f * f;
    float y = f + (square * f * p - 0.5f * square - n * 2.12194440e-4f) + n * 0.693359375f;
    // 3. The ends.
    y = x == 0 ? -INFINITY : y;
    y = x < 0 || x != x ? NAN : y;
    return x == INFINITY ? INFINITY : y;
}

// tanh x: relative error below 3e-7.
INLINE float tanh_of(float x) {
    float size = __builtin_fabsf(x), square = x * x;
    // 1. Near 0: x + x³ P(x²), |x| <= 0.625.
    float p = -0.00571703678f;
    p = p * square + 0.0206505787f;
    p = p * square - 0.0537434965f;
    p = p * square + 0.133314908f;
    p = p * square - 0.333332837f;
    float near = x + x * square * p;
    // 2. Elsewhere: 1 − 2/(e^{2|x|} + 1).
    float far = __builtin_copysignf(1.0f - 2.0f / (exp_of(2 * size) + 1), x);
    return size < 0.625f ? near : far;
}

// The error function: absolute error below 2e-7.
INLINE float erf_of(float x) {
    float size = __builtin_fabsf(x), square = x * x;
    // 1. |x| <= 1: x P(x²).
    float p = 7.8891193e-05f;
    p = p * square - 0.000802084105f;
    p = p * square + 0.00518953521f;
    p = p * square - 0.0268544443f;
    p = p * square + 0.112836003f;
    p = p * square - 0.37612626f;
    p = p * square + 1.12837911f;
    float near = x * p;
    // 2. Beyond: 1 − e^{−Q(|x|)}, Q fitted on [1, 4]; from 4 on erf rounds to 1.
    float t = size > 4.0f ? 4.0f : size;
    float q = 2.16868502e-05f;
    q = q * t - 0.000441336364f;
    q = q * t + 0.00420456193f;
    q = q * t - 0.0252082571f;
    q = q * t + 0.108418576f;
    q = q * t + 0.633219898f;
    q = q * t + 1.12957847f;
    q = q * t - 0.000188040227f;
    float far = __builtin_copysignf(1.0f - exp_of(-q), x);
    return size <= 1.0f || x != x ? near : far;
}

INLINE float sigmoid_of(float x) {
    return 1.0f / (1.0f + exp_of(-x));
}

INLINE float silu_of(float x) {
    return x / (1.0f + exp_of(-x));
}

// d silu / dx.
INLINE float silu_slope(float x) {
    float s = sigmoid_of(x);
    return s * (1.0f + x * (1.0f - s));
}
