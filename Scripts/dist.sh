#!/usr/bin/env bash
# One stripped binary with the Swift runtime inside, themes, examples and documents, in a tarball under dist/.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's/.*meshtopVersion = "\(.*\)"/\1/p' Sources/Base/Errors/Version.swift)
name="meshtop-$version-linux-$(uname -m)"
rm -rf "dist/$name"
mkdir -p "dist/$name"
strip -o "dist/$name/meshtop" "$1"
cp -r themes examples docs LICENSE ./*.md "dist/$name/"
tar -C dist -czf "dist/$name.tar.gz" "$name"
ls -l "dist/$name/meshtop" "dist/$name.tar.gz"
