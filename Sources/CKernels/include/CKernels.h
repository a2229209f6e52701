// The vector loops behind SGCTensor's CPU backend. Free functions on pointers and sizes: no allocation, no state.
//
// Every loop is compiled once per instruction set and chosen at load time (KERNEL below): no intrinsics, no code for
// one processor only. Loops that are worth it take a range [begin, end) so that the caller can split the work.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL
#endif

#include "codebook.h"
#include "elementwise.h"
#include "index.h"
#include "movement.h"
#include "norm.h"
#include "optimizer.h"
#include "parallel.h"
#include "reduce.h"
#include "resample.h"
#include "softmax.h"
#include "types.h"
#include "winograd.h"
