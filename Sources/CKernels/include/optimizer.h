// Updates of parameters in place, float32.
#pragma once
#include "types.h"

// What an Adam update does to n parameters (bias corrections folded in):
// m ← beta1·m + (1 − beta1)·s·g, v ← beta2·v + (1 − beta2)·(s·g)², p ← decay·p − rate·m / (deviation·√v + epsilon).
struct sgc_adam {
    float beta1, one_minus_beta1, beta2, one_minus_beta2, gradient_scale, decay, rate, deviation, epsilon;
};

void sgc_adam_update(struct sgc_adam update, float *_Nonnull p, const float *_Nonnull g, float *_Nonnull m,
                     float *_Nonnull v, ptrdiff_t n);

// a ← a + rate·(b − a); floating type `type`.
void sgc_interpolate(int type, void *_Nonnull a, const void *_Nonnull b, ptrdiff_t n, float rate);
