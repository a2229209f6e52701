#include "CHost.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

void chost_enter(chost_state *out) {
    out->error_number = errno;
    fegetenv(&out->environment);
    fesetenv(FE_DFL_ENV);
}

void chost_leave(const chost_state *state) {
    fesetenv(&state->environment);
    errno = state->error_number;
}

void chost_default_environment(void) {
    fesetenv(FE_DFL_ENV);
}

_Static_assert(sizeof(sigset_t) <= sizeof(chost_signal_mask), "the saved mask holds a sigset_t");

void chost_block_signals(chost_signal_mask *out) {
    sigset_t all, old;
    sigfillset(&all);
    sigemptyset(&old);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    memcpy(out, &old, sizeof old);
}

void chost_unblock_signals(const chost_signal_mask *mask) {
    sigset_t old;
    memcpy(&old, mask, sizeof old);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static _Atomic uint64_t live[CHOST_SLOTS];
static _Atomic uint32_t requests[CHOST_SLOTS];

void chost_slot_publish(uint32_t slot, uint64_t handle) {
    if (slot < CHOST_SLOTS)
        atomic_store_explicit(&live[slot], handle, memory_order_release);
}

bool chost_slot_cancel(uint32_t slot, uint64_t handle) {
    if (slot >= CHOST_SLOTS || handle == 0 || atomic_load_explicit(&live[slot], memory_order_acquire) != handle)
        return false;
    atomic_fetch_add_explicit(&requests[slot], 1, memory_order_acq_rel);
    return true;
}

uint32_t chost_slot_requests(uint32_t slot) {
    return slot < CHOST_SLOTS ? atomic_load_explicit(&requests[slot], memory_order_acquire) : 0;
}
