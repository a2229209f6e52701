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
