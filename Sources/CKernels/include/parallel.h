// One parallel loop, on the OpenMP pool that oneDNN uses too, so that no second pool fights it for the cores.
#pragma once
#include <stddef.h>

typedef void (*sgc_range_body)(void *_Nullable context, ptrdiff_t begin, ptrdiff_t end);

// Splits 0..<count into at most `threads` contiguous ranges of whole grains and runs `body` on each.
// The calling thread takes part. Runs directly when one range remains.
void sgc_parallel_for(ptrdiff_t count, ptrdiff_t grain, int threads, sgc_range_body _Nonnull body,
                      void *_Nullable context);

typedef void (*sgc_block_body)(void *_Nullable context, ptrdiff_t thread, ptrdiff_t begin, ptrdiff_t end);

// Runs `body` on blocks of 0..<count. At most `threads` threads, which the body knows by their numbers from 0, take one
// block after the other as they get free.
void sgc_parallel_blocks(ptrdiff_t count, ptrdiff_t block, int threads, sgc_block_body _Nonnull body,
                         void *_Nullable context);

// Before loops that somebody else starts from the calling thread: how many threads they use, from now on.
void sgc_begin_loops(int threads);

// How many threads OpenMP would use by itself: the process's affinity and OMP_NUM_THREADS.
int sgc_default_thread_count(void);

// Lets the pool of the calling thread rest until the next loop: its threads yield to any other thread for some
// milliseconds and then sleep. Without it they spin that long after each loop, which is right within a call, and
// between calls keeps the host from a processor. Does nothing where no loop has run since the last rest.
void sgc_pool_rest(void);

// Ends the rest, as every loop does; for a thread that ends.
void sgc_pool_wake(void);
