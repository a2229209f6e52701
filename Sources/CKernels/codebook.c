#include "element.h"

// Latents whose running results stay in the first-level cache while the codebook passes by. Multiple of the tile.
enum { LATENT_BLOCK = 64 };

void sgc_pack_codebook(const float *codebook, float *packed, ptrdiff_t codes, ptrdiff_t dimension, ptrdiff_t begin,
                       ptrdiff_t end) {
    for (ptrdiff_t tile = begin; tile < end; tile++)
        for (ptrdiff_t lane = 0; lane < SGC_CODE_TILE; lane++) {
            ptrdiff_t code = tile * SGC_CODE_TILE + lane;
            float *to = packed + tile * dimension * SGC_CODE_TILE + lane;
            for (ptrdiff_t d = 0; d < dimension; d++)
                to[d * SGC_CODE_TILE] = code < codes ? codebook[code * dimension + d] : 0;
        }
}

// Running results of a block of latents: lane l of each vector has seen the codes that are l modulo SGC_CODE_TILE.
struct block_state {
    f32x16 best[LATENT_BLOCK], second[LATENT_BLOCK];
    i32x16 code[LATENT_BLOCK];
};

// Distances of `count` <= SGC_LATENT_TILE latents to one tile of codes. Σ (z − e)² is summed directly, channel after
// channel: |z|² + |e|² − 2z·e would cancel where it matters, between near codes.
INLINE void tile_distances(const float *z, ptrdiff_t dimension, const float *tile,
                           const struct sgc_distance_part *parts, int part_count, int squared, int count,
                           f32x16 *distances) {
    for (int t = 0; t < count; t++)
        distances[t] = 0;
    for (int p = 0; p < part_count; p++) {
        f32x16 sums[SGC_LATENT_TILE];
        for (int t = 0; t < count; t++)
            sums[t] = 0;
        for (ptrdiff_t d = parts[p].begin; d < parts[p].end; d++) {
            f32x16 e = load16(SGC_FLOAT32, tile, d * SGC_CODE_TILE);
            for (int t = 0; t < count; t++) {
                f32x16 difference = z[t * dimension + d] - e;
                sums[t] += difference * difference;
            }
        }
        for (int t = 0; t < count; t++)
            distances[t] += parts[p].weight * (squared ? sums[t] : __builtin_elementwise_sqrt(sums[t]));
    }
}

// One tile of latents (numbers `first` ... of their block) against one tile of codes.
INLINE void compare_tiles(const float *z, ptrdiff_t dimension, const float *tile, i32x16 codes, i32x16 valid,
                          const struct sgc_distance_part *parts, int part_count, int squared, int count,
                          struct block_state *state, ptrdiff_t first, int32_t latent, int32_t *anchors,
                          float *anchor_distances) {
    f32x16 distances[SGC_LATENT_TILE];
    tile_distances(z, dimension, tile, parts, part_count, squared, count, distances);
    for (int t = 0; t < count; t++) {
        f32x16 d = valid ? distances[t] : (f32x16)INFINITY;
        d = d < INFINITY ? d : (f32x16)INFINITY; // NaN is never nearest
        f32x16 best = state->best[first + t], second = state->second[first + t];
        f32x16 worse = d < best ? best : d;
        state->second[first + t] = worse < second ? worse : second;
        state->code[first + t] = d < best ? codes : state->code[first + t];
        state->best[first + t] = d < best ? d : best;
        distances[t] = d;
    }
    if (anchors) {
        f32x16 nearest = load16(SGC_FLOAT32, anchor_distances, 0);
        i32x16 anchor;
        memcpy(&anchor, anchors, sizeof anchor);
        for (int t = 0; t < count; t++) {
            anchor = distances[t] < nearest ? (i32x16)(latent + t) : anchor;
            nearest = distances[t] < nearest ? distances[t] : nearest;
        }
        memcpy(anchors, &anchor, sizeof anchor);
        memcpy(anchor_distances, &nearest, sizeof nearest);
    }
}

// Over the lanes of one latent: the nearest code, the lowest of equals, and the second-best distance.
INLINE void finish(const struct block_state *state, ptrdiff_t t, int32_t *nearest, float *distance, float *second) {
    int32_t code = state->code[t][0];
    float best = state->best[t][0], next = state->second[t][0];
    for (int lane = 1; lane < LANES; lane++) {
        float d = state->best[t][lane], other = state->second[t][lane];
        int32_t candidate = state->code[t][lane];
        int better = d < best || (d == best && candidate < code);
        float worse = better ? best : d;
        next = worse < next ? worse : next;
        next = other < next ? other : next;
        best = better ? d : best;
        code = better ? candidate : code;
    }
    *nearest = code;
    *distance = best;
    *second = next;
}

INLINE void nearest_codes(const float *z, const float *packed, const struct sgc_distance_part *parts, int part_count,
                          int squared, int32_t *nearest, float *distances, float *second, int32_t *anchors,
                          float *anchor_distances, ptrdiff_t codes, ptrdiff_t dimension, ptrdiff_t begin,
                          ptrdiff_t end) {
    ptrdiff_t tiles = (codes + SGC_CODE_TILE - 1) / SGC_CODE_TILE;
    for (ptrdiff_t i = 0; anchors && i < tiles * SGC_CODE_TILE; i++) {
        anchors[i] = (int32_t)begin;
        anchor_distances[i] = INFINITY;
    }
    i32x16 lanes;
    for (int lane = 0; lane < LANES; lane++)
        lanes[lane] = lane;
    for (ptrdiff_t block = begin; block < end; block += LATENT_BLOCK) {
        ptrdiff_t count = end - block < LATENT_BLOCK ? end - block : LATENT_BLOCK;
        struct block_state state;
        for (ptrdiff_t t = 0; t < count; t++) {
            state.best[t] = INFINITY;
            state.second[t] = INFINITY;
            state.code[t] = 0;
        }
        for (ptrdiff_t k = 0; k < tiles; k++) {
            const float *tile = packed + k * dimension * SGC_CODE_TILE;
            i32x16 numbers = lanes + (int32_t)(k * SGC_CODE_TILE), valid = numbers < (int32_t)codes;
            int32_t *tile_anchors = anchors ? anchors + k * SGC_CODE_TILE : NULL;
            float *tile_nearest = anchors ? anchor_distances + k * SGC_CODE_TILE : NULL;
            ptrdiff_t t = 0;
            for (; t + SGC_LATENT_TILE <= count; t += SGC_LATENT_TILE)
                compare_tiles(z + (block + t) * dimension, dimension, tile, numbers, valid, parts, part_count, squared,
                              SGC_LATENT_TILE, &state, t, (int32_t)(block + t), tile_anchors, tile_nearest);
            for (; t < count; t++)
                compare_tiles(z + (block + t) * dimension, dimension, tile, numbers, valid, parts, part_count, squared,
                              1, &state, t, (int32_t)(block + t), tile_anchors, tile_nearest);
        }
        for (ptrdiff_t t = 0; t < count; t++)
            finish(&state, t, nearest + block + t, distances + block + t, second + block + t);
    }
}

KERNEL void sgc_nearest_codes(const float *z, const float *packed, const struct sgc_distance_part *parts,
                              int part_count, int squared, int32_t *nearest, float *distances, float *second,
                              int32_t *anchors, float *anchor_distances, ptrdiff_t codes, ptrdiff_t dimension,
                              ptrdiff_t begin, ptrdiff_t end) {
    if (squared)
        nearest_codes(z, packed, parts, part_count, 1, nearest, distances, second, anchors, anchor_distances, codes,
                      dimension, begin, end);
    else
        nearest_codes(z, packed, parts, part_count, 0, nearest, distances, second, anchors, anchor_distances, codes,
                      dimension, begin, end);
}

void sgc_merge_anchors(int32_t *anchors, float *distances, const int32_t *other, const float *other_distances,
                       ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++)
        if (other_distances[i] < distances[i]) {
            distances[i] = other_distances[i];
            anchors[i] = other[i];
        }
}
