# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the project's engine with PyTorch on pictures of the test set, on all three heads.

    agree.py --test DIR --weights FILE.pt --vin-tag build/src/tools/vin-tag [--model signal.onnx]
    [--count 500]

The engine gets the PNG files through `vin-tag --json --heads HEAD`, PyTorch the trained network,
not folded, in 32 bits. Exit status 1 where a top-1 differs or a probability does by more than 1e-4.
"""

import argparse
import json
import os
import subprocess
import sys

import cv2
import numpy as np
import torch

import classes as C
import evaluate as E
import net as N
import train as T


def by_torch(files, weights, recipe):
    net = N.Signal()
    net.load_state_dict(torch.load(weights))
    net.eval()
    scores = np.zeros((3, len(files), N.CLASSES), np.float32)
    for k, file in enumerate(files):
        x = C.prepare(np.ascontiguousarray(cv2.imread(file)[:, :, ::-1]), recipe)
        with torch.no_grad():
            for head, v in enumerate(net(T.to_input(x[None]))):
                scores[head, k] = torch.softmax(v, 1)[0].numpy()
    return scores


def by_vin_tag(files, tool, model, head):
    scores = np.zeros((len(files), N.CLASSES), np.float32)
    where = {f: k for k, f in enumerate(files)}
    command = [tool, "--json", "--model", model, "--heads", head, "--top-k", str(N.CLASSES)]
    for k in range(0, len(files), 200):
        done = subprocess.run(
            command + files[k : k + 200], stdout=subprocess.PIPE, text=True, check=True
        )
        for line in done.stdout.splitlines():
            row = json.loads(line)
            for tag in row["tags"]:
                scores[where[os.path.abspath(row["file"])], tag["index"]] = tag["score"]
    return scores


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--test", required=True)
    a.add_argument("--weights", required=True)
    a.add_argument("--vin-tag", default="vin-tag")
    a.add_argument("--model", default=E.MODEL)
    a.add_argument("--recipe", default="tiles8")
    a.add_argument("--count", type=int, default=500)
    a = a.parse_args()
    files = [os.path.abspath(r[2]) for r in E.read_list(a.test, None)]
    files = [files[k] for k in np.random.default_rng(1).permutation(len(files))[: a.count]]
    bad = False
    for name, theirs in zip(("main", "head_a", "head_b"), by_torch(files, a.weights, a.recipe)):
        ours = by_vin_tag(files, a.vin_tag, a.model, name)
        apart = np.abs(ours - theirs).max()
        same = (ours.argmax(1) == theirs.argmax(1)).sum()
        print(
            "%-6s same top-1 on %d of %d, probabilities at most %.1e apart"
            % (name, same, len(files), apart),
            flush=True,
        )
        bad |= same != len(files) or not apart <= 1e-4
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
