#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What part of the lines in src/ and plugin/ the tests run: builds for gcov in build-coverage/,
# runs every test, prints a line a folder and the files with the most that is missed. The exit
# code is 0 only when the whole reaches the mark. Failing tests are named, and change nothing else.
set -u
vin_program=coverage.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

usage()
{
    cat <<'END'
Usage: scripts/coverage.sh [--no-install] [--no-run] [--least PERCENT]

  --no-install     installs no Debian packages
  --no-run         counts what earlier runs in build-coverage/ have left
  --least PERCENT  the mark, by default 85
END
}

install=true run=true least=85
while [ $# -gt 0 ]; do
    case $1 in
    --no-install) install=false ;;
    --no-run) run=false ;;
    --least) least=${2:-}; shift ;;
    --help | -h) usage; exit 0 ;;
    *) vin_say "unknown option '$1' (see --help)"; exit 2 ;;
    esac
    shift
done
case $least in
"" | *[!0-9]*) vin_say "--least needs a whole number"; exit 2 ;;
esac

if $install; then
    vin_install build run test ci || exit 1
fi
dir=$vin_root/build-coverage
vin_compile "$dir" -Dplugin=enabled -Dtools=enabled -Db_coverage=true || exit 1
if $run; then
    find "$dir" -name '*.gcda' -delete
    (
        vin_environment "$dir"
        # What needs a build without gcov's own functions says so in its name.
        vin_step "tests for coverage" meson test -C "$dir" --no-rebuild --no-suite lint \
            --num-processes "${VIN_TEST_JOBS:-$(nproc)}" --timeout-multiplier 4
    ) || vin_say "not every test passed; the lines are counted all the same"
fi
# A header's inline function is counted with the file that holds it; generated code is left out.
gcovr --root "$vin_root" --object-directory "$dir" --filter "$vin_root/src/" \
    --filter "$vin_root/plugin/" --exclude "$dir/" --json-summary --output "$dir/coverage.json" \
    "$dir" || exit 1
exec python3 "$vin_root/scripts/coverage.py" "$dir/coverage.json" "$least"
