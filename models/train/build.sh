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
"$python" "$here/make_data.py" --photos "$work/photos" --out "$work/data" --shards "${SHARDS:-20}" --frames 500
"$python" "$here/train.py" --data "$work/data" --epochs "${EPOCHS:-14}" --save "$work/signal.pt" --onnx "$work/signal.onnx"
"$python" "$here/make_test.py" --photos "$work/photos" --out "$work/test" ${clips:+--clips "$clips"}
"$python" "$here/evaluate.py" --test "$work/test" --model "$work/signal.onnx" --picture "$work/signal"
