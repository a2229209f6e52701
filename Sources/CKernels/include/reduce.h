// Reductions, running sums and selections. x has floating type `type` and is seen as [outer, count, inner].
#pragma once
#include "types.h"

enum sgc_reduction { SGC_SUM, SGC_MEAN, SGC_MAXIMUM_OF, SGC_MINIMUM_OF };

// Elements along the reduced axis that one partial result covers. Fixed, so that the order of summation is.
enum { SGC_REDUCTION_CHUNK = 4096 };

// Partial results: sums (of squares when `squared`) of x[o, chunk c of the middle axis, i] in double precision to
// partial[o, c, i], for the pairs (o, c) number [begin, end).
void sgc_partial_sums(int type, const void *_Nonnull x, double *_Nonnull partial, int squared, ptrdiff_t count,
                      ptrdiff_t inner, ptrdiff_t begin, ptrdiff_t end);

// y[o, i] = scale · Σ over c of partial[o, c, i], for o in [begin, end).
void sgc_combine_sums(int type, const double *_Nonnull partial, void *_Nonnull y, double scale, ptrdiff_t chunks,
                      ptrdiff_t inner, ptrdiff_t begin, ptrdiff_t end);

// y[o, i] = the largest (the smallest unless `largest`) of x[o, :, i], for o in [begin, end). NaN wins.
void sgc_extremes(int type, const void *_Nonnull x, void *_Nonnull y, int largest, ptrdiff_t count, ptrdiff_t inner,
                  ptrdiff_t begin, ptrdiff_t end);

// y[o, i] = the index of the first of the largest of x[o, :, i], for o in [begin, end). NaN counts as largest.
void sgc_argmax(int type, const void *_Nonnull x, int32_t *_Nonnull y, ptrdiff_t count, ptrdiff_t inner,
                ptrdiff_t begin, ptrdiff_t end);

// y[o, j, i] = Σ of x[o, j', i] over j' <= j (j' >= j when `reversed`), summed in double, for o in [begin, end).
void sgc_cumulative_sum(int type, const void *_Nonnull x, void *_Nonnull y, int reversed, ptrdiff_t count,
                        ptrdiff_t inner, ptrdiff_t begin, ptrdiff_t end);

// The k largest of rows [begin, end) of x [rows, columns], largest first, equals by lower index: values and indices
// [rows, k]. 0 <= k <= columns.
void sgc_top_k(int type, const void *_Nonnull x, void *_Nonnull values, int32_t *_Nonnull indices, ptrdiff_t columns,
               ptrdiff_t k, ptrdiff_t begin, ptrdiff_t end);
