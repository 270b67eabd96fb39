#if defined(__x86_64__)
#include <immintrin.h>

#include "common/linear_layout.h"

// The whole header is compiled for this instruction set: its loops are what there is to speed up.
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define LMK_GROUPS_LOOPS "avx2/groups.h"
#include "common/groups.h"

LMK_GROUPS_DEFINE(avx2)

void lmk_avx2_groups_look_up(const int8_t table[16], int8_t *quants, uint64_t count) {
    enum { BYTES = sizeof(__m256i) };
    const __m256i entries = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
    const __m256i nibble = _mm256_set1_epi8(15);
    const uint64_t whole = count / BYTES * BYTES;
    for (uint64_t i = 0; i < whole; i += BYTES) {
        __m256i *place = (__m256i *)(quants + i);
        const __m256i numbers = _mm256_and_si256(_mm256_loadu_si256(place), nibble);
        _mm256_storeu_si256(place, _mm256_shuffle_epi8(entries, numbers));
    }
    lmk_groups_look_up_body(table, quants + whole, count - whole);
}
#pragma clang attribute pop
#endif
