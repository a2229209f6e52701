// The block function of SHA-256 (FIPS 180-4) with the instructions that x86-64 processors have for it.
#include "CHost.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

static bool find_instructions(void) {
    unsigned a, b, c, d;
    const unsigned ssse3 = 1u << 9, sse41 = 1u << 19, sha = 1u << 29;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & ssse3) == 0 || (c & sse41) == 0)
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & sha) != 0;
}

// Asked once: in a virtual machine the question leaves it.
static bool has_instructions(void) {
    static _Atomic int known; // 0: not yet, 1: no, 2: yes
    int answer = known;
    if (answer == 0)
        known = answer = find_instructions() ? 2 : 1;
    return answer == 2;
}

__attribute__((target("sha,sse4.1,ssse3"))) static void compress(uint32_t state[8], const uint32_t constants[64],
                                                                 const uint8_t *block, size_t count) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    // The instructions hold a, b, e, f in one register and c, d, g, h in the other, the first in the upper half.
    __m128i abef = _mm_set_epi32((int)state[0], (int)state[1], (int)state[4], (int)state[5]);
    __m128i cdgh = _mm_set_epi32((int)state[2], (int)state[3], (int)state[6], (int)state[7]);
    for (; count > 0; count--, block += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
        for (int i = 0; i < 4; i++)
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)), big_endian);
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) {
            const __m128i now = w[i & 3], next = w[(i + 1) & 3], last = w[(i + 3) & 3];
            const __m128i k = _mm_loadu_si128((const __m128i *)(const void *)(constants + 4 * i));
            const __m128i sum = _mm_add_epi32(now, k);
            // Two rounds each; the halves trade places.
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
            const __m128i older = _mm_alignr_epi8(last, w[(i + 2) & 3], 4);
            w[i & 3] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(now, next), older), last);
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    uint32_t first[4], second[4];
    _mm_storeu_si128((__m128i *)(void *)first, abef);
    _mm_storeu_si128((__m128i *)(void *)second, cdgh);
    state[0] = first[3], state[1] = first[2], state[4] = first[1], state[5] = first[0];
    state[2] = second[3], state[3] = second[2], state[6] = second[1], state[7] = second[0];
}

bool chost_sha256(uint32_t state[8], const uint32_t constants[64], const uint8_t *blocks, size_t count) {
    if (!has_instructions())
        return false;
    compress(state, constants, blocks, count);
    return true;
}
#else
bool chost_sha256(uint32_t state[8], const uint32_t constants[64], const uint8_t *blocks, size_t count) {
    (void)state, (void)constants, (void)blocks, (void)count;
    return false;
}
#endif
