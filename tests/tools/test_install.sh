#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `meson install` puts in place is all there, and a program builds against it.
# usage: test_install.sh SOURCE_ROOT BUILD_ROOT PREFIX LIBDIR CC
set -eu
source=$1 build=$2 prefix=$3 libdir=$4 cc=$5
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

meson install -C "$build" --no-rebuild --quiet --destdir "$place"
root=$place$prefix
missing=0
for file in "$libdir/libvkinception.so" "$libdir/pkgconfig/vkinception.pc" \
    "$libdir/gstreamer-1.0/libgstvkinception.so" bin/vin-tag bin/vin-bench bin/vin-inspect \
    share/man/man1/vin-tag.1 share/vkinception/models/googlenet.modelinfo \
    share/vkinception/models/imagenet_1000.txt include/vkinception/version.h; do
    if [ ! -e "$root/$file" ]; then
        echo "not installed: $file"
        missing=1
    fi
done
for header in "$source"/include/vkinception/*.h; do
    if [ ! -e "$root/include/vkinception/${header##*/}" ]; then
        echo "not installed: ${header##*/}"
        missing=1
    fi
done
[ "$missing" -eq 0 ]

# The .pc file of a staged installation, with the prefix it has at this moment.
pc=$place/pc
mkdir "$pc"
sed "s|^prefix=.*|prefix=$root|" "$root/$libdir/pkgconfig/vkinception.pc" >"$pc/vkinception.pc"
flags=$(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs vkinception)
# Flags and a compiler with its options are lists of words.
$cc -Wall -Werror "$source/examples/classify.c" -o "$place/classify" $flags
LD_LIBRARY_PATH=$root/$libdir "$place/classify" 2>&1 | grep -q '^usage'
