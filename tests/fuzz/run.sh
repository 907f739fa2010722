#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds the fuzz targets with clang and the address and undefined-behaviour sanitizers into
# build-fuzz/ and runs them, one after the other. The corpus grows in build-fuzz/corpus/; what
# makes a target fail lies in build-fuzz/crashes/, and then the exit code is 1.
#
# usage: tests/fuzz/run.sh SECONDS [TARGET...]
#        tests/fuzz/run.sh --merge [TARGET...]   smallest corpus with the same coverage into seeds/
set -eu
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$folder/../.." && pwd)
build=$root/build-fuzz
all="caps labels model selection sidecar"

usage()
{
    sed -n 's/^# usage: /usage: /p; s/^#        tests/       tests/p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

compile()
{
    if [ ! -f "$build/build.ninja" ]; then
        CC=clang meson setup "$build" "$root" -Dfuzz=true -Dtools=disabled -Dplugin=auto \
            -Dexamples=false -Dman=false -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
    fi
    # shellcheck disable=SC2086
    ninja -C "$build" -j2 $(printf 'tests/fuzz/fuzz-%s ' $targets) >"$build/compile.log" ||
        { tail -n 40 "$build/compile.log"; exit 1; }
}

dictionary_of()
{
    if [ "$1" = model ]; then echo "$folder/onnx.dict"; else echo "$folder/text.dict"; fi
}

# Seeds stay small, so that the tree does: 4 KiB a file, which is also the longest input tried.
max_len_of()
{
    if [ "$1" = model ]; then echo 16384; else echo 4096; fi
}

# GStreamer 1.22 loses parts of caps that it cannot parse, GLib the old tables of its names.
leaks_of()
{
    if [ "$1" = caps ]; then echo 0; else echo 1; fi
}

fuzz()
{
    local name=$1 log=$build/fuzz-$1.log status=0
    mkdir -p "$build/corpus/$name" "$build/crashes"
    ASAN_OPTIONS=$asan_options:detect_leaks=$(leaks_of "$name") \
        "$build/tests/fuzz/fuzz-$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 \
        -malloc_limit_mb=512 -max_len="$(max_len_of "$name")" -print_final_stats=1 \
        -detect_leaks="$(leaks_of "$name")" -dict="$(dictionary_of "$name")" \
        -artifact_prefix="$build/crashes/$name-" \
        "$build/corpus/$name" "$folder/seeds/$name" >"$log" 2>&1 || status=1
    printf '%s: %s executions, coverage %s, corpus %s, exit code %s\n' "$name" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)" \
        "$(grep -o 'cov: [0-9]* ft: [0-9]*' "$log" | tail -n 1)" \
        "$(find "$build/corpus/$name" -type f | wc -l)" "$status"
    if [ "$status" -ne 0 ]; then
        grep -E 'ERROR|SUMMARY|Test unit written' "$log" || tail -n 20 "$log"
        failed=1
    fi
}

merge()
{
    local name=$1 fresh=$build/merged/$1 small=$build/small/$1
    rm -rf "$fresh" "$small"
    mkdir -p "$fresh" "$small"
    # Coverage without counters: a corpus of the size of a source tree.
    find "$build/corpus/$name" -type f -size -4097c -exec cp -t "$small" {} +
    ASAN_OPTIONS=$asan_options:detect_leaks=0 \
        "$build/tests/fuzz/fuzz-$name" -merge=1 -use_counters=0 -timeout=5 -rss_limit_mb=1024 \
        "$fresh" "$folder/seeds/$name" "$small" >"$build/merge-$name.log" 2>&1
    cp -n "$fresh"/* "$folder/seeds/$name/"
    printf '%s: %s seeds, %s bytes\n' "$name" "$(find "$folder/seeds/$name" -type f | wc -l)" \
        "$(cat "$folder/seeds/$name"/* | wc -c)"
}

[ $# -ge 1 ] || usage
seconds=$1
shift
targets=${*:-$all}
failed=0
asan_options=allocator_may_return_null=1:quarantine_size_mb=16
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export G_SLICE=always-malloc VIN_MODEL_PATH=
case $seconds in
--merge)
    for name in $targets; do merge "$name"; done ;;
*[!0-9]*) usage ;;
*)
    compile
    for name in $targets; do fuzz "$name"; done ;;
esac
exit "$failed"
