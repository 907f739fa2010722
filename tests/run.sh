#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs what is missing, builds, runs every test. The last line of output is
# "N passed, N failed, N skipped"; the exit code is 0 only when nothing failed.
set -u
vin_program=run.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/setup.sh"

usage()
{
    cat <<'END'
Usage: tests/run.sh [--full]

Installs the missing Debian packages, builds into build/ and runs every test there.

  --full   also the long tests, and everything once more with the address and
           undefined-behaviour sanitizers (in build-asan/)
  --help   this text

Vulkan's validation layer is on, and its errors are fatal, where it is installed;
VIN_VALIDATION=0 switches it off. VIN_SHARED_DIR names the folder of reference data.
END
}

# The end when there are no tests to count: the last line keeps its form.
give_up()
{
    printf '0 passed, 1 failed, 0 skipped\n'
    exit 1
}

has_validation_layer()
{
    local folder
    for folder in /usr/share /etc /usr/local/share; do
        if [ -f "$folder/vulkan/explicit_layer.d/VkLayer_khronos_validation.json" ]; then
            return 0
        fi
    done
    return 1
}

# run_suite DIR FACTOR NAME ARGUMENT...: tests of a build; timeouts are FACTOR times as long. NAME
# keeps the logs of several runs apart, ARGUMENTs go to meson test.
run_suite()
{
    local dir=$1 factor=$2 name=$3 output=$vin_logs/test-$3.log log=$1/meson-logs/testlog.json
    shift 3
    rm -f "$log"
    if ! (
        vin_environment "$dir"
        exec meson test -C "$dir" --no-rebuild --timeout-multiplier "$factor" \
            --print-errorlogs "$@"
    ) >"$output" 2>&1 </dev/null; then
        tail -n 100 "$output"
        vin_say "failed: tests in ${dir##*/} (whole log: $output)"
        failed=1
    fi
    if [ -f "$log" ]; then
        mv "$log" "$vin_logs/test-$name.json"
        test_logs+=("$vin_logs/test-$name.json")
    fi
}

# Leaks inside drivers are not ours: tests/lsan.supp lists them. GStreamer keeps memory for ever
# that cannot be told apart by its stacks, so no leaks are looked for where it runs. Its helper
# program has no sanitizer, so plugins are looked at without it.
run_sanitized()
{
    local dir=$vin_root/build-asan
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    export LSAN_OPTIONS=suppressions=$vin_root/tests/lsan.supp:print_suppressions=0
    export GST_REGISTRY_FORK=no
    vin_compile "$dir" -Dplugin=enabled -Dtools=enabled -Db_sanitize=address,undefined \
        -Db_lundef=false || give_up
    # The default quarantine of freed memory grows to gigabytes over a clip.
    local small=quarantine_size_mb=16
    export ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:$small
    run_suite "$dir" 5 asan --no-suite lint --no-suite plugin --no-suite tools
    export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:$small
    run_suite "$dir" 5 asan-gst --suite plugin --suite tools
}

full=false
case "${1:-}" in
"") ;;
--full) full=true ;;
--help | -h) usage; exit 0 ;;
*) vin_say "unknown option '$1' (see --help)"; give_up ;;
esac

if [ -n "${VIN_SHARED_DIR:-}" ]; then
    VIN_SHARED_DIR=$(realpath -m "$VIN_SHARED_DIR")
    export VIN_SHARED_DIR
fi
vin_install build run test || give_up
vin_compile "$vin_build" -Dplugin=enabled -Dtools=enabled || give_up
if [ -z "${VIN_VALIDATION:-}" ] && has_validation_layer; then
    export VIN_VALIDATION=1
fi
if $full; then
    export VIN_TEST_FULL=1
fi

failed=0
test_logs=()
run_suite "$vin_build" 1 all
if $full; then
    run_sanitized
fi
python3 "$vin_root/tests/summary.py" "${test_logs[@]}" || failed=1
exit $failed
