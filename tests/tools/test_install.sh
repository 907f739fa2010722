#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `meson install` puts in place is all there, knows nothing of the source tree, and is enough
# for the C examples: each is built with what pkg-config says, and run.
# usage: test_install.sh SOURCE_ROOT BUILD_ROOT PREFIX LIBDIR CC WRITE_MODEL
set -eu
source=$1 build=$2 prefix=$3 libdir=$4 cc=$5 write_model=$(realpath "$6")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

fail()
{
    echo "$*"
    exit 1
}

meson install -C "$build" --no-rebuild --quiet --destdir "$place/stage"
root=$place/stage$prefix
missing=0
for file in "$libdir/libvkinception.so" "$libdir/libvkinception.so.0" \
    "$libdir/pkgconfig/vkinception.pc" "$libdir/gstreamer-1.0/libgstvkinception.so" \
    bin/vin-tag bin/vin-bench bin/vin-inspect share/man/man1/vin-tag.1 \
    share/bash-completion/completions/vin-tag share/bash-completion/completions/vin-bench \
    share/bash-completion/completions/vin-inspect \
    share/vkinception/models/googlenet.modelinfo \
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

# Nothing names the source tree or the build folder, beside what debuggers read.
find "$root" -type f | while IFS= read -r file; do
    cp "$file" "$place/file"
    strip --strip-debug "$place/file" 2>/dev/null || : # of a text there is nothing to strip
    if grep -aqF -e "$source/" -e "$build/" "$place/file"; then
        echo "names the source tree or the build folder: $file"
        grep -aoF -e "$source/" -e "$build/" "$place/file" | sort | uniq -c
        exit 1
    fi
done

# From here on as in a folder of a user: nothing set that points to the build, installed or not.
unset VIN_SOURCE_MODELS VIN_MODEL_PATH GST_PLUGIN_PATH GST_PLUGIN_PATH_1_0
LD_LIBRARY_PATH=$root/$libdir
GST_PLUGIN_PATH=$root/$libdir/gstreamer-1.0
GST_REGISTRY=$place/registry.bin
export LD_LIBRARY_PATH GST_PLUGIN_PATH GST_REGISTRY
cd "$place"

# Models are looked for where they were installed, and not in the source tree.
if "$root/bin/vin-inspect" no-such-model >out 2>&1; then
    fail "vin-inspect knows a model that is nowhere"
fi
grep -qF "$prefix/share/vkinception/models" out || fail "does not look in the prefix: $(cat out)"
if grep -qF "$source" out; then
    fail "looks in the source tree: $(cat out)"
fi
VIN_SOURCE_MODELS=/of/the/source "$root/bin/vin-inspect" no-such-model 2>&1 |
    grep -qF /of/the/source || fail "VIN_SOURCE_MODELS is not searched"

# The .pc file of a staged installation, with the prefix it has at this moment.
mkdir pc
sed "s|^prefix=.*|prefix=$root|" "$root/$libdir/pkgconfig/vkinception.pc" >pc/vkinception.pc
PKG_CONFIG_PATH=$place/pc${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH

# compile NAME MODULE...: an example copied out of the tree, with these modules' flags only.
compile()
{
    name=$1
    shift
    cp "$source/examples/$name.c" .
    # Flags and a compiler with its options are lists of words.
    $cc -Wall -Wextra -Wno-unused-parameter -Werror "$name.c" -o "$name" \
        $(pkg-config --cflags --libs "$@")
}

compile classify vkinception
compile pad-probe vkinception gstreamer-1.0
compile objects vkinception gstreamer-video-1.0
if ldd ./classify | grep -F libgst; then
    fail "classify needs GStreamer"
fi
ldd ./classify | grep -qF "$root/$libdir/libvkinception.so.0" ||
    fail "not linked by the soname: $(ldd ./classify)"

if ! "$root/bin/vin-inspect" --devices >/dev/null 2>&1; then
    echo "installed and built; not run: no Vulkan device"
    exit 77
fi
"$write_model" tiny.onnx 4
printf 'red\ngreen\nblue\nother\n' >tiny.labels
printf '\0\0\377%.0s' $(seq 200) >blue.rgb
./classify "$place/tiny.onnx" blue.rgb 20 10 2>err >out || fail "classify: $(cat err)"
head -n 1 out | grep -q ' blue$' || fail "classify: $(cat out)"
./pad-probe "$place/tiny.onnx" 2>err >out || fail "pad-probe: $(cat err)"
[ "$(grep -c 's  blue 0' out)" -eq 10 ] && grep -qx '10 frames' out || fail "pad-probe: $(cat out)"
./objects "$place/tiny.onnx" 2>err >out || fail "objects: $(cat err)"
[ "$(grep -c 's  blue [01].*  red [01].*  green [01]' out)" -eq 10 ] || fail "objects: $(cat out)"
