#!/usr/bin/env bash
# Finds what a machine lacks to build and run PretrainCluster, and installs it: the .NET SDK. NuGet brings everything else, libtorch too.
#
#   cluster/prerequisites.sh            says what is missing, asks once on a terminal, installs
#   cluster/prerequisites.sh --yes      installs without asking
#   cluster/prerequisites.sh --check    only says; exit code 1 if something is missing
#
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

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    else
        sudo -- "$@"
    fi
}

# The distribution's package, where it has one and this user may install it.
sdk_package() {
    local name=dotnet-sdk-$dotnet_major.0
    command -v apt-get apt-cache >/dev/null && { [[ $(id -u) == 0 ]] || command -v sudo >/dev/null; } || return 1
    apt-cache show "$name" 2>/dev/null | grep -q "^Package: $name\$" && printf '%s\n' "$name"
}

# One line: how install_sdk would do it.
sdk_plan() {
    local package
    if package=$(sdk_package); then
        printf 'apt-get install %s\n' "$package"
    else
        printf 'Microsoft'\''s script dotnet-install.sh, into %s\n' "$HOME/.dotnet"
    fi
}

install_sdk() {
    local log=$1 package script
    printf 'Installing the .NET %s SDK (%s) ...\n' "$dotnet_major" "$(sdk_plan)" >&2
    if package=$(sdk_package); then
        { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package"; } >"$log" 2>&1 </dev/null
    else
        script=$(mktemp)
        {
            if command -v curl >/dev/null; then
                curl --fail --silent --show-error --location https://dot.net/v1/dotnet-install.sh --output "$script"
            else
                wget --quiet --output-document "$script" https://dot.net/v1/dotnet-install.sh
            fi && bash "$script" --channel "$dotnet_major.0" --install-dir "$HOME/.dotnet" --no-path
        } >"$log" 2>&1 </dev/null
    fi
    local code=$?
    rm -f "${script:-}"
    if ((code != 0)) || ! find_dotnet >/dev/null; then
        cat "$log" >&2
        printf 'Installing the .NET %s SDK failed (above). Install it by hand from https://dot.net/download, then start again.\n' "$dotnet_major" >&2
        return 1
    fi
}

# ensure_prerequisites YES LOG: installs what is missing, asking first unless YES is 1.
ensure_prerequisites() {
    local yes=$1 log=$2 answer
    find_dotnet >/dev/null && return 0

    printf 'Missing: the .NET %s SDK, which builds and runs this.\n' "$dotnet_major" >&2
    if [[ $yes != 1 ]]; then
        if [[ ! -t 0 || ! -t 2 ]]; then
            printf 'Add --yes to install it (%s), or install it from https://dot.net/download.\n' "$(sdk_plan)" >&2
            return 1
        fi
        printf 'Install it now (%s)? [Y/n] ' "$(sdk_plan)" >&2
        read -r answer
        if [[ -n $answer && $answer != [yY]* ]]; then
            printf 'Nothing installed. By hand: https://dot.net/download\n' >&2
            return 1
        fi
    fi
    install_sdk "$log"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -euo pipefail
    case ${1:-} in
        --check)
            find_dotnet >/dev/null && echo "nothing is missing" && exit 0
            echo "the .NET $dotnet_major SDK is missing; cluster/prerequisites.sh --yes installs it ($(sdk_plan))"
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
