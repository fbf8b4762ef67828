#!/usr/bin/env bash
# Makes a Debian package of a binary under dist/, or in the folder that is named.
# Usage: deb.sh BINARY [FOLDER]
# COMPRESSION is dpkg-deb's: xz (default) or, quicker, gzip.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
folder=${2:-dist}
version=$(sed -n 's/.*meshtopVersion = "\(.*\)"/\1/p' Sources/Base/Errors/Version.swift)
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/root"
mkdir -p "$folder" "$root"
umask 022

ZSH_FOLDER=vendor-completions Scripts/install.sh "$binary" "$root" /usr
strip --strip-unneeded "$root/usr/bin/meshtop"

# Debian's places: the licence is the copyright file, pages and changes are squeezed.
doc="$root/usr/share/doc/meshtop"
rm "$doc/LICENSE"
cat >"$doc/copyright" <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: MeshTop

Files: *
$(sed -n 's/^Copyright (c) /Copyright: /p' LICENSE)
License: Expat
$(sed -n '/^Permission is hereby granted/,$p' LICENSE | sed 's/^$/./; s/^/ /')
END
gzip -9n "$root"/usr/share/man/man1/*.1
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"

# What the binary links. A debug binary also links libraries of the Swift toolchain, which no package has.
mkdir "$work/debian"
echo "Source: meshtop" >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps --ignore-missing-info -O root/usr/bin/meshtop 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')
mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<END
Package: meshtop
Version: $version
Architecture: $architecture
Maintainer: The MeshTop authors <meshtop@meshtop.invalid>
Installed-Size: $(du -ks --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends
Suggests: kubernetes-client, bash-completion
Section: admin
Priority: optional
Description: terminal dashboard for service meshes
 MeshTop shows the topology, traffic splits, latency and circuit breakers of an
 Istio mesh in a terminal. It shifts canary weights, applies policies and scales
 workloads, with a preview before, a check after and an undo.
END
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
package="$folder/meshtop_${version}_$architecture.deb"
dpkg-deb --build --root-owner-group -Z"${COMPRESSION:-xz}" "$root" "$package" >/dev/null
echo "$package"
