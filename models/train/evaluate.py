# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures the model on the test set of make_test.py, through ONNX Runtime or through the project's own engine.

    evaluate.py --test DIR --backend onnxruntime
    evaluate.py --test DIR --backend vin-tag [--vin-tag build/tools/vin-tag] [--model signal]

The engine's way runs `vin-tag --json --model MODEL --top-k N FILES...`, which prints a JSON line a file:
{"file", "time", "tags": [{"label", "index", "score"}]}. Exit status 1 where a bound of the card is not met.
"""

import argparse
import collections
import json
import os
import subprocess
import sys

import cv2
import numpy as np

import classes as C

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "..", "signal.onnx")


def read_list(folder, groups):
    rows = []
    for name in sorted(os.listdir(folder)):
        if name.startswith("list-"):
            for line in open(os.path.join(folder, name)):
                group, label, file = line.rstrip("\n").split("\t")
                if not groups or any(group.startswith(g) for g in groups):
                    known = label in C.LABELS  # the rest is shown, but not counted
                    rows.append((group if known else f"(no class of the model) {group} {label}", C.LABELS.index(label) if known else -1,
                                 os.path.join(folder, file)))
    return rows


def by_onnxruntime(files, model, recipe, weight):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    scores = np.zeros((len(files), 3, len(C.LABELS)), np.float32)
    for k, file in enumerate(files):
        rgb = cv2.imread(file)[:, :, ::-1]
        x = (C.prepare(np.ascontiguousarray(rgb), recipe).astype(np.float32) - 128) / 64
        out = session.run(["prob", "head_a", "head_b"], {"input": np.ascontiguousarray(x.transpose(2, 0, 1)[None])})
        scores[k] = np.concatenate(out)
    return scores


def by_vin_tag(files, tool, model):
    scores = np.zeros((len(files), 3, len(C.LABELS)), np.float32)
    where = {os.path.abspath(f): k for k, f in enumerate(files)}
    for k in range(0, len(files), 200):
        command = [tool, "--json", "--model", model, "--top-k", str(len(C.LABELS))] + [os.path.abspath(f) for f in files[k:k + 200]]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        for line in done.stdout.splitlines():
            row = json.loads(line)
            for tag in row["tags"]:
                scores[where[os.path.abspath(row["file"])], 0, tag["index"]] = tag["score"]
    return scores


def picture(table, path, title):
    """The confusion matrix as a PNG, drawn with OpenCV alone."""
    n, cell, left, top = len(table), 46, 190, 190
    image = np.full((top + n * cell + 20, left + n * cell + 20, 3), 255, np.uint8)
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    for i in range(n):
        cv2.putText(image, C.LABELS[i], (8, top + i * cell + 28), 0, .5, (0, 0, 0), 1, cv2.LINE_AA)
        for j in range(n):
            x, y = left + j * cell, top + i * cell
            v = share[i, j]
            shade = (255 - int(160 * v), 255 - int(90 * v), 255 - int(205 * v)) if i == j else (255 - int(220 * min(1, v * 6)),) * 2 + (255,)
            cv2.rectangle(image, (x, y), (x + cell - 2, y + cell - 2), shade, -1)
            if table[i, j]:
                cv2.putText(image, str(table[i, j]), (x + 6, y + 28), 0, .48, (0, 0, 0), 1, cv2.LINE_AA)
    names = np.full((left, n * cell, 3), 255, np.uint8)
    for j in range(n):
        strip = np.full((cell, top, 3), 255, np.uint8)
        cv2.putText(strip, C.LABELS[j], (4, 28), 0, .5, (0, 0, 0), 1, cv2.LINE_AA)
        names[:, j * cell:(j + 1) * cell] = cv2.rotate(strip, cv2.ROTATE_90_COUNTERCLOCKWISE)
    image[:top, left:left + n * cell] = names
    cv2.putText(image, title, (8, 20), 0, .5, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.putText(image, "truth down, answer across", (8, 40), 0, .45, (90, 90, 90), 1, cv2.LINE_AA)
    cv2.imwrite(path, image, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--test", required=True)
    a.add_argument("--backend", choices=("onnxruntime", "vin-tag"), default="onnxruntime")
    a.add_argument("--vin-tag", default="vin-tag", help="the tool's path")
    a.add_argument("--model", help="ONNX file, or the model's name for vin-tag")
    a.add_argument("--recipe", default="tiles8", choices=sorted(C.RECIPES))
    a.add_argument("--groups", help="only groups that begin with one of these, with commas between")
    a.add_argument("--heads", type=float, default=0.0, help="weight of each intermediate head in the answer (onnxruntime)")
    a.add_argument("--picture", help="write confusion matrices to PREFIX-GROUP.png")
    a.add_argument("--wrong", help="write the wrong answers here")
    a = a.parse_args()
    rows = read_list(a.test, a.groups.split(",") if a.groups else None)
    files = [r[2] for r in rows]
    scores = by_onnxruntime(files, a.model or MODEL, a.recipe, a.heads) if a.backend == "onnxruntime" else \
        by_vin_tag(files, a.vin_tag, a.model or "signal")
    truth = np.array([r[1] for r in rows])

    def mixed(weight):
        return (scores[:, 0] + weight * (scores[:, 1] + scores[:, 2])) / (1 + 2 * weight)

    answer = mixed(a.heads).argmax(1)
    failed = []
    held = [k for k, r in enumerate(rows) if r[0] in ("360p", "1080p")]
    for group in ("360p", "1080p"):
        index = [k for k, r in enumerate(rows) if r[0] == group]
        if not index:
            continue
        table = np.zeros((len(C.LABELS),) * 2, int)
        np.add.at(table, (truth[index], answer[index]), 1)
        top1 = np.trace(table) / table.sum()
        print(f"{group}: top-1 {100 * top1:.2f} % of {len(index)}")
        if top1 < .97:
            failed.append(f"{group} top-1")
        for k, row in enumerate(table):
            recall = row[k] / max(1, row.sum())
            wrong = ", ".join(f"{C.LABELS[j]} {v}" for j, v in enumerate(row) if v and j != k)
            print("  %-20s %6.2f %% of %3d   %s" % (C.LABELS[k], 100 * recall, row.sum(), wrong))
            if recall < .9:
                failed.append(f"{group} {C.LABELS[k]}")
        if a.picture:
            picture(table, f"{a.picture}-{group}.png", f"signal, held-out set, {group}, top-1 {100 * top1:.1f} %")
    if held and a.backend == "onnxruntime":
        for name, pick in (("head_a alone", scores[:, 1]), ("head_b alone", scores[:, 2]), ("prob alone", mixed(0)), ("heads at 0.1", mixed(.1)),
                           ("heads at 0.3", mixed(.3)), ("heads at 0.5", mixed(.5)), ("heads at 1.0", mixed(1))):
            p = pick[held]
            right = p.argmax(1) == truth[held]
            loss = -np.log(np.maximum(p[np.arange(len(held)), truth[held]], 1e-6)).mean()
            print("  %-14s top-1 %.2f %%, loss %.4f" % (name, 100 * right.mean(), loss))
    others = collections.OrderedDict()
    for k, r in enumerate(rows):
        if r[0] not in ("360p", "1080p"):
            others.setdefault(r[0], []).append(k)
    for group, index in others.items():
        if truth[index[0]] < 0:
            print(group + ": " + ", ".join(f"{C.LABELS[v]} {n}" for v, n in collections.Counter(answer[index]).most_common()))
            continue
        right = (answer[index] == truth[index]).mean()
        wrong = collections.Counter(C.LABELS[v] for v, t in zip(answer[index], truth[index]) if v != t)
        print("%-40s %-18s %6.2f %% of %4d   %s" % (group, C.LABELS[truth[index[0]]], 100 * right, len(index),
                                                    ", ".join(f"{n} {v}" for n, v in wrong.items())))
        bound = 1.0 if group.startswith("videotestsrc") else .98 if group.endswith("plain") else .95
        if right < bound:
            failed.append(group)
    if a.wrong:
        with open(a.wrong, "w") as f:
            for k, r in enumerate(rows):
                if truth[k] >= 0 and answer[k] != truth[k]:
                    f.write(f"{r[0]}\t{C.LABELS[truth[k]]}\t{C.LABELS[answer[k]]}\t{scores[k, 0].max():.2f}\t{r[2]}\n")
    print("bounds not met: " + "; ".join(failed) if failed else "all bounds met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
