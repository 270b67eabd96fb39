#!/usr/bin/env bash
# Runs the suites that `swift test` does not: kernels under emulation, and the program driven from outside.
#
#   other-suites.sh EXECUTABLE
set -euo pipefail
cd "$(dirname "$0")/.."
executable=$1

echo "== Tests/CKernelsEmulated: kernels that this CPU may lack"
# Says what is missing, and installs it where it may.
tools/prerequisites.sh test || true
status=0
Tests/CKernelsEmulated/run.sh || status=$?
if [ "$status" -eq 2 ] && [ "${CI:-}" != true ]; then
    echo "SKIPPED: the emulated kernels cannot run here, see above; \`make prerequisites\` installs what they need" >&2
elif [ "$status" -ne 0 ]; then
    echo "Tests/CKernelsEmulated failed with status $status" >&2
    exit 1
fi

model=$("$executable" pull)
for suite in Tests/Integration/*.py; do
    echo "== $suite"
    python3 "$suite" "$executable" "$model"
done
