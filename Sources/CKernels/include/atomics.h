// A flag that one thread sets and others read while they compute. Swift without Synchronization has none.
#pragma once
#include <stdint.h>

static inline int32_t sgc_atomic_load(const int32_t *_Nonnull flag) {
    return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static inline void sgc_atomic_store(int32_t *_Nonnull flag, int32_t value) {
    __atomic_store_n(flag, value, __ATOMIC_RELEASE);
}
