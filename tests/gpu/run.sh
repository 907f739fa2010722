#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Everything about kernels that a machine with a GPU can tell, out of a folder that
# tests/gpu/bundle.sh made: checks, under the validation layers where they are, with the kernels
# that the device chooses, with the plain ones and with each of the others; then times. The last
# line is "N passed, N failed, N skipped"; the exit code is 0 only when nothing failed.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
frames=50 quick=no checks=yes bench=yes
of_kernels=(check_conv check_gemm check_lrn check_plan check_pool)

usage()
{
    cat <<'END'
Usage: run.sh [--quick] [--no-checks] [--no-bench]

Checks every kernel on the Vulkan device and prints how fast GoogLeNet is there. Needs nothing but
a Vulkan driver and this folder.

  --quick      few frames, and no capability or kernel by itself
  --no-checks  only the times
  --no-bench   only the checks
  --help       this text

VIN_DEVICE names the device, where there are several. VIN_VALIDATION=0 leaves the validation layers
out.
END
}

for option in "$@"; do
    case $option in
    --quick) frames=5 quick=yes ;;
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
mkdir "$work/lib"
# A library that the machine has too is the machine's: its driver may want a newer one than ours.
known=$( (ldconfig -p || /sbin/ldconfig -p) 2>/dev/null)
for library in "$here"/lib/*; do
    name=${library##*/}
    case $name in
    libvkinception*) ;;
    *) case $known in *"	$name "*) continue ;; esac ;;
    esac
    ln -s "$library" "$work/lib/$name"
done
export LD_LIBRARY_PATH=$work/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export VIN_MODEL_PATH=$here/models VIN_CACHE_DIR=$work/cache VIN_SHARED_DIR=$here/none

has_validation_layer()
{
    local folder own=${XDG_DATA_HOME:-${HOME:-/none}/.local/share}
    for folder in /usr/share /etc /usr/local/share "$own"; do
        if [ -f "$folder/vulkan/explicit_layer.d/VkLayer_khronos_validation.json" ]; then
            return 0
        fi
    done
    return 1
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

# Every program as it is; but for --quick, those of the kernels as if the device lacked a
# capability, and with each kernel before all others.
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
        for program in "${of_kernels[@]}"; do
            check "without $word" "$program" "VIN_CAPS_MASK=$word"
        done
    done <"$here/capabilities.txt"
    while read -r word; do
        for program in "${of_kernels[@]}"; do
            check "$word first" "$program" "VIN_KERNELS=$word"
        done
    done <"$here/kernels.txt"
}

# bench_with TITLE ARGUMENT...
bench_with()
{
    local title=$1
    shift
    printf '\n%s\n' "$title"
    env -u VIN_VALIDATION "$here/bin/vin-bench" "$@" 2>&1 | sed 's/^/    /'
}

run_benches()
{
    local precision batch model precisions=fp32
    if "$here/bin/vin-bench" --help | grep -q -- --precision; then
        precisions="fp32 fp16 int8"
    fi
    for model in googlenet signal; do
        if [ "$model" = googlenet ] && [ ! -f "$here/models/googlenet.onnx" ]; then
            continue
        fi
        for precision in $precisions; do
            local arguments=(--model "$model" --size 224x224 --format RGB)
            if [ "$precisions" != fp32 ]; then
                arguments+=(--precision "$precision")
                if ! env -u VIN_VALIDATION "$here/bin/vin-bench" "${arguments[@]}" --frames 1 \
                    --warm-up 0 >"$work/log" 2>&1; then
                    printf '\n%s, %s: left out: %s\n' "$model" "$precision" \
                        "$(tail -n 1 "$work/log")"
                    continue
                fi
            fi
            for batch in 1 32; do
                bench_with "$model, $precision, batch $batch" "${arguments[@]}" \
                    --frames "$((batch == 1 ? frames : (frames + 9) / 10))" --batch "$batch"
            done
        done
    done
}

# Other runtimes, where the machine's Python has them.
run_peers()
{
    local runtime batch
    if [ ! -f "$here/peers/googlenet.ncnn.bin" ] || ! command -v python3 >/dev/null; then
        printf '\nother runtimes: left out: no python3, or the bundle holds no network for them\n'
        return
    fi
    for runtime in torch-cuda ncnn-vulkan-fp32; do
        for batch in 1 32; do
            if [ "$runtime" != torch-cuda ] && [ "$batch" != 1 ]; then
                continue
            fi
            printf '\n%s, batch %s\n    ' "$runtime" "$batch"
            # Of a JSON object: the reason, or the median of the times.
            python3 "$here/peers/peer_run.py" "$runtime" "$here/peers" 2 3 "$frames" "$batch" \
                2>"$work/log" | tail -n 1 | python3 -c '
import json, statistics, sys
said = open(sys.argv[1]).read().splitlines() or ["it ended without a word"]
out = json.loads(sys.stdin.read() or json.dumps({"reason": said[-1]}))
if "reason" in out:
    print("left out:", out["reason"])
else:
    print("%s: classes %s, median %.3f ms a batch" % (
        out["device"], out["classes"], statistics.median(out["ms"])))' "$work/log"
        done
    done
}

load=$(cut -d' ' -f1 /proc/loadavg 2>/dev/null)
echo "$("$here/bin/vin-inspect" --version 2>&1), $(uname -m), load average ${load:-unknown}"
if ! "$here/bin/vin-inspect" --devices; then
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
if [ "${VIN_VALIDATION:-1}" != 0 ] && has_validation_layer; then
    export VIN_VALIDATION=1
    echo "validation layers: on"
else
    unset VIN_VALIDATION
    echo "validation layers: not there, or switched off"
fi
if [ "$checks" = yes ]; then
    run_checks
fi
if [ "$bench" = yes ]; then
    run_benches
    run_peers
fi
printf '\n%d passed, %d failed, %d skipped\n' "$n_passed" "$n_failed" "$n_skipped"
[ "$n_failed" -eq 0 ]
