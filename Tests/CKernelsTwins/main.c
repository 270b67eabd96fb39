// Usage: twins [TABLE]. TABLE is the name of the kernel table that the dispatcher must choose on this CPU.
#include "twins.h"

static uint64_t parts, all_values, failures;

// MARK: Parts

twin_part twin_begin(const twin_set *set, const char *name) {
    twin_seed(1);
    return (twin_part){.set = set->name, .name = name, .fingerprint = UINT64_C(0xcbf29ce484222325)};
}

void twin_end(const twin_part *part) {
    printf("%-12s %-14s %6llu cases %9llu values %4llu differ  %016llx\n", part->set, part->name,
           (unsigned long long)part->cases, (unsigned long long)part->values,
           (unsigned long long)part->differing, (unsigned long long)part->fingerprint);
    fflush(stdout);
    parts++;
    all_values += part->values;
    failures += part->differing + (part->values == 0 || part->cases == 0);
}

/// FNV-1a over words.
static void add_word(twin_part *part, uint32_t word) {
    part->fingerprint = (part->fingerprint ^ word) * UINT64_C(0x100000001b3);
}

void twin_print_floats(twin_part *part, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        // Which NaN it is, is the machine's choice.
        add_word(part, x[i] == x[i] ? bits : 0x7fc00000);
    }
}

void twin_print_bytes(twin_part *part, const void *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) add_word(part, ((const uint8_t *)bytes)[i]);
}

static void differ(twin_part *part, const char *what, uint64_t size) {
    // The first few tell enough.
    if (part->differing++ < 5)
        printf("%s %s: %s, size %llu, differs\n", part->set, part->name, what, (unsigned long long)size);
}

void twin_require(twin_part *part, bool ok, const char *what, uint64_t size) {
    part->values++;
    if (!ok) differ(part, what, size);
}

void twin_close_floats(twin_part *part, const float *got, const float *expected, size_t n, float absolute,
                       float relative, const char *what, uint64_t size) {
    part->cases++;
    for (size_t i = 0; i < n; i++) {
        const float a = got[i], b = expected[i], distance = a < b ? b - a : a - b;
        const bool same = memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
        const bool close = distance <= absolute + relative * (b < 0 ? -b : b);
        part->values++;
        if (same || (close && absolute + relative > 0)) continue;
        if (part->differing < 5) printf("[%zu] is %a, expected %a\n", i, a, b);
        differ(part, what, size);
    }
}

void twin_equal_floats(twin_part *part, const float *got, const float *expected, size_t n, const char *what,
                       uint64_t size) {
    twin_close_floats(part, got, expected, n, 0, 0, what, size);
}

void twin_equal_bytes(twin_part *part, const void *got, const void *expected, size_t n, const char *what,
                      uint64_t size) {
    part->cases++;
    part->values += n;
    if (memcmp(got, expected, n) != 0) differ(part, what, size);
}

// MARK: Numbers

static uint64_t state;

void twin_seed(uint64_t seed) { state = seed * UINT64_C(0x9e3779b97f4a7c15); }

uint64_t twin_bits(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

float twin_uniform(float scale) { return ((float)(twin_bits() >> 40) * 0x1p-23f - 1) * scale; }

float *twin_row(size_t n, float scale) {
    float *row = twin_memory((n + 1) * sizeof *row);
    for (size_t i = 0; i <= n; i++) row[i] = scale == 0 ? 0 : twin_uniform(scale);
    return row;
}

void *twin_memory(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (memory == NULL) abort();
    return memory;
}

// MARK: Sets

enum { MOST_SETS = 8 };

/// Whether the kernels that this CPU lacks are built in instructions that it has, see `Tests/CKernelsEmulated`.
#if defined(LMK_EMULATE_AVX512)
enum { EMULATED = true };
#else
enum { EMULATED = false };
#endif

static bool runs(lmk_isa isa) { return EMULATED || lmk_isa_supported(isa); }

/// The tables of an instruction set, the most general one first.
static int find_sets(twin_set sets[MOST_SETS]) {
    int count = 0;
#if defined(__aarch64__)
    if (runs(LMK_ISA_NEON)) sets[count++] = (twin_set){"neon", &lmk_kernels_neon, false};
    if (lmk_cpu_has_i8mm()) sets[count++] = (twin_set){"neon_i8mm", &lmk_kernels_neon_i8mm, false};
    if (lmk_cpu_has_bf16()) sets[count++] = (twin_set){"neon_bf16", &lmk_kernels_neon_bf16, true};
#endif
#if defined(__x86_64__)
    if (runs(LMK_ISA_AVX2)) sets[count++] = (twin_set){"avx2", &lmk_kernels_avx2, false};
    if (runs(LMK_ISA_AVXVNNI)) sets[count++] = (twin_set){"avxvnni", &lmk_kernels_avxvnni, false};
    if (runs(LMK_ISA_AVX512BW)) sets[count++] = (twin_set){"avx512bw", &lmk_kernels_avx512bw, false};
    if (runs(LMK_ISA_AVX512)) sets[count++] = (twin_set){"avx512", &lmk_kernels_avx512, false};
    if (runs(LMK_ISA_AVX512) && (EMULATED || lmk_cpu_has_bf16()))
        sets[count++] = (twin_set){"avx512_bf16", &lmk_kernels_avx512_bf16, true};
#endif
    return count;
}

static bool dispatcher_chooses(const char *name, const twin_set *sets, int count) {
    const lmk_kernels *chosen = lmk_kernels_for(lmk_isa_best());
    const char *actual = chosen == &lmk_kernels_generic ? "generic" : "none of them";
    for (int i = 0; i < count; i++)
        if (sets[i].kernels == chosen) actual = sets[i].name;
    printf("the dispatcher chooses %s (%s)\n", actual, lmk_isa_name(lmk_isa_best()));
    if (name == NULL || strcmp(actual, name) == 0) return true;
    printf("it should choose %s\n", name);
    return false;
}

int main(int argc, char **argv) {
    twin_set sets[MOST_SETS];
    const int count = find_sets(sets);
    if (!dispatcher_chooses(argc > 1 ? argv[1] : NULL, sets, count)) return 1;
    if (count == 0) {
        printf("twins: only the portable kernels run on this CPU: nothing to compare\n");
        return argc > 1 ? 0 : 2;
    }
    for (int i = 0; i < count; i++) {
        twins_linear(&sets[i]);
        twins_execute(&sets[i]);
        // Tables of one instruction set share the rest.
        if (i > 0 && sets[i].kernels->isa == sets[i - 1].kernels->isa) continue;
        twins_rows(&sets[i]);
        twins_sampling(&sets[i]);
        twins_kv_store(&sets[i]);
        twins_attention(&sets[i]);
        twins_groups(&sets[i]);
        twins_blocks(&sets[i]);
    }
    printf("twins: %d kernel tables, %llu parts, %llu values compared, %llu failures\n", count,
           (unsigned long long)parts, (unsigned long long)all_values, (unsigned long long)failures);
    return failures == 0 ? 0 : 1;
}
