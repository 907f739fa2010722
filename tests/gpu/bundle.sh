#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Packs what tests/gpu/run.sh needs into one folder: the checks of every kernel, the tools, the
# models, the libraries they are linked with and the validation layer, so that a machine with a GPU
# needs nothing but its Vulkan driver.
set -eu
shopt -s nullglob
vin_program=bundle.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/setup.sh"

usage()
{
    cat <<'END'
Usage: tests/gpu/bundle.sh [BUILD_FOLDER [BUNDLE_FOLDER]]

Fills BUNDLE_FOLDER (default: gpu-bundle in the build folder) from BUILD_FOLDER (default: build),
which has to be built, on a system whose C library is no newer than that of the machine that will
run it. VIN_SHARED_DIR names the folder of reference data (default: ../shared). What
tests/bench/peers.py left in the build folder goes along, so that PyTorch and ncnn can be measured
where their Python packages are.
END
}

case ${1:-} in
--help) usage; exit 0 ;;
-*) vin_say "unknown option '$1'"; usage >&2; exit 2 ;;
esac
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(realpath "${1:-$root/build}")
bundle=$(realpath -m "${2:-$build/gpu-bundle}")
shared=${VIN_SHARED_DIR:-$root/../shared}
tests=(vk pipelines engine engine_facts heads selecting sharing)

if [ ! -x "$build/tests/checkgpu/check_conv" ]; then
    vin_say "$build holds no built tests; run: meson setup build && ninja -C build"
    exit 1
fi

# libraries PROGRAM...: what they are linked with, but for the C library, which every machine has.
libraries()
{
    ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
        grep -Ev '/(libc|libm|libdl|librt|libpthread|libvkinception)\.so'
}

# The layer beside its manifest, whatever the folder is called then.
copy_validation_layer()
{
    local manifest library
    for manifest in /usr/share /etc /usr/local/share; do
        manifest=$manifest/vulkan/explicit_layer.d/VkLayer_khronos_validation.json
        if [ -f "$manifest" ]; then
            break
        fi
    done
    library=$(ldconfig -p 2>/dev/null | awk '/libVkLayer_khronos_validation/ { print $NF; exit }')
    library=${library:-$(find /usr/lib /usr/local/lib -name libVkLayer_khronos_validation.so \
        -print -quit 2>/dev/null)}
    if [ ! -f "$manifest" ] || [ -z "$library" ]; then
        vin_say "the validation layer is left out: vulkan-validationlayers is not installed"
        return
    fi
    mkdir -p "$bundle/layers"
    cp -L "$library" "$bundle/layers/"
    sed 's|"library_path": *"[^"]*"|"library_path": "./libVkLayer_khronos_validation.so"|' \
        "$manifest" >"$bundle/layers/${manifest##*/}"
    sed -n 's/.*"api_version": *"\([^"]*\)".*/\1/p' "$manifest" | head -n 1 \
        >"$bundle/layers/version.txt"
}

rm -rf "$bundle"
mkdir -p "$bundle/bin" "$bundle/lib" "$bundle/models" "$bundle/peers"
find "$build/tests/checkgpu" -maxdepth 1 -type f -perm -u+x -name 'check_*' \
    -exec cp {} "$bundle/bin/" \;
for name in "${tests[@]}"; do
    cp "$build/tests/checkgpu/test_$name" "$bundle/bin/"
done
for name in vin-bench vin-inspect vin-tag; do
    cp "$build/src/tools/$name" "$bundle/bin/"
done
copy_validation_layer
# With the version that the file's name has: run.sh takes the newer one of ours and the machine's.
libraries "$bundle"/bin/* "$bundle"/layers/*.so | while read -r path; do
    cp -L "$path" "$bundle/lib/"
    printf '%s %s\n' "${path##*/}" "$(basename "$(readlink -f "$path")")"
done >"$bundle/libraries.txt"
cp -L "$build"/src/libvkinception.so.0 "$bundle/lib/"
cp "$root"/models/*.modelinfo "$root"/models/*.txt "$bundle/models/" 2>/dev/null || true
if [ -f "$shared/models/googlenet.onnx" ]; then
    cp "$shared/models/googlenet.onnx" "$bundle/models/"
else
    vin_say "GoogLeNet is left out: there is no $shared/models/googlenet.onnx"
fi
sed -n 's/^    \.name = "\([a-z0-9_]*\)",$/\1/p' "$root"/src/kernels/*.c | sort -u \
    >"$bundle/kernels.txt"
sed -n 's/^| [0-9a-f]* | `\([a-z0-9-]*\)` |.*/\1/p' "$root/docs/environment.md" \
    >"$bundle/capabilities.txt"
cp "$root/tests/gpu/run.sh" "$bundle/"
cp "$root/tests/bench/peer_run.py" "$bundle/peers/"
if [ -f "$build/bench/googlenet.ncnn.bin" ]; then
    cp "$build"/bench/googlenet{.ncnn.bin,.ncnn.param,.pnnx.bin,_pnnx.py} \
        "$build"/bench/input*.npy "$bundle/peers/"
fi
du -sh "$bundle" | awk '{ print $2 ": " $1 }'
