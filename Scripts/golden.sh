#!/usr/bin/env bash
# Writes the files of the kept screens (Tests/ViewsTests/Golden) anew and says which of them changed.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${CI:-}" ]; then
    echo "make golden: CI only compares; run it where you work and look at what changed" >&2
    exit 1
fi
export SWIFT_BACKTRACE=enable=no MESHTOP_TESTS=1
swift build -j "${JOBS:-2}" --build-tests
log=$(mktemp)
trap 'rm -f "$log"' EXIT
MESHTOP_GOLDEN=write swift test --skip-build --filter GoldenFrameTests >"$log" 2>&1 || {
    grep -a "^✘" "$log" | cut -c 1-2000 >&2
    exit 1
}
if ! grep -a "^golden: " "$log" | sort; then echo "golden: every file is as it was"; fi
