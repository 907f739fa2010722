# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Shell functions that examples/tag-video.sh and tests/run.sh share: install what is
# missing, build, set up the environment. Sourced by bash, never run. Quiet on success; a
# step that fails is named and the end of its log shown.

vin_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
vin_build=$vin_root/build
vin_logs=$vin_build/script-logs

vin_say()
{
    printf '%s: %s\n' "$vin_program" "$*" >&2
}

# vin_step NAME COMMAND...: runs a command with its output in a log file.
vin_step()
{
    local name=$1 log
    shift
    log=$vin_logs/${name// /-}.log
    mkdir -p "$vin_logs"
    if ! "$@" >"$log" 2>&1 </dev/null; then
        tail -n 30 "$log" >&2
        vin_say "failed: $name (whole log: $log)"
        return 1
    fi
}

vin_debian_release()
{
    local version
    version=$(. /etc/os-release 2>/dev/null; printf '%s' "${VERSION_ID:-}")
    printf '%s' "${version%%.*}"
}

# vin_wanted_packages GROUP...: the package names of these groups for this release.
vin_wanted_packages()
{
    awk -v groups=" $* " -v release="$(vin_debian_release)" '
        /^#/ || NF < 3 { next }
        index(groups, " " $1 " ") && ($2 == "all" || index("," $2 ",", "," release ",")) {
            print $3
        }' "$vin_root/scripts/packages.txt"
}

vin_missing_packages()
{
    local package
    for package in $(vin_wanted_packages "$@"); do
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            printf '%s\n' "$package"
        fi
    done
}

vin_apt()
{
    local run=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@")
    if [ "$(id -u)" -ne 0 ]; then
        run=(sudo "${run[@]}")
    fi
    "${run[@]}"
}

# vin_install GROUP...: installs the missing packages of these groups, saying which.
vin_install()
{
    local missing
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        vin_say "this is not Debian: install the equivalents of scripts/packages.txt yourself"
        return 0
    fi
    missing=$(vin_missing_packages "$@")
    if [ -z "$missing" ]; then
        return 0
    fi
    vin_say "installing Debian packages:" $missing
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        vin_say "failed: install packages: neither root nor sudo here; install them yourself"
        return 1
    fi
    rm -f "$vin_build/.configured-as"
    vin_step "update the package lists" vin_apt update || return 1
    vin_step "install packages" vin_apt install -y --no-install-recommends $missing
}

# vin_compile DIR OPTION...: configures DIR once for these options, and builds it. The tests' folder
# of reference data is read while configuring, so that another one makes it happen again.
vin_compile()
{
    local dir=$1 mark=$1/.configured-as again=() want
    shift
    want="$* ${VIN_SHARED_DIR:-}"
    if [ ! -f "$dir/build.ninja" ] || [ "$(cat "$mark" 2>/dev/null)" != "$want" ]; then
        if [ -f "$dir/build.ninja" ]; then
            again=(--reconfigure)
        fi
        vin_step "configure ${dir##*/}" \
            meson setup "${again[@]}" "$dir" "$vin_root" "$@" || return 1
        printf '%s\n' "$want" >"$mark"
    fi
    vin_step "build ${dir##*/}" ninja -C "$dir"
}

# vin_environment DIR: lets GStreamer find the plugin built in DIR, beside the system's, and the
# library the project's sidecars and labels. meson devenv does the same.
vin_environment()
{
    export GST_PLUGIN_PATH=$1/plugin${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}
    export GST_REGISTRY=$1/gst-registry.bin
    export PATH=$1/src/tools:$PATH
    export VIN_SOURCE_MODELS=$vin_root/models
}
