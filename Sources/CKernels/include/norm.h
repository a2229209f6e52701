// Normalization over channels, groups of channels, and rows. x, y, dy, dx have floating type `type` and shape
// [images, rows, channels]; statistics, gain and shift are float32; sums are double precision.
//
// The steps of a group normalization: channel sums of blocks of rows, blocks added, moments, terms, normalize. Batch
// normalization is the same with one image and one channel per group.
#pragma once
#include "types.h"

// Rows that one partial sum covers. Fixed, so that the order of summation is.
enum { SGC_NORM_BLOCK = 128 };

// partial [images, blocks, 2, channels] = Σ x and Σ x² over each block of rows, for blocks [begin, end) of
// images · blocks.
void sgc_channel_sums(int type, const void *_Nonnull x, double *_Nonnull partial, ptrdiff_t rows, ptrdiff_t channels,
                      ptrdiff_t begin, ptrdiff_t end);

// totals [images, width] = Σ over blocks of partial [images, blocks, width], for images [begin, end).
void sgc_add_blocks(const double *_Nonnull partial, double *_Nonnull totals, ptrdiff_t blocks, ptrdiff_t width,
                    ptrdiff_t begin, ptrdiff_t end);

// Mean [images, groups] and spread [images, groups] from totals [images, 2, channels]: the population variance, or
// 1/√(variance + epsilon) when `inverse`.
void sgc_moments(const double *_Nonnull totals, float *_Nonnull mean, float *_Nonnull spread, int inverse,
                 double epsilon, ptrdiff_t images, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t groups);

// terms [images, 4, channels] = mean, inverse deviation, gain, shift of every channel.
void sgc_norm_terms(const float *_Nonnull mean, const float *_Nonnull deviation, const float *_Nonnull gain,
                    const float *_Nonnull shift, float *_Nonnull terms, ptrdiff_t images, ptrdiff_t channels,
                    ptrdiff_t groups);

// y = (x − mean) · deviation · gain + shift, then SiLU when `silu`; rows [begin, end) of images · rows.
void sgc_normalize(int type, const void *_Nonnull x, const float *_Nonnull terms, void *_Nonnull y, int silu,
                   ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end);

// partial [images, blocks, 2, channels] = Σ dz and Σ dz·x̂ over each block of rows, where dz is dy before the SiLU and
// x̂ the normalized x; for blocks [begin, end).
void sgc_normalize_sums(int type, const void *_Nonnull x, const void *_Nonnull dy, const float *_Nonnull terms,
                        double *_Nonnull partial, int silu, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t begin,
                        ptrdiff_t end);

// slopes [images, 2, channels] = deviation · mean over the group of gain · dz, and of gain · dz · x̂, from totals
// [images, 2, channels] of Σ dz and Σ dz·x̂; and the gradients of gain and shift [channels] (overwritten).
void sgc_normalize_slopes(const double *_Nonnull totals, const float *_Nonnull terms, float *_Nonnull slopes,
                          float *_Nonnull dgain, float *_Nonnull dshift, ptrdiff_t images, ptrdiff_t rows,
                          ptrdiff_t channels, ptrdiff_t groups);

// dx = deviation · gain · dz − slopes[0] − x̂ · slopes[1]; rows [begin, end) of images · rows.
void sgc_normalize_gradient(int type, const void *_Nonnull x, const void *_Nonnull dy, const float *_Nonnull terms,
                            const float *_Nonnull slopes, void *_Nonnull dx, int silu, ptrdiff_t rows,
                            ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end);

// Layer normalization of rows [begin, end) of x [rows, channels]: y, and mean and inverse deviation [rows].
void sgc_layer_norm(int type, const void *_Nonnull x, const float *_Nonnull gain, const float *_Nonnull shift,
                    void *_Nonnull y, float *_Nonnull mean, float *_Nonnull deviation, double epsilon,
                    ptrdiff_t channels, ptrdiff_t begin, ptrdiff_t end);

// dx of rows, and partial [blocks, 2, channels] = Σ dy and Σ dy·x̂ over each block of SGC_NORM_BLOCK rows; for blocks
// [begin, end).
void sgc_layer_norm_gradient(int type, const void *_Nonnull x, const void *_Nonnull dy, const float *_Nonnull gain,
                             const float *_Nonnull mean, const float *_Nonnull deviation, void *_Nonnull dx,
                             double *_Nonnull partial, ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t begin,
                             ptrdiff_t end);
