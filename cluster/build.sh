# Sourced by pretrain, test.sh and .ci/run, with $root set: builds once, and again only when a source changed.
# shellcheck shell=bash disable=SC2154

# shellcheck source=cluster/prerequisites.sh
source "$root/cluster/prerequisites.sh"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
export DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true DOTNET_CLI_UI_LANGUAGE=en

# Everything that decides what a build makes: the sources' names, sizes and times, where they lie, and which libtorch is brought along.
fingerprint() {
    {
        printf '%s\n' "$root" "${TorchSharpPackage:-}"
        find "$root/src" "$root/tests" "$root"/Directory.*.* "$root/global.json" "$root/.editorconfig" "$root"/*.sln "$root/cluster" \
            \( -name bin -o -name obj -o -name TestResults \) -prune -o -type f -printf '%P\t%s\t%T@\n' | LC_ALL=C sort
    } | sha256sum | cut -d ' ' -f 1
}

# The whole solution holds every project.
is_built() {
    local stamp
    for stamp in "$1" solution; do
        [[ -f $root/build/stamps/$stamp && $(<"$root/build/stamps/$stamp") == "$2" ]] && return 0
    done
    return 1
}

# build_once NAME PROJECT YES: makes sure that PROJECT is built (Release) from the sources as they are.
build_once() {
    local name=$1 project=$2 yes=$3 print
    print=$(fingerprint)
    is_built "$name" "$print" && return 0

    mkdir -p "$root/build/stamps"
    (
        # Whoever comes second waits here, and finds the work done.
        flock 9
        is_built "$name" "$(fingerprint)" && exit 0
        ensure_prerequisites "$yes" "$root/build/install.log" 9>&- || exit 1
        build_now "$project" 9>&- || exit 1
        printf '%s\n' "$print" >"$root/build/stamps/$name"
    ) 9>"$root/build/lock"
}

build_now() {
    local project=$1 log=$root/build/build.log began=$SECONDS dotnet
    dotnet=$(find_dotnet)
    if compgen -G "$root/build/stamps/*" >/dev/null; then
        printf 'Building what changed ...' >&2
    else
        printf 'Building (once, a minute or two) ...' >&2
    fi
    if "$dotnet" build "$root/$project" -c Release --nologo -v quiet -nodeReuse:false >"$log" 2>&1 </dev/null; then
        printf ' done in %d s\n' $((SECONDS - began)) >&2
    else
        printf ' failed:\n' >&2
        tail -n 60 "$log" >&2
        printf 'The whole output is in %s\n' "$log" >&2
        return 1
    fi
}
