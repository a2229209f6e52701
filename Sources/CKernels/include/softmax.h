// Softmax of rows, cross-entropy, and what attention does to its scores.
#pragma once
#include "types.h"

// y = softmax of rows [begin, end) of x [rows, columns], or its logarithm; floating type `type`.
void sgc_softmax(int type, const void *_Nonnull x, void *_Nonnull y, int logarithm, ptrdiff_t columns, ptrdiff_t begin,
                 ptrdiff_t end);

// dx from the output y: y · (dy − Σ y·dy), or dy − eʸ Σ dy for the logarithm.
void sgc_softmax_gradient(int type, const void *_Nonnull y, const void *_Nonnull dy, void *_Nonnull dx, int logarithm,
                          ptrdiff_t columns, ptrdiff_t begin, ptrdiff_t end);

// losses[row] and the gradient times `scale` of rows [begin, end) of logits [rows, classes], float32. The target is
// (1 − smoothing) on the label plus smoothing/classes everywhere. A row with a label outside 0 ..< classes gives zeros.
void sgc_cross_entropy(const float *_Nonnull logits, const int32_t *_Nonnull labels, double *_Nonnull losses,
                       float *_Nonnull gradient, double smoothing, double scale, ptrdiff_t classes, ptrdiff_t begin,
                       ptrdiff_t end);

// In place: rows of scores [rows, columns] become softmax(scale · scores); log_sum_exp [rows] is that of the scaled
// scores. columns >= 1.
void sgc_attention_softmax(float *_Nonnull scores, float *_Nonnull log_sum_exp, float scale, ptrdiff_t columns,
                           ptrdiff_t rows);

// In place: scores become p = exp(scale · scores − log_sum_exp); dp becomes p · (dp − delta) · scale. log_sum_exp and
// delta [rows].
void sgc_attention_slopes(float *_Nonnull scores, float *_Nonnull dp, const float *_Nonnull log_sum_exp,
                          const float *_Nonnull delta, float scale, ptrdiff_t columns, ptrdiff_t rows);

// y[row] = Σ a·b over rows [begin, end) of a and b [rows, columns], float32.
void sgc_row_products(const float *_Nonnull a, const float *_Nonnull b, float *_Nonnull y, ptrdiff_t columns,
                      ptrdiff_t begin, ptrdiff_t end);
