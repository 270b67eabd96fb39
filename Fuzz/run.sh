#!/usr/bin/env bash
# Fuzzes every reader, or those that are named, for FUZZ_SECONDS (60) each.
# Inputs that crash, hang or take too much memory are left in Fuzz/artifacts; give one as an argument after
# the reader's name to .build/release/Fuzz to see it again.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${FUZZ_SECONDS:-60}

swift build -c release
# Crashes are reported by AddressSanitizer, which Swift's own reporter would trip over.
export SWIFT_BACKTRACE=enable=no
program=.build/release/Fuzz
corpus=.build/corpus
"${PYTHON:-python3}" seeds.py "$corpus"
mkdir -p artifacts

readers=("$@")
if [ ${#readers[@]} -eq 0 ]; then
    mapfile -t readers < <("$program")
fi
failed=()
for reader in "${readers[@]}"; do
    mkdir -p "$corpus/$reader"
    # A hang is a second without instrumentation, which costs a factor of about five. Inputs are at most
    # 64 KiB: no field may ask for an allocation of more than a few megabytes.
    if ! "$program" "$reader" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -malloc_limit_mb=32 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="artifacts/$reader-" "$corpus/$reader" \
        >"artifacts/$reader.log" 2>&1; then
        failed+=("$reader")
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "artifacts/$reader.log")
    coverage=$(grep -o 'cov: [0-9]*' "artifacts/$reader.log" | tail -1 || true)
    echo "$reader: ${runs:-0} inputs, ${coverage:-no coverage}"
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]}; see Fuzz/artifacts" >&2
    exit 1
fi
