#include "CKernels.h"

// libgomp's entry points, declared here so that no compiler flag and no header of another compiler is needed.
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern void omp_set_num_threads(int);
extern int omp_get_max_threads(void);

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
    else
        GOMP_parallel(run_blocks, &blocks, (unsigned)threads, 0);
}

void sgc_set_thread_count(int threads) {
    omp_set_num_threads(threads);
}

int sgc_default_thread_count(void) {
    return omp_get_max_threads();
}
