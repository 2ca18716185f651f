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

# The projects that a build of this one makes: itself and, through references and imports, every other.
projects_of() {
    local project=$1 folder reference
    if [[ $project == *.sln ]]; then
        sed -n 's/^Project(.*= "[^"]*", "\([^"]*\.csproj\)".*/\1/p' "$root/$project"
        return
    fi
    [[ -f $root/$project ]] || return 0
    [[ $project != *.csproj ]] || echo "$project"
    folder=$(dirname "$project")
    while read -r reference; do
        projects_of "$(realpath -m --relative-to "$root" "$root/$folder/${reference#'$(MSBuildThisFileDirectory)'}")"
    done < <(sed -nE 's/.*<(ProjectReference Include|Import Project)="([^"]*)".*/\2/p' "$root/$project")
}

# show_build LOG WORDS COUNT: says what the build is at, on one line of a terminal, for as long as this script runs.
show_build() {
    local began=$SECONDS built
    while kill -0 $$ 2>/dev/null; do
        built=$(grep -c -- ' -> ' "$1" || true)
        if ((built == 0)); then
            printf '\r%s: restoring packages, %d s ' "$2" $((SECONDS - began)) >&2
        else
            printf '\r%s: project %d of %d, %d s    ' "$2" $((built < $3 ? built + 1 : $3)) "$3" $((SECONDS - began)) >&2
        fi
        sleep 0.5
    done
}

build_now() {
    local project=$1 log=$root/build/build.log began=$SECONDS code=0 shown="" dotnet words count
    dotnet=$(find_dotnet)
    count=$(projects_of "$project" | sort -u | wc -l)
    words="Building once, $count projects"
    compgen -G "$root/build/stamps/*" >/dev/null && words="Building what changed"

    : >"$log"
    if [[ -t 2 ]]; then
        show_build "$log" "$words" "$count" &
        shown=$!
    fi
    "$dotnet" build "$root/$project" -c Release --nologo -v minimal -nodeReuse:false >"$log" 2>&1 </dev/null || code=$?
    if [[ -n $shown ]]; then
        kill "$shown" 2>/dev/null || true
        wait "$shown" 2>/dev/null || true
        printf '\r%70s\r' '' >&2
    fi
    if ((code == 0)); then
        printf '%s: done in %d s\n' "$words" $((SECONDS - began)) >&2
    else
        printf '%s failed:\n' "$words" >&2
        grep -v -- ' -> ' "$log" | tail -n 60 >&2
        printf 'The whole output is in %s\n' "$log" >&2
        return 1
    fi
}
