#!/usr/bin/env bash
# Installs what tests take from npm, each into a folder of its own under build/, once, with npm ci from a committed lock file:
#
#   azurite        the emulator of Azure Blob Storage
#   messagepack    another language's MessagePack, to read docs/protocol.md with
#
#   cluster/npm.sh             everything
#   cluster/npm.sh azurite     one of them
#
# Without npm nothing is installed, and the tests that need it are skipped.
set -uo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)

install_once() {
    local name=$1 title=$2 source=$root/$3 target=$root/build/$1
    mkdir -p "$target"
    (
        flock 9
        cmp -s "$source/package-lock.json" "$target/installed" && exit 0
        cp "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$target/"
        printf 'Installing %s (once) ...' "$title" >&2
        if (cd "$target" && { install_now || install_now; }) >"$target/install.log" 2>&1 </dev/null; then
            cp "$source/package-lock.json" "$target/installed"
            printf ' done\n' >&2
        else
            printf ' failed, see %s\n' "$target/install.log" >&2
        fi
    ) 9>"$target/lock"
}

# A download that stalls would hold everything up for npm's own five minutes, several times over.
install_now() {
    timeout --kill-after 10 300 npm ci --no-progress --fetch-timeout=30000 --fetch-retries=4
}

command -v npm >/dev/null || exit 0
(($# > 0)) || set -- azurite messagepack
for name in "$@"; do
    case $name in
        azurite) install_once azurite Azurite tests/PretrainCluster.Azurite/npm ;;
        messagepack) install_once messagepack "npm's MessagePack" tests/PretrainCluster.Hosting.Tests/Codecs/npm ;;
        *)
            echo "usage: cluster/npm.sh [azurite] [messagepack]" >&2
            exit 2
            ;;
    esac
done
exit 0
