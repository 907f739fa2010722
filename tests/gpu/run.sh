#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Everything about kernels that a machine with a GPU can tell, out of a folder that
# tests/gpu/bundle.sh made: checks, under the validation layer, with the kernels that the device
# chooses, with the plain ones, without each capability and with each kernel by name; then times.
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only when nothing failed.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
quick=no checks=yes bench=yes
# Of many operations: the others name the kernel that they check.
of_kernels=(check_batch_plan check_conv check_gemm check_lrn check_plan check_pool check_weights)

usage()
{
    cat <<'END'
Usage: run.sh [--quick] [--no-checks] [--no-bench]

Checks every kernel on the Vulkan device and prints how fast the models are there. Needs nothing but
a Vulkan driver and this folder.

  --quick      few frames, and no capability or kernel by itself
  --no-checks  only the times
  --no-bench   only the checks
  --help       this text

VIN_DEVICE names the device, where there are several. VIN_VALIDATION=0 leaves the validation layer
out.
END
}

for option in "$@"; do
    case $option in
    --quick) quick=yes ;;
    --no-checks) checks=no ;;
    --no-bench) bench=no ;;
    --help) usage; exit 0 ;;
    *) printf 'run.sh: unknown option %s\n' "$option" >&2; usage >&2; exit 2 ;;
    esac
done
if [ ! -d "$here/bin" ] || [ ! -d "$here/lib" ]; then
    echo "run.sh: this is not a bundle; tests/gpu/bundle.sh makes one, with this script in it" >&2
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Of a library that the machine has too, the newer one: its driver may want that as much as we do.
link_libraries()
{
    local known name version own
    known=$( (ldconfig -p || /sbin/ldconfig -p) 2>/dev/null)
    mkdir "$work/lib"
    ln -s "$here"/lib/libvkinception.so.0 "$work/lib/"
    while read -r name version; do
        own=$(printf '%s\n' "$known" | awk -v name="$name" \
            '$1 == name && $2 ~ /^\(libc6,/ { print $NF; exit }')
        if [ -n "$own" ]; then
            own=$(basename "$(readlink -f "$own")")
            if [ "$(printf '%s\n' "$own" "$version" | sort -V | tail -n 1)" = "$own" ]; then
                continue
            fi
        fi
        ln -s "$here/lib/$name" "$work/lib/$name"
    done <"$here/libraries.txt"
}

link_libraries
export LD_LIBRARY_PATH=$work/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export VIN_MODEL_PATH=$here/models VIN_CACHE_DIR=$work/cache VIN_SHARED_DIR=$here/none

# The layer that we carry, else the machine's. Sets VIN_VALIDATION, and VK_LAYER_PATH for ours.
choose_validation()
{
    if [ "${VIN_VALIDATION:-1}" = 0 ]; then
        unset VIN_VALIDATION
        echo "validation layer: left out: VIN_VALIDATION=0"
        return
    fi
    export VIN_VALIDATION=1
    if [ -d "$here/layers" ] &&
        VK_LAYER_PATH=$here/layers "$here/bin/vin-inspect" --devices >/dev/null 2>&1; then
        export VK_LAYER_PATH=$here/layers
        echo "validation layer: the bundle's, $(cat "$here/layers/version.txt")"
    elif "$here/bin/vin-inspect" --devices >"$work/log" 2>&1; then
        echo "validation layer: the machine's"
    else
        unset VIN_VALIDATION
        echo "validation layer: left out: $(tail -n 1 "$work/log")"
    fi
}

n_passed=0 n_failed=0 n_skipped=0

# count NAME CODE FILE: the sub-tests of a program's TAP.
count()
{
    local ok skipped bad
    skipped=$(grep -ciE '^ok .*# skip' "$3")
    ok=$(grep -cE '^ok ' "$3")
    bad=$(grep -cE '^not ok ' "$3")
    if [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi
    n_passed=$((n_passed + ok - skipped))
    n_skipped=$((n_skipped + skipped))
    n_failed=$((n_failed + bad))
    printf '%-40s %s passed, %s failed, %s skipped\n' "$1" $((ok - skipped)) "$bad" "$skipped"
    grep -E '^not ok |^Bail out' "$3"
    if [ "$bad" -ne 0 ]; then
        tail -n 20 "$3"
    fi
}

# check LABEL PROGRAM [VARIABLE=VALUE...]
check()
{
    local label=$1 program=$2 log=$work/log
    shift 2
    env "$@" "$here/bin/$program" >"$log" 2>&1 </dev/null
    count "$program, $label" $? "$log"
}

# Is the kernel in this build? Those for which the GLSL compiler was too old are not.
has_kernel()
{
    ! VIN_KERNELS=$1 "$here/bin/vin-inspect" --plan 2>&1 | grep -q 'there is no kernel'
}

# Every program as it is; but for --quick, as if the device lacked a capability, and those of many
# operations with each kernel before all others.
run_checks()
{
    local path program word
    for path in "$here"/bin/check_* "$here"/bin/test_*; do
        program=${path##*/}
        check "as the device chooses" "$program"
        check "without capabilities" "$program" VIN_CAPS_MASK=all
    done
    if [ "$quick" = yes ]; then
        return
    fi
    while read -r word; do
        for path in "$here"/bin/check_*; do
            check "without $word" "${path##*/}" "VIN_CAPS_MASK=$word"
        done
    done <"$here/capabilities.txt"
    while read -r word; do
        if ! has_kernel "$word"; then
            echo "$word first: left out: the bundle was built without it"
            continue
        fi
        for program in "${of_kernels[@]}"; do
            check "$word first" "$program" "VIN_KERNELS=$word"
        done
    done <"$here/kernels.txt"
}

# row WHAT PRECISION BATCH [MS GPU_MS PER_SECOND]: a line of the table of times.
row()
{
    printf '%-20s %-8s %5s %12s %10s %10s\n' "$@"
}

left_out()
{
    printf '%-20s %-8s %5s left out: %s\n' "$@"
}

# number NAME: of the object that vin-bench printed, or nothing.
number()
{
    sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" "$work/json"
}

# vin_bench BATCH N ARGUMENT...: N batches; the object that it prints, or its last words.
vin_bench()
{
    local batch=$1 n=$2
    shift 2
    env -u VIN_VALIDATION "$here/bin/vin-bench" --json --size 224x224 --format RGB \
        --batch "$batch" --frames $((n * batch)) "$@" >"$work/json" 2>"$work/log"
}

# bench_batches MODEL LABEL PRECISION: one image at a time, then 32. As many batches as some seconds
# have room for, but two at least; none where even those would take minutes.
bench_batches()
{
    local model=$1 label=$2 batch n ms gpu rate
    local arguments=(--model "$model" --precision "$3")
    if ! vin_bench 1 2 "${arguments[@]}"; then
        left_out "$model" "$label" 1+32 "$(tail -n 1 "$work/log")"
        return
    fi
    rate=$(number fps)
    for batch in 1 32; do
        n=$(awk -v rate="$rate" -v batch="$batch" 'BEGIN {
            n = int(5 * rate / batch); print n > 200 ? 200 : n < 2 ? 2 : n }')
        if [ "$quick" = yes ]; then
            n=2
        fi
        if awk -v rate="$rate" -v batch="$batch" 'BEGIN { exit !(batch / rate > 40) }'; then
            left_out "$model" "$label" "$batch" "$(printf %.1f "$rate") images/s are too few for it"
        elif ! vin_bench "$batch" "$n" "${arguments[@]}"; then
            left_out "$model" "$label" "$batch" "$(tail -n 1 "$work/log")"
        else
            rate=$(number fps)
            ms=$(number median_ms) gpu=$(number gpu_median_ms)
            if [ "$batch" != 1 ]; then
                ms=$(awk -v n="$batch" -v rate="$rate" 'BEGIN { print 1e3 * n / rate }') gpu=
            fi
            row "$model" "$label" "$batch" "$(printf %.3f "$ms")" \
                "${gpu:+$(printf %.3f "$gpu")}" "$(printf %.1f "$rate")"
        fi
    done
}

# Matrix units by name, since a device may choose another kernel; only where some layer has them.
bench_matrices()
{
    local model=$1 why
    VIN_KERNELS=conv_coopmat "$here/bin/vin-inspect" --plan --precision fp16 "$model" \
        >"$work/plan" 2>&1
    if grep -Eq '^[^ ]+ [^ ]+ +conv_coopmat ' "$work/plan"; then
        VIN_KERNELS=conv_coopmat bench_batches "$model" coopmat fp16
        return
    fi
    why=$(sed -n 's/.*conv_coopmat: \([^;]*\).*/\1/p' "$work/plan" | head -n 1)
    left_out "$model" coopmat 1+32 "${why:-$(tail -n 1 "$work/plan")}"
}

run_benches()
{
    local model
    printf '\nOf 224x224 RGB frames in system memory, one after the other (batch 1) or as many as\n'
    printf 'fit (batch 32). "GPU ms" is pre-processing, network and top-k on the device alone.\n'
    row "" precision batch "ms a batch" "GPU ms" "images/s"
    for model in googlenet signal; do
        if [ "$model" = googlenet ] && [ ! -f "$here/models/googlenet.onnx" ]; then
            left_out googlenet all 1+32 "the bundle holds no such model"
            continue
        fi
        bench_batches "$model" fp32 fp32
        VIN_CAPS_MASK=cooperative-matrix bench_batches "$model" fp16 fp16
        bench_matrices "$model"
        bench_batches "$model" int8 int8
    done
}

# What peer_run.py said as a row, or the reason why there is none.
peer_row()
{
    python3 -c '
import json, statistics, sys
said = open(sys.argv[1]).read().splitlines() or ["it ended without a word"]
name, precision, batch = sys.argv[3:]
try:
    out = json.loads(open(sys.argv[2]).read().splitlines()[-1])
except (IndexError, ValueError):
    out = {"reason": said[-1]}
if "reason" in out:
    print("%-20s %-8s %5s left out: %s" % (name, precision, batch, out["reason"]))
else:
    ms = statistics.median(out["ms"])
    print("%-20s %-8s %5s %12.3f %10s %10.1f" % (name, precision, batch, ms, "-",
                                                 1e3 * int(batch) / ms))' \
        "$work/log" "$work/json" "$@"
}

# Other runtimes on googlenet, where the machine's Python has them. PyTorch's input and output are
# on the device, so its line is to be read beside "GPU ms".
run_peers()
{
    local runtime label precision batch why=
    if ! command -v python3 >/dev/null; then
        why="there is no python3"
    elif [ ! -f "$here/peers/googlenet.ncnn.bin" ]; then
        why="the bundle holds no network for it: run tests/bench/peers.py before bundle.sh"
    fi
    while read -r runtime label precision; do
        for batch in 1 32; do
            if [ -n "$why" ]; then
                left_out "$label" "$precision" "$batch" "$why"
            elif [ "$batch" != 1 ] && [ "$label" = ncnn-Vulkan ]; then
                left_out "$label" "$precision" "$batch" "ncnn runs one image at a time"
            else
                python3 "$here/peers/peer_run.py" "$runtime" "$here/peers" 2 3 20 "$batch" \
                    >"$work/json" 2>"$work/log" </dev/null
                peer_row "$label" "$precision" "$batch"
            fi
        done
    done <<'END'
torch-cuda PyTorch/cuDNN fp16
ncnn-vulkan-fp32 ncnn-Vulkan fp32
ncnn-vulkan ncnn-Vulkan fp16
END
}

load=$(cut -d' ' -f1 /proc/loadavg 2>/dev/null)
echo "$("$here/bin/vin-inspect" --version 2>&1), $(uname -m), load average ${load:-unknown}"
if ! "$here/bin/vin-inspect" --devices; then
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
choose_validation
if [ "$checks" = yes ]; then
    run_checks
fi
if [ "$bench" = yes ]; then
    run_benches
    run_peers
fi
printf '\n%d passed, %d failed, %d skipped\n' "$n_passed" "$n_failed" "$n_skipped"
[ "$n_failed" -eq 0 ]
