#!/usr/bin/env bash
# Prepares the machine as ./pretrain does, runs every test and ends with the line "N passed, N failed".
#
#   ./test.sh                 all test projects
#   ./test.sh Core Cli        those whose names contain a word
#   ./test.sh --yes ...       installs the .NET SDK without asking, where it is missing
set -uo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd -P)
# shellcheck source=cluster/build.sh
source "$root/cluster/build.sh"

# The tests start hundreds of short processes: code that is measured while it runs, to be compiled better, is never run
# for long enough to gain by it.
export DOTNET_TieredPGO=0

# A project that hangs must not hold the rest.
limit=1800

yes=0
case ${1:-} in
    --yes)
        yes=1
        shift
        ;;
    -h | --help)
        sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit
        ;;
esac

finish() {
    local skipped_text=""
    ((skipped > 0)) && skipped_text=", $skipped skipped"
    printf '%d passed, %d failed%s\n' "$passed" "$failed" "$skipped_text"
    ((failed == 0))
    exit
}

selected() {
    local project=$1 word
    shift
    (($# == 0)) && return 0
    for word in "$@"; do
        [[ $(basename "$project") == *"$word"* ]] && return 0
    done
    return 1
}

# The counters of a TRX file: total, executed, passed.
counter() {
    sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

# "name: reason" for every test that was left out.
skips() {
    tr '\n' ' ' <"$1" | sed 's/<UnitTestResult /\n&/g' | grep 'outcome="NotExecuted"' |
        sed -E 's/.*testName="([^"]*)".*<Message>([^<]*)<\/Message>.*/  \1: \2/; s/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&#x[AD];/ /g; s/&amp;/\&/g'
}

run_project() {
    local project=$1 name trx began=$SECONDS code total executed ok
    name=$(basename "$project" .csproj)
    trx=$results/$name.trx
    timeout "$limit" "$dotnet" test "$(dirname "$project")/bin/Release/net10.0/$name.dll" --results-directory "$results" \
        --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" >"$results/$name.log" 2>&1 </dev/null
    code=$?

    # Hosts that die leave no counters, or some that add up to success.
    total=0 executed=0 ok=0
    if [[ -f $trx ]]; then
        total=$(counter "$trx" total) executed=$(counter "$trx" executed) ok=$(counter "$trx" passed)
        total=${total:-0} executed=${executed:-0} ok=${ok:-0}
    fi
    local bad=$((executed - ok)) left_out=$((total - executed)) note=""
    if ((total == 0)); then
        bad=$((bad + 1)) note="ran no test"
    elif ((code == 124)); then
        bad=$((bad + 1)) note="ended after $limit s"
    elif ((code != 0 && bad == 0)); then
        bad=1 note="ended with code $code"
    fi

    printf '%d %d %d\n' "$ok" "$bad" "$left_out" >"$results/$name.counts"
    printf '%-36s %4d passed %3d failed %3d skipped %5d s  %s\n' "$name" "$ok" "$bad" "$left_out" $((SECONDS - began)) "$note"
    ((bad > 0)) && cat "$results/$name.log"
    ((left_out > 0)) && skips "$trx" >"$results/$name.skips"
}

projects=()
for project in "$root"/tests/*.Tests/*.csproj; do
    selected "$project" "$@" && projects+=("$project")
done
if ((${#projects[@]} == 0)); then
    echo "test.sh: no test project has a name with: $*; --help says more" >&2
    exit 2
fi

passed=0 failed=0 skipped=0
if ! build_once solution PretrainCluster.sln "$yes"; then
    failed=1
    finish
fi
"$root/cluster/npm.sh"

dotnet=$(find_dotnet)
results=$root/build/tests
rm -rf "$results"
mkdir -p "$results"

# Two at a time, because many tests wait more than they compute; those that take the longest first, so that none of
# them is left alone at the end.
first=() rest=()
for project in "${projects[@]}"; do
    case $(basename "$project") in
        *.Actors.* | *.EndToEnd.* | *.Training.*) first+=("$project") ;;
        *) rest+=("$project") ;;
    esac
done
for project in "${first[@]}" "${rest[@]}"; do
    (($(jobs -pr | wc -l) < 2)) || wait -n
    run_project "$project" &
done
wait

for project in "${projects[@]}"; do
    read -r ok bad left_out <"$results/$(basename "$project" .csproj).counts" || bad=1
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left_out))
done
if compgen -G "$results/*.skips" >/dev/null; then
    echo "Skipped:"
    cat "$results"/*.skips
fi
finish
