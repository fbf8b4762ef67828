#!/usr/bin/env bash
# Puts the program and what comes with it into a folder tree: `make install`, `make deb` and their test.
# Usage: install.sh BINARY ROOT PREFIX     e.g. install.sh .build/release/meshtop / /usr/local
# ZSH_FOLDER is where zsh looks for completions below PREFIX/share/zsh: site-functions, or Debian's vendor-completions.
set -euo pipefail
binary=$1
to="${2%/}$3"
here="$(cd "$(dirname "$0")/.." && pwd)"

install -D -m 0755 "$binary" "$to/bin/meshtop"
# `kubectl meshtop` runs the first, and completes with the second.
ln -sf meshtop "$to/bin/kubectl-meshtop"
install -m 0755 "$here/packaging/kubectl_complete-meshtop" "$to/bin/kubectl_complete-meshtop"

install -d "$to/share/meshtop/themes" "$to/share/doc/meshtop/examples" "$to/share/man/man1"
install -m 0644 "$here"/themes/*.yaml "$to/share/meshtop/themes/"
install -m 0644 "$here"/examples/* "$to/share/doc/meshtop/examples/"
install -m 0644 "$here/LICENSE" "$to/share/doc/meshtop/LICENSE"

"$here/Scripts/man.py" "$binary" "$to/share/man/man1"
chmod 0644 "$to"/share/man/man1/meshtop*.1

completion() {
    install -d "$(dirname "$to/share/$2")"
    "$binary" --generate-completion-script "$1" >"$to/share/$2"
    chmod 0644 "$to/share/$2"
}
completion bash bash-completion/completions/meshtop
completion zsh "zsh/${ZSH_FOLDER:-site-functions}/_meshtop"
completion fish fish/vendor_completions.d/meshtop.fish
