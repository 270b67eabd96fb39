#!/usr/bin/env bash
# Builds the kernels for AVX-VNNI and AVX-512 out of instructions of AVX2 and compares every one with its portable
# twin, on any x86-64 machine with AVX2. Those that add the same numbers in the same order must print the same
# fingerprints. Installs nothing: says what is missing and exits with status 2.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$(uname -m)" != x86_64 ]; then
    echo "run.sh: these kernels are for x86-64; this machine is $(uname -m)" >&2
    exit 2
fi
if ! command -v clang >/dev/null; then
    echo "run.sh: clang is missing; it comes with the Swift toolchain" >&2
    exit 2
fi
if ! echo '#include <simde/x86/avx512.h>' | clang -fsyntax-only -x c - 2>/dev/null; then
    echo "run.sh: the SIMDe headers are missing; install the package libsimde-dev" >&2
    exit 2
fi

# 512-bit vectors cross no function boundary after inlining, so their calling convention does not matter.
flags=(-O1 -Wall -Wextra -Werror -Wno-psabi -D_GNU_SOURCE -DLMK_EMULATE_AVX512 -DLMK_EMULATE_AVXVNNI
    -mavx2 -mfma -mf16c -ISources/CKernels -ITests/CKernelsEmulated -ITests/CKernelsTwins)
printf '%s\n' Sources/CKernels/*/*.c Tests/CKernelsTwins/*.c | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I {} sh -c '
    folder=$(basename "$(dirname "$1")") && objects=$2 && source=$1 && shift 2 &&
    clang "$@" -c -o "$objects/${folder}_$(basename "$source" .c).o" "$source"' - {} "$work" "${flags[@]}"
clang -o "$work/twins" "$work"/*.o -lm -pthread

status=0
"$work/twins" >"$work/output" || status=$?
if [ "$status" -ne 0 ]; then
    cat "$work/output"
    echo "run.sh: emulated kernels differ from their portable twins" >&2
    exit 1
fi
tail -n 1 "$work/output"

# Lines of one table as "PART FINGERPRINT", without the ceilings, which only the tables of this CPU have.
fingerprints() { # TABLE PARTS
    awk -v table="$1" -v parts="$2" '$1 == table && $2 != "ceilings" && substr($0, 14, 14) ~ parts {
        print substr($0, 14, 14) $NF
    }' "$work/output"
}

expect_equal() { # TABLE OTHER_TABLE PARTS
    fingerprints "$1" "$3" >"$work/one"
    fingerprints "$2" "$3" >"$work/other"
    if [ ! -s "$work/one" ] || ! diff "$work/one" "$work/other"; then
        echo "run.sh: $1 (<) and $2 (>) give other bits" >&2
        exit 1
    fi
    echo "run.sh: $2 gives the bits of $1 in $(grep -c . "$work/one") parts"
}

expect_equal avx2 avxvnni .
expect_equal avx512 avx512bw .
expect_equal avx2 avx512 '^(encode|fp32|fp16|bf16|w8|w4)'
expect_equal avx512 avx512_bf16 '^(encode|fp32|fp16|w8|w4)'
