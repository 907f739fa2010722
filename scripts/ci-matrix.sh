#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The cells of the build matrix: one compiler or one set of options each, in a build folder of
# its own, every warning an error. .github/workflows/ci.yml runs each on each Debian release.
set -u
vin_program=ci-matrix.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

# name | compiler | what is run: lint, quick (lint, unit) or all | options
cells()
{
    cat <<'END'
gcc           | gcc   | all   | -Dplugin=enabled -Dtools=enabled -Dvulkan-memory=enabled
clang         | clang | all   | -Dplugin=enabled -Dtools=enabled -Dvulkan-memory=enabled
sanitizers    | gcc   | all   | -Db_sanitize=address,undefined -Db_lundef=false
fuzz          | clang | none  | -Dfuzz=true -Dtools=disabled -Db_sanitize=address -Db_lundef=false
static        | gcc   | quick | -Ddefault_library=static
release       | gcc   | quick | -Dbuildtype=release -Db_ndebug=true
no-plugin     | gcc   | quick | -Dplugin=disabled
no-analytics  | gcc   | quick | -Danalytics=disabled
no-vulkan-mem | gcc   | quick | -Dvulkan-memory=disabled
no-tools      | gcc   | quick | -Dtools=disabled
no-man        | gcc   | quick | -Dman=false
no-examples   | gcc   | quick | -Dexamples=false
no-tests      | gcc   | none  | -Dtests=false
library-only  | gcc   | quick | -Dplugin=disabled -Dtools=disabled -Dman=false -Dexamples=false
END
}

usage()
{
    cat <<'END'
Usage: scripts/ci-matrix.sh [--no-install] [--quick] CELL...
       scripts/ci-matrix.sh --list

Builds and tests cells of the matrix, in build-ci-CELL/.

  --list        the names of the cells
  --no-install  installs no Debian packages
  --quick       in every cell only the tests that need no device
END
}

names()
{
    cells | sed 's/ .*//'
}

# cell_field NAME NUMBER
cell_field()
{
    cells | awk -F ' *[|] *' -v name="$1" -v field="$2" '$1 == name { print $field }'
}

# What was built is checked against what was asked for: an option that does nothing is red.
check_result()
{
    local dir=$1 name=$2 bad=
    [ -e "$dir/plugin/libgstvkinception.so" ] && local plugin=yes || local plugin=no
    [ -e "$dir/src/tools/vin-tag" ] && local tools=yes || local tools=no
    [ -e "$dir/examples/classify" ] && local examples=yes || local examples=no
    [ -e "$dir/src/libvkinception.so" ] && local shared=yes || local shared=no
    local have="$plugin $tools $examples $shared" want="yes yes yes yes"
    case $name in
    no-plugin) want="no yes yes yes" ;;
    no-tools | fuzz) want="yes no yes yes" ;;
    no-examples) want="yes yes no yes" ;;
    library-only) want="no no no yes" ;;
    static) want="yes yes yes no" ;;
    esac
    if [ "$have" != "$want" ]; then
        vin_say "$name: plugin, tools, examples, shared library are '$have', not '$want'"
        return 1
    fi
    if meson introspect --installed "$dir" | grep -q 'man/man1/'; then
        case $name in
        no-tools | no-man | library-only) bad="manual pages are installed" ;;
        esac
    elif [ "$tools" = yes ] && [ "$name" != no-man ]; then
        bad="no manual page is installed"
    fi
    case $name in
    no-analytics) grep -q '^#define VIN_HAVE_GST_ANALYTICS' "$dir/config.h" && bad="analytics" ;;
    no-vulkan-mem) grep -q '^#define VIN_HAVE_GST_VULKAN' "$dir/config.h" && bad="Vulkan memory" ;;
    no-tests) [ -e "$dir/tests" ] && bad="tests are built" ;;
    esac
    [ -z "$bad" ] || vin_say "$name: $bad"
    [ -z "$bad" ]
}

# The same environment as tests/run.sh --full gives to the sanitizers.
sanitizer_environment()
{
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 GST_REGISTRY_FORK=no
    export LSAN_OPTIONS=suppressions=$vin_root/tests/lsan.supp:print_suppressions=0
    export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:quarantine_size_mb=16
}

run_tests()
{
    local dir=$1 name=$2 what=$3 suites=()
    case $what in
    none) return 0 ;;
    quick) suites=(--suite lint --suite unit) ;;
    esac
    (
        if [ "$name" = sanitizers ]; then
            sanitizer_environment
            suites+=(--timeout-multiplier 5)
            [ "$what" = quick ] || suites+=(--no-suite lint)
        fi
        vin_environment "$dir"
        vin_step "test $name" meson test -C "$dir" --no-rebuild --print-errorlogs "${suites[@]}"
    )
}

run_cell()
{
    local name=$1 dir=$vin_root/build-ci-$1 compiler what options
    compiler=$(cell_field "$name" 2)
    what=$(cell_field "$name" 3)
    options=$(cell_field "$name" 4)
    if $quick && [ "$what" = all ]; then
        what=quick
    fi
    # Options are a list of words.
    CC=$compiler vin_compile "$dir" -Dwerror=true $options || return 1
    check_result "$dir" "$name" || return 1
    run_tests "$dir" "$name" "$what" || return 1
    vin_say "passed: $name ($what)"
}

install=true quick=false wanted=()
while [ $# -gt 0 ]; do
    case $1 in
    --list) names; exit 0 ;;
    --no-install) install=false ;;
    --quick) quick=true ;;
    --help | -h) usage; exit 0 ;;
    -*) vin_say "unknown option '$1' (see --help)"; exit 2 ;;
    *)
        if [ -z "$(cell_field "$1" 2)" ]; then
            vin_say "there is no cell '$1'; there are:" $(names)
            exit 2
        fi
        wanted+=("$1")
        ;;
    esac
    shift
done
if [ ${#wanted[@]} -eq 0 ]; then
    vin_say "which cell? --list names them"
    exit 2
fi
if $install; then
    vin_install build run test ci || exit 1
fi
failed=0
for name in "${wanted[@]}"; do
    run_cell "$name" || failed=1
done
exit $failed
