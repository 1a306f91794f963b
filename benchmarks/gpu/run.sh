#!/usr/bin/env bash
# Proves and measures STUNet.Native on this machine's GPU. Needs no .NET and no network; a bundle made by publish.sh has everything.
#   run.sh [--device cuda|opencl] [--quick] [--no-graphs] [--part NAME]... [--out FOLDER] [--budget SECONDS] [--fresh] [--list]
# Parts that have passed are not run again (--fresh: all are; --part NAME: that one is). A part that fails does not stop the others. A part for which no time is left is left for the next call.
# --no-graphs launches every kernel instead of replaying CUDA graphs (STUNET_CUDA_GRAPHS=0): to be tried where a part fails, hangs or differs with graphs.
# Exit code: 0 if every part passed or was skipped with a reason, 1 otherwise.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${STUNET_GPU_PROGRAM:-$here/bin/STUNet.Benchmarks.Gpu}
python=${STUNET_GPU_PYTHON:-python3}
device=cuda
quick=()
chosen=()
out=$PWD/stunet-gpu-results
budget=570
fresh=0
skipped=4
# name, most seconds. Ours first, by what they prove; then PyTorch, largest last.
parts=(
    device:30 ptx:60 kernels:150 ops:150 goldens:120 trajectory:60 volumes:150 peak:60
    patch-S:40 patch-B:40 patch-L:60 patch-H:90 layers-S:30 layers-B:30 layers-L:40 layers-H:60
    training-S:60 training-B:90 training-L:120 training-H:180 backward-S:40 backward-B:40 backward-L:60 backward-H:90
    memcheck:120 racecheck:120
    torch-check:60 torch-trajectory:60 torch-matmul:60 torch-infer-S:90 torch-infer-B:90 torch-train-S:90 torch-train-B:90
    torch-infer-L:120 torch-infer-H:120 torch-train-L:120 torch-train-H:120
)

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0"; }

while [ $# -gt 0 ]; do
    case $1 in
        --device) device=${2:?--device needs cuda or opencl}; shift 2 ;;
        --part) chosen+=("${2:?--part needs a name; --list prints them}"); shift 2 ;;
        --out) out=${2:?--out needs a folder}; shift 2 ;;
        --budget) budget=${2:?--budget needs seconds}; shift 2 ;;
        --quick) quick=(--quick); shift ;;
        --no-graphs) export STUNET_CUDA_GRAPHS=0; shift ;;
        --fresh) fresh=1; shift ;;
        --list) printf '%s\n' "${parts[@]%%:*}"; exit 0 ;;
        *) echo "unknown option $1"; usage; exit 2 ;;
    esac
done

for name in ${chosen[@]+"${chosen[@]}"}; do
    # Without a pipe: grep may leave before all is written, which pipefail would take for an unknown part.
    grep -qxF -- "$name" <<< "$(printf '%s\n' "${parts[@]%%:*}")" || { echo "there is no part $name; --list prints them"; exit 2; }
done
[ -x "$program" ] || { echo "$program is absent: make the bundle with publish.sh and run the run.sh inside of it"; exit 2; }
if [ -d "$here/goldens" ]; then export STUNET_GOLDEN=${STUNET_GOLDEN:-$here/goldens}; fi
if [ -d "$here/volumes" ]; then export STUNET_VOLUMES=${STUNET_VOLUMES:-$here/volumes}; fi
mkdir -p "$out"
# Tiles that were the fastest in an earlier part are not measured again.
export STUNET_TILE_CACHE=${STUNET_TILE_CACHE:-$out/tiles.json}
# Nor are kernels translated again.
export STUNET_KERNEL_CACHE=${STUNET_KERNEL_CACHE:-$out/kernels}
[ "$fresh" = 1 ] && rm -f "$out"/*.done

sanitizer() {
    local tool
    tool=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | tail -1)
    if [ -z "$tool" ]; then echo "skipped: compute-sanitizer is not on this machine"; return $skipped; fi
    # The smallest case of every op, and a few convolutions and their gradients on every tile: a checker slows everything down by tens.
    "$tool" --tool "$1" --error-exitcode 1 "$program" ops --device "$device" --tiny --json "$2"
}

peer() {
    command -v "$python" >/dev/null || { echo "skipped: no $python on this machine"; return $skipped; }
    local on=cuda
    [ "$device" = opencl ] && on=cpu
    "$python" "$here/peer_torch.py" "$1" --device "$on" "${@:2}" ${quick[@]+"${quick[@]}" --seconds 0.2}
}

run_part() {
    local name=$1 limit=$2 json=$out/$1.jsonl
    case $name in
        memcheck | racecheck) if [ "$device" = cuda ]; then sanitizer "$name" "$json"; else echo "skipped: compute-sanitizer checks CUDA only"; return $skipped; fi ;;
        torch-check | torch-trajectory)
            if [ -z "${STUNET_GOLDEN:-}" ]; then echo "skipped: no goldens here"; return $skipped; fi
            peer "${name#torch-}" --goldens "$STUNET_GOLDEN" --json "$json" ;;
        torch-matmul) peer matmul --json "$json" ;;
        torch-infer-? | torch-train-?)
            local job=${name#torch-}
            peer "${job%-*}" --size "${job#*-}" --best "$out/torch-best.json" --limit $((limit * 6 / 10)) --json "$json" ;;
        *-?) "$program" "${name%-*}" --size "${name##*-}" --device "$device" --json "$json" ${quick[@]+"${quick[@]}"} ;;
        *) "$program" "$name" --device "$device" --json "$json" ${quick[@]+"${quick[@]}"} ;;
    esac
}

# timeout(1) starts programs, not functions: the part runs in a shell of its own.
export -f run_part sanitizer peer
export program python here device out skipped
failed=0
summary=()
for part in "${parts[@]}"; do
    name=${part%%:*}
    limit=${part##*:}
    if [ ${#chosen[@]} -gt 0 ]; then
        printf '%s\n' "${chosen[@]}" | grep -qxF -- "$name" || continue
    elif [ -e "$out/$name.done" ]; then
        summary+=("$name: $(cat "$out/$name.done") (in an earlier call)")
        continue
    elif [ ${#quick[@]} -gt 0 ] && [[ $name = *-[BLH] ]]; then
        continue
    fi
    left=$((budget - SECONDS))
    if [ "$left" -lt 5 ]; then
        summary+=("$name: NOT RUN, the time is up; call run.sh again to go on")
        failed=1
        continue
    fi
    # A processor that stands in for a GPU compiles for longer than it computes.
    [ ${#quick[@]} -gt 0 ] && limit=$((4 * limit))
    [ "$limit" -gt "$left" ] && limit=$left
    rm -f "$out/$name.done"
    echo "== $name (at most $limit s)"
    begun=$SECONDS
    timeout --kill-after=10 "$limit" bash -c "quick=(${quick[*]-}); run_part $name $limit" 2>&1 | tee "$out/$name.log"
    code=${PIPESTATUS[0]}
    took="$((SECONDS - begun)) s"
    case $code in
        0) summary+=("$name: passed, $took"); echo "passed, $took" > "$out/$name.done" ;;
        "$skipped") summary+=("$name: $(grep -m1 skipped "$out/$name.log" || echo skipped)"); ;;
        124 | 137) summary+=("$name: FAILED, stopped after $limit s"); failed=1 ;;
        *) summary+=("$name: FAILED, exit code $code, $took: $out/$name.log"); failed=1 ;;
    esac
done

echo "== report"
"$program" report "$out" 2>&1 | tee "$out/report.txt"
cat "$out"/*.jsonl > "$out/all.jsonl.part" 2>/dev/null && mv "$out/all.jsonl.part" "$out/all-results.json-lines"
echo "== summary after $SECONDS s: $device, $out"
printf '%s\n' "${summary[@]}" | tee "$out/summary.txt"
exit "$failed"
