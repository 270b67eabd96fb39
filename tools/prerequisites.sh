#!/usr/bin/env bash
# Checks what is needed from the system, and says or does what helps.
#
#   prerequisites.sh [--install] build      what building needs
#   prerequisites.sh [--install] test       and what fetching the default model and all tests need
#   prerequisites.sh [--install] pages      and a browser, in which the web pages are tried
#
# With --install, and for root on Debian and its relatives also without, missing packages are installed.
set -euo pipefail

install=false
if [ "${1:-}" = --install ]; then
    install=true
    shift
fi
level=${1:-build}
case $level in
build | test | pages) ;;
*)
    echo "usage: $0 [--install] build|test|pages" >&2
    exit 2
    ;;
esac

problems=()
packages=()

# missing WHAT PACKAGE
missing() {
    problems+=("$1")
    packages+=("$2")
}

compiles() { # LANGUAGE HEADER
    echo "#include <$2>" | clang -fsyntax-only -x "$1" - 2>/dev/null
}

check_swift() {
    local version
    if ! version=$(swift --version 2>/dev/null); then
        echo "Swift is missing: install Swift 6.3 from https://www.swift.org/install and put it in PATH" >&2
        exit 1
    fi
    version=$(sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' <<<"$version" | head -n 1)
    local major=${version% *} minor=${version#* }
    if [ -z "$version" ] || [ $((major * 100 + minor)) -lt 602 ]; then
        echo "Swift ${version/ /.} is too old: install Swift 6.3 from https://www.swift.org/install" >&2
        exit 1
    fi
}

browser_exists() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
} >/dev/null

look() {
    problems=()
    packages=()
    command -v git >/dev/null || missing git git
    if ! command -v clang >/dev/null; then
        missing "clang (part of the Swift toolchain: is its usr/bin in PATH?)" clang
    else
        compiles c stdio.h || missing "the C library's headers" libc6-dev
        compiles c sqlite3.h || missing "SQLite's headers" libsqlite3-dev
        compiles c++ type_traits || missing "the C++ library's headers" g++
    fi
    if [ "$level" = build ]; then return; fi
    if [ "$level" = pages ]; then
        browser_exists || missing "a browser, to try the web pages in" chromium
    fi
    python3 -m pip --version >/dev/null 2>&1 || missing "python3 with pip" python3-pip
    python3 -c 'import ensurepip' 2>/dev/null || missing "python3 with venv" python3-venv
    command -v openssl >/dev/null || missing "openssl, which makes certificates for the tests of TLS" openssl
    compiles c simde/x86/avx512.h || missing "SIMDe, which emulates AVX-512 in the kernel tests" libsimde-dev
    if [ "$(uname -m)" != x86_64 ]; then return; fi
    command -v aarch64-linux-gnu-gcc >/dev/null || missing "libgcc for Arm" gcc-aarch64-linux-gnu
    [ -e /usr/aarch64-linux-gnu/include/stdio.h ] || missing "the C library for Arm" libc6-dev-arm64-cross
    command -v qemu-aarch64-static >/dev/null || missing "QEMU, which runs the kernels for Arm" qemu-user-static
}

administrator=()
if [ "$(id -u)" -ne 0 ]; then administrator=(sudo); fi

apt_install() {
    "${administrator[@]}" apt-get update -qq &&
        "${administrator[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

check_swift
look
if [ ${#problems[@]} -eq 0 ]; then exit 0; fi

printf 'missing: %s\n' "${problems[@]}" >&2
if ! command -v apt-get >/dev/null; then
    echo "install the above; on Debian the packages are called: ${packages[*]}" >&2
    exit 1
fi
if ! $install && [ "$(id -u)" -ne 0 ]; then
    echo "this installs it: sudo apt-get install ${packages[*]}" >&2
    exit 1
fi
echo "installing with apt-get: ${packages[*]}" >&2
# A mirror that is being updated fails once and is right a moment later.
apt_install || apt_install
look
if [ ${#problems[@]} -ne 0 ]; then
    printf 'still missing: %s\n' "${problems[@]}" >&2
    exit 1
fi
