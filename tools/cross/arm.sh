#!/usr/bin/env bash
# Compares every kernel with its portable twin: those of 64-bit Arm, cross-compiled and run under QEMU as three CPUs,
# and those of this CPU. Arm's and AVX2's sums have one order, so both must print the same fingerprints.
# Installs nothing: says what is missing and exits with status 2.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
host=$(uname -m)
sources=(Sources/CKernels/*/*.c Tests/CKernelsTwins/*.c)
flags=(-O2 -Wall -Wextra -Werror -D_GNU_SOURCE -ISources/CKernels -ITests/CKernelsTwins)

need() { # COMMAND PACKAGE
    command -v "$1" >/dev/null && return
    echo "arm.sh: $1 is missing; it comes with $2" >&2
    exit 2
}

compile() { # NAME COMPILER_FLAGS... : the program $work/NAME
    local name=$1
    shift
    mkdir "$work/$name.objects"
    # avx2/norm.c becomes avx2_norm.o
    printf '%s\n' "${sources[@]}" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I {} sh -c '
        folder=$(basename "$(dirname "$1")") && objects=$2 && source=$1 && shift 2 &&
        clang "$@" -c -o "$objects/${folder}_$(basename "$source" .c).o" "$source"' \
        - {} "$work/$name.objects" "$@" "${flags[@]}"
    clang "$@" ${link_flags[@]+"${link_flags[@]}"} -o "$work/$name" "$work/$name.objects"/*.o -lm -pthread
}

# Lines of one table as "PART FINGERPRINT".
fingerprints() { # OUTPUT TABLE
    awk -v table="$2" '$1 == table && / differ / { print substr($0, 14, 14) $NF }' "$1"
}

run() { # OUTPUT COMMAND...: fails with what the command printed last
    local output=$1 status=0
    shift
    "$@" >"$output" || status=$?
    cat "$output"
    if [ "$status" -ne 0 ]; then
        echo "arm.sh: $* failed with status $status" >&2
        exit 1
    fi
}

need clang "the Swift toolchain"
link_flags=()
compile native
echo "== this CPU ($host)"
run "$work/native.txt" "$work/native"
if [ "$host" = aarch64 ] || [ "$host" = arm64 ]; then exit 0; fi

need ld.lld "the Swift toolchain"
need aarch64-linux-gnu-gcc "the package gcc-aarch64-linux-gnu"
need qemu-aarch64-static "the package qemu-user-static"
if [ ! -e /usr/aarch64-linux-gnu/include/stdio.h ]; then
    echo "arm.sh: the C library for Arm is missing; install the package libc6-dev-arm64-cross" >&2
    exit 2
fi
link_flags=(-static -fuse-ld=lld)
compile arm --target=aarch64-linux-gnu \
    "--gcc-install-dir=$(dirname "$(aarch64-linux-gnu-gcc -print-libgcc-file-name)")"
# All features; dot products only; neither. What a CPU lacks is an illegal instruction.
for cpu in max:neon_bf16 neoverse-n1:neon cortex-a72:generic; do
    echo "== ${cpu%:*}"
    run "$work/${cpu%:*}.txt" qemu-aarch64-static -cpu "${cpu%:*}" "$work/arm" "${cpu#*:}"
done

fingerprints "$work/native.txt" avx2 >"$work/avx2"
if [ ! -s "$work/avx2" ]; then
    echo "arm.sh: this CPU has no AVX2, whose fingerprints are Arm's too: not compared" >&2
    if [ "${CI:-}" = true ]; then exit 1; fi
    exit 0
fi
for run in max neoverse-n1; do
    fingerprints "$work/$run.txt" neon >"$work/neon"
    if ! diff "$work/avx2" "$work/neon"; then
        echo "arm.sh: AVX2 (<) and NEON as $run (>) give other bits" >&2
        exit 1
    fi
done
# Another instruction, the same integers.
diff <(fingerprints "$work/max.txt" neon | grep '^w[48] ') <(fingerprints "$work/max.txt" neon_i8mm | grep '^w[48] ')
echo "arm.sh: NEON gives AVX2's bits in all $(grep -c . "$work/avx2") parts, and so does I8MM for integer weights"
