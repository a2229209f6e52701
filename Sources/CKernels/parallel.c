#include "CKernels.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// libgomp's entry points, declared here so that no compiler flag and no header of another compiler is needed.
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern void GOMP_parallel_start(void (*body)(void *), void *data, unsigned threads);
extern void GOMP_parallel_end(void);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern void omp_set_num_threads(int);
extern int omp_get_max_threads(void);

// The largest number of threads that a loop on the calling thread had: the size of its pool.
static _Thread_local int pool_size = 0;

// The rest of the calling thread's pool.
static _Thread_local struct rest {
    // Whether it lasts: the futex that the pool's threads sleep on.
    atomic_uint lasts;
    // How many threads have not yet seen its end.
    atomic_uint resting;
} rest;

// How long a resting thread polls before it sleeps: about as long as libgomp's own would spin, which
// OMP_WAIT_POLICY=passive forbids. A sleeping processor takes longer to wake than a small image to encode.
static double polling_seconds = 0.004;

// When the library is loaded, as OpenMP does: later the host may change its environment meanwhile.
__attribute__((constructor)) static void read_wait_policy(void) {
    const char *policy = getenv("OMP_WAIT_POLICY");
    if (policy && strcasecmp(policy, "passive") == 0)
        polling_seconds = 0;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void wait_for_end(void *data) {
    struct rest *rest = data;
    const double end_of_polling = seconds() + polling_seconds;
    while (atomic_load(&rest->lasts))
        if (seconds() < end_of_polling)
            sched_yield(); // To the host, or to the caller who waits for the result that was just computed.
        else
            syscall(SYS_futex, &rest->lasts, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
    atomic_fetch_sub(&rest->resting, 1);
}

// A parallel region that lasts as long as the rest: its body holds the pool's other threads, and the caller goes on.
void sgc_pool_rest(void) {
    if (pool_size < 2 || atomic_load(&rest.lasts))
        return;
    atomic_store(&rest.lasts, 1);
    GOMP_parallel_start(wait_for_end, &rest, (unsigned)pool_size);
    atomic_store(&rest.resting, (unsigned)omp_get_num_threads() - 1); // OpenMP may grant fewer than were asked for.
}

void sgc_pool_wake(void) {
    if (!atomic_load(&rest.lasts))
        return;
    atomic_store(&rest.lasts, 0);
    syscall(SYS_futex, &rest.lasts, FUTEX_WAKE_PRIVATE, pool_size, NULL, NULL, 0);
    // Not yet the end of the region, which spins: a thread that was woken on this processor runs when this one yields.
    while (atomic_load(&rest.resting) > 0)
        sched_yield();
    GOMP_parallel_end();
}

// Before a loop of that many threads.
static void prepare_pool(int threads) {
    sgc_pool_wake();
    if (pool_size < threads)
        pool_size = threads;
}

struct loop {
    ptrdiff_t count, grain;
    sgc_range_body body;
    void *context;
};

static void run_share(void *data) {
    const struct loop *loop = data;
    ptrdiff_t parts = omp_get_num_threads(), part = omp_get_thread_num();
    ptrdiff_t grains = (loop->count + loop->grain - 1) / loop->grain;
    ptrdiff_t begin = grains * part / parts * loop->grain;
    ptrdiff_t end = grains * (part + 1) / parts * loop->grain;
    if (end > loop->count)
        end = loop->count;
    if (begin < end)
        loop->body(loop->context, begin, end);
}

void sgc_parallel_for(ptrdiff_t count, ptrdiff_t grain, int threads, sgc_range_body body, void *context) {
    if (count <= 0)
        return;
    if (grain < 1)
        grain = 1;
    if (threads <= 1 || count <= grain) {
        body(context, 0, count);
        return;
    }
    struct loop loop = {count, grain, body, context};
    prepare_pool(threads);
    GOMP_parallel(run_share, &loop, (unsigned)threads, 0);
}

struct blocks {
    ptrdiff_t count, block, next;
    sgc_block_body body;
    void *context;
};

static void run_blocks(void *data) {
    struct blocks *blocks = data;
    for (;;) {
        const ptrdiff_t begin = __atomic_fetch_add(&blocks->next, blocks->block, __ATOMIC_RELAXED);
        if (begin >= blocks->count)
            return;
        const ptrdiff_t end = begin + blocks->block < blocks->count ? begin + blocks->block : blocks->count;
        blocks->body(blocks->context, omp_get_thread_num(), begin, end);
    }
}

void sgc_parallel_blocks(ptrdiff_t count, ptrdiff_t block, int threads, sgc_block_body body, void *context) {
    struct blocks blocks = {count, block < 1 ? 1 : block, 0, body, context};
    if (threads <= 1 || count <= blocks.block)
        for (ptrdiff_t begin = 0; begin < count; begin += blocks.block)
            body(context, 0, begin, begin + blocks.block < count ? begin + blocks.block : count);
    else {
        prepare_pool(threads);
        GOMP_parallel(run_blocks, &blocks, (unsigned)threads, 0);
    }
}

void sgc_begin_loops(int threads) {
    prepare_pool(threads);
    omp_set_num_threads(threads);
}

int sgc_default_thread_count(void) {
    return omp_get_max_threads();
}
