#include "CHost.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static atomic_bool exiting;
static atomic_int busy;
static pthread_once_t once = PTHREAD_ONCE_INIT;

enum { LONGEST_WAIT_MS = 1000 };

/* Runs before the destructors of the libraries that this one needs: they were loaded first. */
static void before_destructors(void) {
    atomic_store(&exiting, true);
    const struct timespec millisecond = {0, 1000000};
    for (int waited = 0; atomic_load(&busy) > 0 && waited < LONGEST_WAIT_MS; waited++)
        nanosleep(&millisecond, NULL);
}

/* The parent's threads do not exist in the child. */
static void in_child(void) {
    atomic_store(&busy, 0);
}

void chost_watch_exit(void) {
    atexit(before_destructors);
}

static void watch_exit(void) {
    chost_watch_exit();
    pthread_atfork(NULL, NULL, in_child);
}

void chost_begin_work(void) {
    pthread_once(&once, watch_exit);
    atomic_fetch_add(&busy, 1);
    chost_stop_at_exit();
}

void chost_end_work(void) {
    atomic_fetch_sub(&busy, 1);
}

void chost_stop_at_exit(void) {
    if (!atomic_load_explicit(&exiting, memory_order_relaxed))
        return;
    atomic_fetch_sub(&busy, 1);
    for (;;)
        pause();
}

bool chost_is_exiting(void) {
    return atomic_load(&exiting);
}
