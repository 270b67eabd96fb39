// The k best of a row, kept in the caller's output arrays as a heap whose root is the worst of them.
// A full heap refuses almost every candidate by one comparison with the root, so a scan costs O(n).
#ifndef LMK_TOP_K_H
#define LMK_TOP_K_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lmk_top_k_heap {
    int32_t *indices;
    float *values;
    size_t size;
} lmk_top_k_heap;

/// Larger values first, then lower indices; NaN behind every number.
static inline bool lmk_ranks_before(float a, int32_t a_index, float b, int32_t b_index) {
    bool a_nan = a != a, b_nan = b != b;
    if (a_nan != b_nan) return b_nan;
    if (a_nan || a == b) return a_index < b_index;
    return a > b;
}

/// Places (value, index) into the hole at `hole`, moving worse children up.
static inline void lmk_top_k_sink(lmk_top_k_heap *heap, size_t hole, size_t size, float value,
                                  int32_t index) {
    for (;;) {
        size_t child = 2 * hole + 1;
        if (child >= size) break;
        size_t right = child + 1;
        if (right < size && lmk_ranks_before(heap->values[child], heap->indices[child], heap->values[right],
                                             heap->indices[right]))
            child = right;
        if (!lmk_ranks_before(value, index, heap->values[child], heap->indices[child])) break;
        heap->values[hole] = heap->values[child];
        heap->indices[hole] = heap->indices[child];
        hole = child;
    }
    heap->values[hole] = value;
    heap->indices[hole] = index;
}

/// A heap of the first min(k, n) values.
static inline lmk_top_k_heap lmk_top_k_start(const float *x, size_t n, size_t k, int32_t *indices,
                                             float *values) {
    lmk_top_k_heap heap = {indices, values, k < n ? k : n};
    for (size_t i = 0; i < heap.size; i++) {
        values[i] = x[i];
        indices[i] = (int32_t)i;
    }
    for (size_t i = heap.size / 2; i-- > 0;) lmk_top_k_sink(&heap, i, heap.size, values[i], indices[i]);
    return heap;
}

static inline void lmk_top_k_offer(lmk_top_k_heap *heap, float value, int32_t index) {
    if (lmk_ranks_before(value, index, heap->values[0], heap->indices[0]))
        lmk_top_k_sink(heap, 0, heap->size, value, index);
}

/// Sorts the heap, best first.
static inline void lmk_top_k_finish(lmk_top_k_heap *heap) {
    for (size_t size = heap->size; size > 1; size--) {
        float worst = heap->values[0];
        int32_t worst_index = heap->indices[0];
        float value = heap->values[size - 1];
        int32_t index = heap->indices[size - 1];
        lmk_top_k_sink(heap, 0, size - 1, value, index);
        heap->values[size - 1] = worst;
        heap->indices[size - 1] = worst_index;
    }
}

#endif
