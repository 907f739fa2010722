#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs freshly built Debian packages into a system that lies in a folder, where there is no
# build tree, and runs there what debian/tests/control lists. For root, since it uses chroot.
set -eu
program=try-packages.sh
root_of_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage()
{
    cat <<'END'
Usage: scripts/try-packages.sh SYSTEM DEB...

  SYSTEM  folder of a Debian system, for instance of
          debootstrap --variant=minbase trixie SYSTEM; packages are installed into it
  DEB     the packages that dpkg-buildpackage has made
END
}

# What the tests need, from the fields of debian/tests/control.
test_dependencies()
{
    awk '/^Depends:/ { on = 1; sub(/^Depends:/, "") } /^[A-Z].*:/ { on = 0 } on' \
        "$root_of_source/debian/tests/control" | tr -d ' \n' | tr ',' '\n' | sort -u
}

test_names()
{
    sed -n 's/^Tests: *//p' "$root_of_source/debian/tests/control"
}

inside()
{
    chroot "$system" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

leave()
{
    local folder
    for folder in sys dev proc; do
        umount -l "$system/$folder" 2>/dev/null || true
    done
}

case ${1:-} in
--help | -h) usage; exit 0 ;;
esac
if [ $# -lt 2 ] || [ ! -d "$1/var/lib/dpkg" ]; then
    usage >&2
    exit 2
fi
system=$1
shift

rm -rf "$system/tmp/packages" "$system/tmp/source"
mkdir -p "$system/tmp/packages" "$system/tmp/source"
for deb; do
    case $deb in
    *-dbgsym_*) ;;
    *) cp "$deb" "$system/tmp/packages/" ;;
    esac
done
cp -r "$root_of_source/README.md" "$root_of_source/debian" "$root_of_source/examples" \
    "$system/tmp/source/"
trap leave EXIT
for folder in proc dev sys; do
    mount --rbind "/$folder" "$system/$folder"
    mount --make-rslave "$system/$folder"
done
cp /etc/resolv.conf "$system/etc/resolv.conf"

log=$system/tmp/packages.log
if ! { inside apt-get update && inside sh -c 'apt-get install -y --no-install-recommends \
        /tmp/packages/*.deb "$@"' sh $(test_dependencies); } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    printf '%s: failed: install the packages (whole log: %s)\n' "$program" "$log" >&2
    exit 1
fi
for name in $(test_names); do
    inside sh -c 'cd /tmp/source && exec "debian/tests/$1"' sh "$name"
    printf '%s: passed: %s\n' "$program" "$name"
done
