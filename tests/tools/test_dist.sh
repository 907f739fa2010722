#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# `meson dist` makes an archive with all that is committed and nothing else, which configures and
# whose lints find their files.
# usage: test_dist.sh SOURCE_ROOT VERSION
set -eu
source=$1 name=vkinception-$2
if ! command -v git >/dev/null || [ "$(git -C "$source" rev-parse --show-prefix 2>&1)" != "" ]; then
    echo "skipped: the source is no checkout of git"
    exit 77
fi
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

# A clone, since what is not committed does not belong to an archive.
git clone -q "$source" checkout
meson setup -Dtests=false -Dexamples=false checkout build >setup.log 2>&1 ||
    { tail -n 30 setup.log; exit 1; }
meson dist -C build --no-tests --formats gztar >dist.log 2>&1 || { tail -n 30 dist.log; exit 1; }
archive=build/meson-dist/$name.tar.gz
tar -tzf "$archive" | grep -v '/$' | sort >have
git -C checkout ls-files | sed "s|^|$name/|" | sort >want
diff want have
(cd build/meson-dist && sha256sum --quiet -c "$name.tar.gz.sha256sum")

# Reference data is no part of it, and nothing else of that size.
tar -tvzf "$archive" | awk '$3 > 4000000 { print "too large: " $0; found = 1 } END { exit found }'

# Below another checkout's folder, git names none of the archive's files: the lints see to that.
mkdir checkout/build-dist
tar -xzf "$archive" -C checkout/build-dist
meson setup -Dtests=false unpacked "checkout/build-dist/$name" >setup.log 2>&1 ||
    { tail -n 30 setup.log; exit 1; }
python3 "checkout/build-dist/$name/tests/lint/spdx.py"
