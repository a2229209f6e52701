/* What the house needs from its process and Swift cannot say: the caller's floating-point state and errno, the
 * signal mask, words that a signal handler may touch, locks that survive a fork, opening below a directory, and the
 * processor's instructions for digests. No allocation. */
#ifndef CHOST_H
#define CHOST_H

#include <fenv.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a call must leave as it found it. */
typedef struct chost_state {
    fenv_t environment;
    int error_number;
} chost_state;

/* Saves errno and the floating-point environment in `out`, then sets the default environment (round to nearest, nothing
 * unmasked, no flush to zero), so that the library's results do not depend on the host's. */
void chost_enter(chost_state *out);

/* Puts back what chost_enter() saved; exception flags raised in between are dropped. */
void chost_leave(const chost_state *state);

/* For the first line of a thread that the library starts: the default floating-point environment (a thread inherits its
 * creator's). */
void chost_default_environment(void);

/* Blocks every signal in the calling thread and saves the mask; a thread created before chost_unblock_signals()
 * inherits the blocked mask. */
typedef struct chost_signal_mask {
    uint64_t words[16];
} chost_signal_mask;
void chost_block_signals(chost_signal_mask *out);
void chost_unblock_signals(const chost_signal_mask *mask);

/* The handles that exist, for code that may run in a signal handler: slot by slot, the handle's value (0: none) and how
 * often its cancellation was asked for. Plain arrays of atomic words in zeroed memory. */
#define CHOST_SLOTS 65536

/* Makes `handle` the live value of `slot` (0: nobody). */
void chost_slot_publish(uint32_t slot, uint64_t handle);

/* Counts a request to cancel if `handle` lives in `slot`; false if it does not. Async-signal-safe. */
bool chost_slot_cancel(uint32_t slot, uint64_t handle);

/* How many requests `slot` has seen, over all handles that lived there. */
uint32_t chost_slot_requests(uint32_t slot);

/* Makes `mutex` usable in a forked child whatever other threads were doing: fork() waits for it and both sides get it
 * unlocked. It must live for ever and be a leaf (its holder takes no other lock and does not fork). False when the
 * table, CHOST_FORK_LOCKS long, is full. */
#define CHOST_FORK_LOCKS 64
bool chost_lock_across_fork(pthread_mutex_t *mutex);

/* The end of the process while the library computes: destructors of the libraries below would pull the ground from
 * under a running operation. A thread of the library's own announces its work; once exit() has begun, its next
 * operation stops it for good, and exit() waits for that (a second at most). */
void chost_begin_work(void);
void chost_end_work(void);

/* Makes exit() wait before it runs the destructors that were registered until now. To be called whenever a library
 * below may have made objects that live until the end: the last registered is the first to run. */
void chost_watch_exit(void);

/* Called between operations by a thread that has begun work. Does not return once the process is ending. */
void chost_stop_at_exit(void);

/* Whether exit() has begun: no new work then. */
bool chost_is_exiting(void);

/* Takes `count` blocks of 64 bytes into the state of a SHA-256, whose 64 round constants come along. False, with
 * nothing done, on a processor without instructions for it. */
bool chost_sha256(uint32_t state[8], const uint32_t constants[64], const uint8_t *blocks, size_t count);

/* Opens the file `name`, relative to and below `directory`, for reading, without waiting and without following any
 * symbolic link. The descriptor, or -1 with errno: ELOOP, EXDEV or ENOTDIR where the way leads through a link, out of
 * the directory, or through a file. */
int chost_open_beneath(int directory, const char *name);

/* The same on kernels without openat2(): one component after the other. */
int chost_open_stepwise(int directory, const char *name);

#endif
