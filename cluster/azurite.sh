#!/usr/bin/env bash
# Installs Azurite, the emulator of Azure Blob Storage that the tests start, into build/azurite: once, with npm ci.
# Without npm nothing is installed, and the tests that need it are skipped.
set -uo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)
source=$root/tests/PretrainCluster.Azurite/npm
target=$root/build/azurite

command -v npm >/dev/null || exit 0
mkdir -p "$target"
(
    flock 9
    cmp -s "$source/package-lock.json" "$target/installed" && exit 0
    cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$target/"
    printf 'Installing Azurite (once, half a minute) ...' >&2
    if (cd "$target" && npm ci --no-progress) >"$target/install.log" 2>&1 </dev/null; then
        cp "$source/package-lock.json" "$target/installed"
        printf ' done\n' >&2
    else
        printf ' failed, see %s\n' "$target/install.log" >&2
    fi
) 9>"$target/lock"
exit 0
