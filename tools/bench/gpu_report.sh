#!/bin/sh
# Checks and measures a packed halle on this machine: no toolchain, no network, ten minutes at most.
#
#   gpu_report.sh [OUT]    writes OUT/gpu_report.json, gpu_report.md, gpu_report.log and report.html
#
# OUT is gpu-report-out by default. HALLE_REPORT=quick takes small sizes, to try the script itself.
# Peers are measured where a folder peers/ beside this script holds peer_bench.py and models/, there
# is an NVIDIA GPU, and python3 finds mujoco_warp (in PYTHONPATH or peers/site).
# Exit code: 0 if every check passed and every part of halle ran, else 1.
set -u

here=$(cd "$(dirname "$0")" && pwd)
halle=$here/halle
scene=$here/scenes/library/polishing_cell.usda
mkdir -p "${1:-gpu-report-out}" || exit 1
out=$(cd "${1:-gpu-report-out}" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
began=$(date +%s)
deadline=$((began + 590))
log=$out/gpu_report.log
: >"$log"
parts=$work/parts
rows=$work/rows
: >"$parts"
: >"$rows"
bad=0

case ${HALLE_REPORT:-full} in
quick)
    sizes="64 128" seconds=0.2 check_envs=16 peer_steps=10
    printf '{"held_out_envs":8,"validation_envs":8,"warm_up":10,"picture_width":0}\n' >"$work/job.json"
    training="--envs 64 --iterations 2 --job $work/job.json"
    ;;
full)
    sizes="1024 4096 16384 65536" seconds=3 check_envs=256 peer_steps=200
    training="--iterations 10"
    ;;
*)
    echo "error: HALLE_REPORT is \`$HALLE_REPORT\`, must be full or quick" >&2
    exit 2
    ;;
esac

# Mesa asks for a folder of the session; where there is none it complains on standard error.
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
    mkdir -m 700 "$work/session"
    export XDG_RUNTIME_DIR="$work/session"
fi
export NODEVICE_SELECT=1
# A machine with a GPU driver may lack the Vulkan loader; the pack brings one.
if [ -e "$here/lib/libvulkan.so.1" ] && ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1'; then
    export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi

say() {
    printf '%s\n' "$*"
    printf '%s\n' "$*" >>"$log"
}

# Text as the inside of a JSON string.
quoted() {
    tr '\n\t' '  ' | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g; s/ *$//'
}

# A number of a JSON line, by name; the first one.
figure() {
    tr ',{}[]' '\n\n\n\n\n' <"$2" | sed -n 's/^ *"'"$1"'": *\([-0-9.e+]*\) *$/\1/p' | head -n 1
}

# A text of a JSON line, by name; the last one.
text() {
    sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' "$2"
}

# The mean score of a controller in the summary of a training, by its key.
score() {
    sed -n 's/.*"'"$1"'"://p' "$2" | tr ',{}[]' '\n\n\n\n\n' |
        awk '/"score":/ { at = 1 } at && sub(/^ *"mean": */, "") { printf "%.2f", $0; exit }'
}

whole() {
    awk -v x="${1:-}" 'BEGIN { if (x == "") print "-"; else printf "%.0f\n", x }'
}

row() {
    printf '| %s | %s | %s |\n' "$1" "$2" "$3" >>"$rows"
}

# limited LIMIT COMMAND...: runs with a time limit; output in $work/out and $work/err, code in $code.
limited() {
    limit=$1
    shift
    left=$((deadline - $(date +%s)))
    [ "$limit" -le "$left" ] || limit=$left
    : >"$work/out"
    printf 'not started: the ten minutes are over\n' >"$work/err"
    code=124
    [ "$limit" -gt 2 ] || return 0
    if command -v timeout >/dev/null 2>&1; then
        timeout -k 5 "$limit" "$@" >"$work/out" 2>"$work/err"
    else
        "$@" >"$work/out" 2>"$work/err"
    fi
    code=$?
}

# record NAME START RESULT COMMAND: appends a part to the report and its errors to the log.
record() {
    command=$(printf '%s' "$4" | quoted)
    why=null
    if [ "$code" -ne 0 ]; then
        why=$(tail -n 5 "$work/err" | quoted)
        [ "$code" -ne 124 ] || why="stopped after $limit s. $why"
        why="\"$why\""
    fi
    took=$(($(date +%s) - $2))
    printf '{"part":"%s","command":"%s","exit_code":%s,"seconds":%s,"error":%s,"result":%s}\n' \
        "$1" "$command" "$code" "$took" "$why" "$3" >>"$parts"
    cat "$work/err" >>"$log"
    say "$1: exit code $code, $took s"
}

# part NAME LIMIT ARGUMENTS...: runs halle; the last line of its output is the result.
part() {
    name=$1
    start=$(date +%s)
    limit=$2
    shift 2
    limited "$limit" "$halle" "$@"
    tail -n 1 "$work/out" >"$work/result"
    grep -q '^{.*}$' "$work/result" || printf 'null\n' >"$work/result"
    record "$name" "$start" "$(cat "$work/result")" "halle $*"
    if [ "$code" -ne 0 ]; then
        bad=1
        row "$name" "exit code" "$code"
    fi
}

check() {
    part selftest 90 selftest "$scene" --backend gpu --envs "$check_envs" --json
    if grep -q '^null$' "$work/result"; then
        part "selftest cpu" 60 selftest "$scene" --backend cpu --envs "$check_envs" --json
    fi
    sed 's/.*"adapter":{\([^}]*\)}.*/\1/' "$work/result" >"$work/adapter"
    row selftest machine "$(text machine "$work/result")"
    if grep -q '"driver"' "$work/adapter"; then
        row selftest adapter "$(text name "$work/adapter") ($(text kind "$work/adapter"))"
        row selftest driver "$(text driver "$work/adapter")"
    else
        row selftest adapter none
    fi
    tr '{' '\n' <"$work/result" | grep '"law":' >"$work/checks"
    all=$(grep -c . "$work/checks")
    row selftest "checks passed" "$(grep -c '"passed":true' "$work/checks") of $all"
    grep '"passed":false' "$work/checks" >"$work/failed"
    while read -r line; do
        printf '%s\n' "$line" >"$work/line"
        row selftest FAILED "$(text name "$work/line"): $(text detail "$work/line")"
    done <"$work/failed"
}

# bench BACKEND ENVS
bench() {
    part "bench $1 $2" 90 bench "$scene" --backend "$1" --envs "$2" --seconds "$seconds" --json
    [ "$code" -eq 0 ] || return 0
    substeps=$(figure substeps_per_control_step "$work/result")
    # The CPU is measured on one thread, then on all: the last one counts.
    sed 's/.*"physics_with_task":\[.*{\([^}]*\)}\].*/{\1}/' "$work/result" >"$work/physics"
    rate=$(figure control_steps_per_s "$work/physics")
    row "bench $1 $2" "env-steps/s" "$(whole "$rate")"
    row "bench $1 $2" "substeps/s" \
        "$(awk -v a="$rate" -v b="$substeps" 'BEGIN { printf "%.0f", a * b }')"
    sed 's/.*"with_learning":{\(.*\)}.*/{\1}/' "$work/result" >"$work/learning"
    row "bench $1 $2" "env-steps/s with learning" \
        "$(whole "$(figure control_steps_per_s "$work/learning")")"
}

train() {
    # The words of $training are arguments of their own.
    # shellcheck disable=SC2086
    part "train gpu" 120 train "$scene" --backend gpu --policies 1 $training --json --out "$work/run"
    [ "$code" -eq 0 ] || return 0
    row "train gpu" "env-steps/s with learning" "$(whole "$(figure env_steps_per_s "$work/result")")"
    row "train gpu" "wall time [s]" "$(whole "$(figure seconds "$work/result")")"
    row "train gpu" "mean score of baseline" "$(score baseline "$work/result")"
    row "train gpu" "mean score of policy" "$(score policies "$work/result")"
    cp "$work/run/report.html" "$out/report.html" 2>>"$log"
}

without_peers() {
    say "peers: skipped: $1"
    row peers skipped "$1"
    printf '{"part":"peers","skipped":"%s"}\n' "$1" >>"$parts"
}

peers() {
    bench_file=$here/peers/peer_bench.py
    [ -e "$bench_file" ] || { without_peers "no peers/peer_bench.py"; return; }
    [ -n "$gpus" ] || { without_peers "no NVIDIA GPU"; return; }
    [ ! -d "$here/peers/site" ] || export PYTHONPATH="$here/peers/site${PYTHONPATH:+:$PYTHONPATH}"
    if ! python3 -c 'import mujoco_warp, numpy, warp' >>"$log" 2>&1; then
        without_peers "python3 does not find mujoco_warp, numpy and warp"
        return
    fi
    set --
    for model in panda_mjwbench ur10e_polish; do
        [ ! -e "$here/peers/models/$model.xml" ] || set -- "$@" "$here/peers/models/$model.xml"
    done
    start=$(date +%s)
    # Takes what is left: compiling its kernels for the first time takes a minute or more.
    # shellcheck disable=SC2086
    limited 600 python3 "$bench_file" "$@" --n $sizes --engines mjw --nstep "$peer_steps"
    grep '^{.*}$' "$work/out" | sed 's/: NaN/: null/g; s/: -\{0,1\}Infinity/: null/g' >"$work/lines"
    record peers "$start" "[$(paste -sd, - <"$work/lines")]" "peer_bench.py $* --n $sizes --engines mjw"
    while read -r line; do
        printf '%s\n' "$line" >"$work/line"
        row "$(text engine "$work/line") $(text model "$work/line") $(figure n "$work/line")" \
            "steps/s; back to back" \
            "$(whole "$(figure steps_per_s "$work/line")"); $(whole "$(figure steps_per_s_async "$work/line")")"
    done <"$work/lines"
}

query=name,driver_version,memory.total,clocks.max.sm,power.limit
gpus=$(timeout 20 nvidia-smi --query-gpu=$query --format=csv,noheader 2>>"$log" | quoted)
row machine system "$(uname -sr)"
row machine "GPU, driver, memory, clock, power" "${gpus:-no nvidia-smi}"
check
for envs in $sizes; do bench gpu "$envs"; done
set -- $sizes
bench cpu "$2"
train
peers

manifest=null
[ ! -e "$here/manifest.json" ] || manifest=$(cat "$here/manifest.json")
{
    printf '{"date":"%s","system":"%s","nvidia_smi":"%s","size":"%s","seconds":%s,"pack":%s,"parts":[' \
        "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(uname -srm | quoted)" "$gpus" "${HALLE_REPORT:-full}" \
        "$(($(date +%s) - began))" "$manifest"
    paste -sd, - <"$parts"
    printf ']}'
} | tr -d '\n' >"$out/gpu_report.json"
printf '\n' >>"$out/gpu_report.json"
{
    printf '# halle on this machine\n\n| part | what | value |\n|---|---|---|\n'
    cat "$rows"
} >"$out/gpu_report.md"
cat "$out/gpu_report.md"
say "wrote $out/gpu_report.json and gpu_report.md"
exit "$bad"
