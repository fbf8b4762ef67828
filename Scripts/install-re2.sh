#!/usr/bin/env bash
# Makes a Python in FOLDER that has google-re2, which the tests compare our patterns with; once.
# Usage: install-re2.sh FOLDER
set -euo pipefail
folder="$1"
version=1.1.20251105
"$folder/bin/python3" -c 'import re2' 2>/dev/null && exit 0
echo "Installing google-re2 $version (for the tests) ..."
rm -rf "$folder"
python3 -m venv "$folder"
"$folder/bin/pip" install -q --disable-pip-version-check --only-binary :all: "google-re2==$version" || {
    rm -rf "$folder"
    echo "meshtop: the Python package google-re2 $version cannot be installed; patterns are not compared with RE2" >&2
    exit 2
}
