#include "element.h"

INLINE void adam(struct sgc_adam u, float *restrict p, const float *restrict g, float *restrict m, float *restrict v,
                 ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float gradient = u.gradient_scale * g[i];
        float first = u.beta1 * m[i] + u.one_minus_beta1 * gradient;
        float second = u.beta2 * v[i] + u.one_minus_beta2 * gradient * gradient;
        m[i] = first;
        v[i] = second;
        p[i] = u.decay * p[i] - u.rate * first / (u.deviation * __builtin_sqrtf(second) + u.epsilon);
    }
}

KERNEL void sgc_adam_update(struct sgc_adam update, float *p, const float *g, float *m, float *v, ptrdiff_t n) {
    adam(update, p, g, m, v, n);
}

INLINE void interpolate(int type, void *restrict a, const void *restrict b, ptrdiff_t n, float rate) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float from = load(type, a, i);
        store(type, a, i, from + rate * (load(type, b, i) - from));
    }
}

KERNEL void sgc_interpolate(int type, void *a, const void *b, ptrdiff_t n, float rate) {
    FOR_TYPE(type, interpolate(T, a, b, n, rate));
}
