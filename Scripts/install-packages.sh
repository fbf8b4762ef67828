#!/usr/bin/env bash
# Installs the Debian packages that are missing, and says so; with root's rights only where it must.
# Usage: install-packages.sh PACKAGE...            by package name
#        install-packages.sh --commands CMD:PACKAGE...   a package is needed when its command is missing
set -euo pipefail
missing=()
if [ "${1:-}" = "--commands" ]; then
    shift
    for pair in "$@"; do
        PATH="$PATH:/usr/sbin:/sbin" command -v "${pair%%:*}" >/dev/null 2>&1 || missing+=("${pair#*:}")
    done
else
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
    done
fi
[ ${#missing[@]} -eq 0 ] && exit 0
command -v apt-get >/dev/null || { echo "meshtop: this system has no apt-get: install ${missing[*]} by hand" >&2; exit 2; }
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
echo "Installing ${missing[*]} ..."
$as_root apt-get update -qq
# Services of the packages are not started: the tests start their own on free ports.
if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee /usr/sbin/policy-rc.d >/dev/null
    $as_root chmod +x /usr/sbin/policy-rc.d
    trap '$as_root rm -f /usr/sbin/policy-rc.d' EXIT
fi
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
