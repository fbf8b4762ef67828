#!/usr/bin/env bash
# Builds once and runs every test; says which of the outside corpora were not there to run.
set -euo pipefail
cd "$(dirname "$0")/.."
export SWIFT_BACKTRACE=enable=no
swift build -j "${JOBS:-2}" --build-tests
[ -d ../shared ] || echo "Not run, ../shared is not here: the Istio and Gateway API CRD check of the demo's schema table."
swift test --skip-build
