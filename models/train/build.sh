#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Rebuilds the model signal from nothing: pictures, training set, training, export, test sets,
# evaluation.
#     models/train/build.sh WORK-FOLDER [FOLDER-WITH-THE-CLIPS]
# Needs Debian with apt-get (to download picture packages), ffmpeg, gst-launch-1.0 and the modules
# of requirements.txt. Called again after it was stopped, it goes on where it was: at the next
# shard of the training set, the next epoch, the next photograph of the test set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1
clips=${2:-}
python=${PYTHON:-python3}
export OMP_WAIT_POLICY=PASSIVE
mkdir -p "$work"
start=$(date +%s)
step() { echo "[$1, after $((($(date +%s) - start) / 60)) min] $2"; }

data() { "$python" "$here/make_data.py" --photos "$work/photos" --out "$work/data" "$@"; }
step "1 of 7" "training set"
data --shards 12 --frames 500
data --first 50 --shards 2 --frames 250 --part 2
data --first 70 --shards 8 --frames 400 --part 3
data --first 90 --shards 2 --frames 260 --part 4
data --first 95 --shards 4 --frames 300 --part 5

# Four rounds, each with a learning rate that rises and falls. The second weighs what lies near the
# borders between the classes more, the others what the one before still took for another class.
train() { "$python" -W ignore "$here/train.py" --data "$work/data" --bf16 --batch 64 "$@"; }
step "2 of 7" "first round"
train --epochs 9 --rate 3e-3 --seed 7 --save "$work/w1.pt"
step "3 of 7" "second round"
train --epochs 2 --rate 1.5e-3 --seed 8 --start "$work/w1.pt" --second-from s090 \
    --second-weight 3 --save "$work/w2.pt"
step "4 of 7" "third round, with a sixth part"
data --first 99 --shards 2 --frames 300 --part 6
train --epochs 2 --rate 1e-3 --seed 9 --start "$work/w2.pt" --second-from s095 \
    --second-weight 4 --save "$work/w3.pt"
step "5 of 7" "fourth round, with a seventh part"
data --first 101 --shards 2 --frames 120 --part 7
train --epochs 1 --rate 8e-4 --seed 10 --start "$work/w3.pt" --second-from s099 \
    --second-weight 4 --save "$work/w4.pt"
# The fourth takes some blurred roads for bare ones; the mean of the two has the good of both.
"$python" -W ignore "$here/average.py" --share 0.4 "$work/w3.pt" "$work/w4.pt" \
    --save "$work/w5.pt" --onnx "$work/signal.onnx"
cp "$here/../signal.modelinfo" "$here/../signal.txt" "$work"

step "6 of 7" "test set, and a second one that no choice was made by"
for set in test judge; do
    "$python" "$here/make_test.py" --set $set --photos "$work/photos" --out "$work/$set"
done
step "7 of 7" "evaluation"
evaluate() { "$python" "$here/evaluate.py" --model "$work/signal.onnx" --bounds "$@" || bounds=1; }
evaluate --test "$work/test" ${clips:+--clips "$clips"} --picture "$work/signal"
evaluate --test "$work/judge" --name judge --picture "$work/signal-judge"
step "done" "$work/signal.onnx"
exit ${bounds:-0}
