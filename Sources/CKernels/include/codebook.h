// The nearest code of every latent: distances in blocks, both directions in one pass.
#pragma once
#include "types.h"

// Codes that lie side by side in a packed codebook, and latents that are compared with them at once.
enum { SGC_CODE_TILE = 16, SGC_LATENT_TILE = 8 };

// A part of the distance: weight · ‖z − e‖ (or its square) over channels [begin, end).
struct sgc_distance_part {
    ptrdiff_t begin, end;
    float weight;
};

// packed [tiles, dimension, SGC_CODE_TILE] = codebook [codes, dimension], for tiles [begin, end); the last tile is
// filled up with zeros.
void sgc_pack_codebook(const float *_Nonnull codebook, float *_Nonnull packed, ptrdiff_t codes, ptrdiff_t dimension,
                       ptrdiff_t begin, ptrdiff_t end);

// For latents [begin, end) of z [latents, dimension]: the nearest code (the lowest of equals), its distance and that
// of the second best (infinite when there is one code). When anchors is not NULL, anchors and anchor_distances
// [tiles · SGC_CODE_TILE] receive each code's nearest of these latents (the lowest of equals). A distance that is NaN
// is never nearest.
void sgc_nearest_codes(const float *_Nonnull z, const float *_Nonnull packed,
                       const struct sgc_distance_part *_Nonnull parts, int part_count, int squared,
                       int32_t *_Nonnull nearest, float *_Nonnull distances, float *_Nonnull second,
                       int32_t *_Nullable anchors, float *_Nullable anchor_distances, ptrdiff_t codes,
                       ptrdiff_t dimension, ptrdiff_t begin, ptrdiff_t end);

// Takes over those of n anchors from another range of later latents that are nearer.
void sgc_merge_anchors(int32_t *_Nonnull anchors, float *_Nonnull distances, const int32_t *_Nonnull other,
                       const float *_Nonnull other_distances, ptrdiff_t n);

// Another way for one squared distance over all channels, by products of matrices: twice as fast. Scores that rounding
// could have exchanged are computed again as sums of squared differences in float64.

// Codes of one panel of a packed codebook: what fills the registers of this processor.
ptrdiff_t sgc_code_panel(void);

// panels [count, dimension, sgc_code_panel()] = codebook [codes, dimension], and halves [count · sgc_code_panel()] of
// the squared lengths, for panels [begin, end); behind the last code are zeros, and infinite halves.
void sgc_pack_code_panels(const float *_Nonnull codebook, float *_Nonnull panels, float *_Nonnull halves,
                          ptrdiff_t codes, ptrdiff_t dimension, ptrdiff_t begin, ptrdiff_t end);

// As sgc_nearest_codes without anchors. All of the codebook's numbers are finite, and none of its codes is longer than
// `longest`.
void sgc_search_codes(const float *_Nonnull z, const float *_Nonnull panels, const float *_Nonnull halves,
                      float longest, float weight, int32_t *_Nonnull nearest, float *_Nonnull distances,
                      float *_Nonnull second, ptrdiff_t codes, ptrdiff_t dimension, ptrdiff_t begin, ptrdiff_t end);
