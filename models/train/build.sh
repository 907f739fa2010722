#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Rebuilds the model signal from nothing: pictures, training set, training, export, test set, evaluation.
#     models/train/build.sh WORK-FOLDER [FOLDER-WITH-THE-CLIPS]
# Needs Debian with apt-get (to download picture packages), ffmpeg, gst-launch-1.0 and the modules of requirements.txt.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1
clips=${2:-}
python=${PYTHON:-python3}
export OMP_WAIT_POLICY=PASSIVE
mkdir -p "$work"
"$python" "$here/make_data.py" --photos "$work/photos" --out "$work/data" --shards 12 --frames 500
"$python" "$here/make_data.py" --photos "$work/photos" --out "$work/data" --first 50 --shards 2 --frames 250 --part 2
# Rounds, each with a learning rate that rises and falls: the later ones weigh the second part more.
train() { "$python" -W ignore "$here/train.py" --data "$work/data" --batch 48 --bf16 "$@"; }
train --epochs 4 --rate 3e-3 --seed 7 --save "$work/w1.pt"
train --epochs 2 --rate 2e-3 --seed 8 --start "$work/w1.pt" --save "$work/w2.pt"
train --epochs 2 --rate 2e-3 --seed 9 --start "$work/w2.pt" --second-weight 2 --save "$work/w3.pt"
train --epochs 1 --rate 1e-3 --seed 10 --start "$work/w3.pt" --second-weight 3 --save "$work/w4.pt" --onnx "$work/signal.onnx"
"$python" "$here/make_test.py" --photos "$work/photos" --out "$work/test" --every 3 --clip-step 6 ${clips:+--clips "$clips"}
"$python" "$here/evaluate.py" --test "$work/test" --model "$work/signal.onnx" --picture "$work/signal"
