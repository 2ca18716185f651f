#!/usr/bin/env bash
# Finds what a Debian or Ubuntu machine lacks to build and run PretrainCluster, and installs it.
#
#   cluster/prerequisites.sh            lists what is missing, asks once on a terminal, installs
#   cluster/prerequisites.sh --yes      installs without asking, as it does where there is no terminal
#   cluster/prerequisites.sh --check    only lists; exit code 1 if something is missing
#
# LIBTORCH=FOLDER names another libtorch (a PyTorch wheel's torch folder, an unpacked libtorch); then none is installed.
# Where TorchSharp is the engine (docs/tensor-engine.md), NuGet brings libtorch, and nothing of it is needed.
# Sourced, it defines the functions and does nothing.

# The newest SDK of the major version that global.json asks for.
dotnet_major=10

find_dotnet() {
    local candidate folder
    for candidate in "$(command -v dotnet)" "${DOTNET_ROOT:-/nonexistent}/dotnet" "${HOME:-/nonexistent}/.dotnet/dotnet" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
        [[ -x $candidate ]] || continue
        folder=$(dirname "$(readlink -f "$candidate")")
        if compgen -G "$folder/sdk/$dotnet_major.*" >/dev/null; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

installed_package() {
    [[ $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) == "install ok installed" ]]
}

libtorch_in() {
    compgen -G "$1/lib/libtorch_cpu.so*" >/dev/null && [[ -d $1/include ]]
}

# The tensor engine of this checkout's builds: TorchSharp or LibTorch. The first time, it is found out what can be restored, which takes seconds.
find_engine() {
    local dotnet folder targets
    dotnet=$(find_dotnet) || return
    folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
    targets=$folder/Directory.Solution.targets
    "$dotnet" msbuild "$targets" -nologo -v:minimal -t:FindPackages >&2 && "$dotnet" msbuild "$targets" -getProperty:TensorEngine
}

# One line per thing that ENGINE needs and this machine lacks: apt package, tab, what it is for.
missing_packages() {
    [[ $1 == LibTorch ]] || return 0
    command -v g++ >/dev/null || printf 'g++\tcompiler of the native library\n'
    command -v cmake >/dev/null || printf 'cmake\tbuild of the native library\n'
    command -v make >/dev/null || printf 'make\tbuild of the native library\n'
    if [[ -z ${LIBTORCH:-} ]]; then
        installed_package libtorch-dev || printf 'libtorch-dev\tlibtorch, the tensor engine (or set LIBTORCH to a folder that holds another)\n'
        installed_package libopenblas0-pthread || printf 'libopenblas0-pthread\tOpenBLAS, its matrix products\n'
    fi
}

# What no package of this list can mend: said, never installed.
missing_by_hand() {
    find_dotnet >/dev/null ||
        printf 'the .NET %s SDK: install it from https://dot.net/download or as the package dotnet-sdk-%s.0 where your distribution has it, then start again\n' "$dotnet_major" "$dotnet_major"
    if [[ -n ${LIBTORCH:-} ]] && ! libtorch_in "$LIBTORCH"; then
        printf 'a libtorch in LIBTORCH=%s: lib/libtorch_cpu.so and include/ are expected there; correct it, or unset it to use the distribution'\''s\n' "$LIBTORCH"
    fi
}

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    else
        sudo -- "$@"
    fi
}

install_packages() {
    local log=$1
    shift
    if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
        printf 'this needs root: run as root\n    apt-get install --no-install-recommends %s\n' "$*" >&2
        return 1
    fi

    printf 'Installing %s ...\n' "$*" >&2
    if ! { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        printf 'installing %s failed (above)\n' "$*" >&2
        return 1
    fi
}

# ensure_prerequisites YES LOG: sets engine, and installs what it lacks, asking first on a terminal unless YES is 1.
ensure_prerequisites() {
    local yes=$1 log=$2 by_hand missing name purpose names answer
    by_hand=$(missing_by_hand)
    if [[ -n $by_hand ]]; then
        printf 'Missing: %s\n' "$by_hand" >&2
        return 1
    fi
    engine=$(find_engine) || return 1
    missing=$(missing_packages "$engine")
    [[ -n $missing ]] || return 0

    printf 'Missing on this machine:\n' >&2
    while IFS=$'\t' read -r name purpose; do
        printf '  %-22s %s\n' "$name" "$purpose" >&2
    done <<<"$missing"

    mapfile -t names < <(cut -f 1 <<<"$missing")
    if ! command -v apt-get >/dev/null; then
        printf 'This is no Debian or Ubuntu: install them with your own package manager, then start again.\n' >&2
        return 1
    fi

    if [[ $yes != 1 && -t 0 && -t 2 ]]; then
        printf 'Install them now with apt-get? [Y/n] ' >&2
        read -r answer
        if [[ -n $answer && $answer != [yY]* ]]; then
            printf 'Nothing installed. By hand: apt-get install --no-install-recommends %s\n' "${names[*]}" >&2
            return 1
        fi
    fi
    install_packages "$log" "${names[@]}"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -euo pipefail
    case ${1:-} in
        --check)
            found=$(missing_by_hand)
            [[ -n $found ]] || found=$(missing_packages "$(find_engine 2>/dev/null)")
            [[ -z $found ]] && echo "nothing is missing" && exit 0
            printf '%s\n' "$found"
            exit 1
            ;;
        "" | --yes)
            log=$(mktemp)
            trap 'rm -f "$log"' EXIT
            ensure_prerequisites "$([[ ${1:-} == --yes ]] && echo 1 || echo 0)" "$log"
            ;;
        *)
            echo "usage: cluster/prerequisites.sh [--yes | --check]" >&2
            exit 2
            ;;
    esac
fi
