// Candidates of a row as integers whose order is the order wanted: larger values first, then lower indices.
#ifndef LMK_RADIX_SORT_H
#define LMK_RADIX_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// The candidate for value `x`, a number, at `index`.
static inline uint64_t lmk_candidate(float x, size_t index) {
    float value = x + 0.0f;  // -0 becomes 0: they are equal
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    // Negative floats grow downwards as integers, positive ones upwards; the key grows as the value falls.
    uint32_t key = bits >> 31 ? bits : bits ^ 0x7fffffffu;
    return (uint64_t)key << 32 | (uint32_t)index;
}

enum {
    // Up to here an insertion sort is faster than clearing and adding up the digit counts.
    LMK_INSERTION_SORT = 64,
    LMK_DIGIT_BITS = 8,
    LMK_DIGITS = 32 / LMK_DIGIT_BITS,
    LMK_DIGIT_VALUES = 1 << LMK_DIGIT_BITS,
};

static inline uint32_t lmk_digit(uint64_t candidate, int digit) {
    return (uint32_t)(candidate >> (32 + LMK_DIGIT_BITS * digit)) & (LMK_DIGIT_VALUES - 1);
}

static inline void lmk_insertion_sort(uint64_t *x, size_t count) {
    for (size_t i = 1; i < count; i++) {
        uint64_t candidate = x[i];
        size_t hole = i;
        for (; hole > 0 && x[hole - 1] > candidate; hole--) x[hole] = x[hole - 1];
        x[hole] = candidate;
    }
}

/// Sorts candidates that stand in increasing order of index. Returns where they are now: `x` or `spare`.
static inline uint64_t *lmk_radix_sort(uint64_t *x, uint64_t *spare, size_t count) {
    if (count <= LMK_INSERTION_SORT) {
        lmk_insertion_sort(x, count);
        return x;
    }
    uint32_t starts[LMK_DIGITS][LMK_DIGIT_VALUES] = {{0}};
    for (size_t i = 0; i < count; i++)
        for (int digit = 0; digit < LMK_DIGITS; digit++) starts[digit][lmk_digit(x[i], digit)]++;
    for (int digit = 0; digit < LMK_DIGITS; digit++) {
        uint32_t *start = starts[digit];
        if (start[lmk_digit(x[0], digit)] == count) continue;  // all alike
        uint32_t next = 0;
        for (int value = 0; value < LMK_DIGIT_VALUES; value++) {
            uint32_t size = start[value];
            start[value] = next;
            next += size;
        }
        for (size_t i = 0; i < count; i++) spare[start[lmk_digit(x[i], digit)]++] = x[i];
        uint64_t *sorted = spare;
        spare = x;
        x = sorted;
    }
    return x;
}

#endif
