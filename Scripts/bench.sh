#!/usr/bin/env bash
# Measures the budgets of the design, each beside a reference in the same run.
# Usage: bench.sh BINARY [PART...]   parts: screen, sync, real, model, churn, keys (all when none is given)
set -euo pipefail
cd "$(dirname "$0")/.."
Scripts/install-packages.sh --commands python3:python3 curl:curl htop:htop kubectl:kubernetes-client tmux:tmux prometheus:prometheus
exec python3 Scripts/bench/bench.py "$@"
