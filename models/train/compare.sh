#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Compares the ways from a frame to the network's input by equal small trainings: the same frames,
# steps and seeds, measured on the test set that build.sh left in the work folder.
#     models/train/compare.sh WORK-FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1
python=${PYTHON:-python3}
export OMP_WAIT_POLICY=PASSIVE
recipes="stretch128 area128 tiles2 tiles4 tiles8"
"$python" "$here/make_data.py" --photos "$work/photos" --out "$work/compare" --shards 4 \
    --frames 500 --all-kinds --recipes "$(echo $recipes | tr ' ' ',')"
for recipe in $recipes; do
    "$python" -W ignore "$here/train.py" --data "$work/compare" --recipe $recipe --bf16 \
        --batch 48 --epochs 4 --rate 3e-3 --save "$work/compare/$recipe.pt" \
        --onnx "$work/compare/$recipe.onnx" > "$work/compare/$recipe.log"
    echo "$recipe"
    "$python" "$here/evaluate.py" --test "$work/test" --groups 360p,1080p --recipe $recipe \
        --model "$work/compare/$recipe.onnx" --name $recipe
done
