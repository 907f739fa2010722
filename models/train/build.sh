#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Rebuilds the model signal from nothing: pictures, training set, training, export, test set,
# evaluation.
#     models/train/build.sh WORK-FOLDER [FOLDER-WITH-THE-CLIPS]
# Needs Debian with apt-get (to download picture packages), ffmpeg, gst-launch-1.0 and the modules
# of requirements.txt.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1
clips=${2:-}
python=${PYTHON:-python3}
export OMP_WAIT_POLICY=PASSIVE
mkdir -p "$work"
data() { "$python" "$here/make_data.py" --photos "$work/photos" --out "$work/data" "$@"; }
data --shards 12 --frames 500
data --first 50 --shards 2 --frames 250 --part 2
data --first 70 --shards 8 --frames 400 --part 3
data --first 90 --shards 2 --frames 260 --part 4
data --first 95 --shards 2 --frames 140 --part 5
# Rounds, each with a learning rate that rises and falls: the later ones weigh the later parts more.
train() { "$python" -W ignore "$here/train.py" --data "$work/data" --bf16 "$@"; }
train --epochs 4 --batch 48 --rate 3e-3 --seed 7 --save "$work/w1.pt"
train --epochs 3 --batch 48 --rate 2e-3 --seed 8 --start "$work/w1.pt" --save "$work/w2.pt"
train --epochs 2 --batch 64 --rate 2.5e-3 --seed 11 --start "$work/w2.pt" --second-weight 2 \
    --save "$work/w3.pt"
train --epochs 2 --batch 64 --rate 2e-3 --seed 12 --start "$work/w3.pt" --second-from s090 \
    --second-weight 4 --save "$work/w4.pt"
train --epochs 1 --batch 64 --rate 1.5e-3 --seed 13 --start "$work/w4.pt" --second-from s090 \
    --second-weight 4 --save "$work/w5.pt" \
    --onnx "$work/signal.onnx"
"$python" "$here/make_test.py" --photos "$work/photos" --out "$work/test" --every 3 \
    --clip-step 6 ${clips:+--clips "$clips"}
"$python" "$here/evaluate.py" --test "$work/test" --model "$work/signal.onnx" \
    --picture "$work/signal"
