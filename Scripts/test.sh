#!/usr/bin/env bash
# Builds once and runs every test; says which of the outside corpora were not there to run.
set -euo pipefail
cd "$(dirname "$0")/.."
export SWIFT_BACKTRACE=enable=no
# More is optimised for them (Package.swift): most of a run is demo meshes at work.
export MESHTOP_TESTS=1
swift build -j "${JOBS:-2}" --build-tests
[ -d ../shared ] || echo "Not run, as ../shared is not here: istioctl's 72 analysis cases, and the CRD check of the demo's schema table."
# Most tests wait now and then, for a server, a terminal, a program: so many at once keep two cores at work.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH="${WIDTH:-8}" swift test --skip-build 2>&1 | tee "$log" || {
    # The tests run side by side, so a failure stands somewhere in thousands of lines: say it again at the end.
    echo "What failed:"
    grep -a -A 3 "^✘" "$log" | grep -a "^[✘↳]\|^--" | cut -c 1-2000
    exit 1
}
