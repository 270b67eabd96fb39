#!/bin/sh
# Builds the AVX-512 kernels on SIMDe and compares them with the portable ones, on any x86-64 machine
# with AVX2. Installs nothing: says what is missing and exits with status 2.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../Sources/CKernels
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$(uname -m)" != x86_64 ]; then
    echo "run.sh: the AVX-512 kernels are for x86-64; this machine is $(uname -m)" >&2
    exit 2
fi
if ! command -v clang > /dev/null; then
    echo "run.sh: clang is missing; it comes with the Swift toolchain" >&2
    exit 2
fi
if ! echo '#include <simde/x86/avx512.h>' | clang -fsyntax-only -x c - 2> /dev/null; then
    echo "run.sh: the SIMDe headers are missing; install the package libsimde-dev" >&2
    exit 2
fi

# 512-bit vectors cross no function boundary after inlining, so their calling convention does not matter.
flags="-O1 -Wall -Wextra -Wno-psabi -mavx2 -mfma -mf16c -DLMK_EMULATE_AVX512 -I$kernels -I$here"
sources="$here/linear_emulated.c
    $kernels/common/convert.c $kernels/common/matrix.c $kernels/common/pack.c $kernels/common/quantize.c
    $kernels/common/testing.c $kernels/common/unpack.c
    $kernels/generic/encode.c $kernels/generic/linear.c
    $kernels/avx512/encode.c $kernels/avx512/linear_bf16_dot.c $kernels/avx512/linear_float.c
    $kernels/avx512/linear_w4.c $kernels/avx512/linear_w8.c"
# shellcheck disable=SC2086
clang $flags -o "$work/linear_emulated" $sources -lm
"$work/linear_emulated"

sources="$here/vector_emulated.c $kernels/common/convert.c $kernels/common/attention_scratch.c
    $kernels/common/kv_cache.c"
for name in activation attention kv_store norm rope sampling; do
    sources="$sources $kernels/generic/$name.c $kernels/avx512/$name.c"
done
# shellcheck disable=SC2086
clang $flags -o "$work/vector_emulated" $sources -lm
"$work/vector_emulated"
