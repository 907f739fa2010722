# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures the model on the test set of make_test.py, through ONNX Runtime or through the
project's own engine.

    evaluate.py --test DIR --backend onnxruntime [--clips FOLDER] [--bounds]
    evaluate.py --test DIR --backend vin-tag [--vin-tag build/tools/vin-tag] [--model signal]

The engine's way runs `vin-tag --json --model MODEL --top-k N FILES...`, which prints a JSON line a
file: {"file", "time", "tags": [{"label", "index", "score"}]}. The clips are measured on every
frame, in the engine's way by the element, which GStreamer must find (GST_PLUGIN_PATH).
With --bounds exit status 1 where a bound of the card is not met.
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
import clips

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "..", "signal.onnx")
HELD_OUT = ("360p", "1080p")


def read_list(folder, groups):
    """(group, label or -1, file) of each picture. What is no class of the model is shown, but not
    counted."""
    rows = []
    for name in sorted(os.listdir(folder)):
        if not name.startswith("list-"):
            continue
        for line in open(os.path.join(folder, name)):
            group, label, file = line.rstrip("\n").split("\t")
            if groups and not any(group.startswith(g) for g in groups):
                continue
            path = os.path.join(folder, file)
            if label in C.LABELS:
                rows.append((group, C.LABELS.index(label), path))
            else:
                rows.append((f"(no class of the model) {group} {label}", -1, path))
    return rows


def opened(model):
    """From one picture as the network takes it to its three softmaxes, by ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def answer(rgb):
        x = np.ascontiguousarray(((rgb.astype(np.float32) - 128) / 64).transpose(2, 0, 1)[None])
        return np.concatenate(session.run(["prob", "head_a", "head_b"], {"input": x}))

    return answer


def by_onnxruntime(files, answer, recipe):
    scores = np.zeros((len(files), 3, len(C.LABELS)), np.float32)
    for k, file in enumerate(files):
        rgb = np.ascontiguousarray(cv2.imread(file)[:, :, ::-1])
        scores[k] = answer(C.prepare(rgb, recipe))
    return scores


def by_vin_tag(files, tool, model):
    scores = np.zeros((len(files), 3, len(C.LABELS)), np.float32)
    where = {os.path.abspath(f): k for k, f in enumerate(files)}
    for k in range(0, len(files), 200):
        command = [tool, "--json", "--model", model, "--top-k", str(len(C.LABELS))]
        command += [os.path.abspath(f) for f in files[k : k + 200]]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        for line in done.stdout.splitlines():
            row = json.loads(line)
            for tag in row["tags"]:
                scores[where[os.path.abspath(row["file"])], 0, tag["index"]] = tag["score"]
    return scores


def write(image, text, where, scale, grey=0):
    cv2.putText(image, text, where, 0, scale, (grey,) * 3, 1, cv2.LINE_AA)


def shade(share, right):
    """Green for right answers; red for wrong ones, full at a sixth."""
    if right:
        return 255 - int(160 * share), 255 - int(90 * share), 255 - int(205 * share)
    rest = 255 - int(220 * min(1, share * 6))
    return rest, rest, 255


def picture(table, path, title):
    """The confusion matrix as a PNG, drawn with OpenCV alone."""
    n, cell, left, top = len(table), 46, 190, 190
    image = np.full((top + n * cell + 20, left + n * cell + 20, 3), 255, np.uint8)
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    for i in range(n):
        write(image, C.LABELS[i], (8, top + i * cell + 28), 0.5)
        for j in range(n):
            x, y = left + j * cell, top + i * cell
            end = (x + cell - 2, y + cell - 2)
            cv2.rectangle(image, (x, y), end, shade(share[i, j], i == j), -1)
            if table[i, j]:
                write(image, str(table[i, j]), (x + 6, y + 28), 0.48)
    names = np.full((left, n * cell, 3), 255, np.uint8)
    for j in range(n):
        strip = np.full((cell, top, 3), 255, np.uint8)
        write(strip, C.LABELS[j], (4, 28), 0.5)
        names[:, j * cell : (j + 1) * cell] = cv2.rotate(strip, cv2.ROTATE_90_COUNTERCLOCKWISE)
    image[:top, left : left + n * cell] = names
    write(image, title, (8, 20), 0.5)
    write(image, "truth down, answer across", (8, 40), 0.45, 90)
    cv2.imwrite(path, image, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def held_out(group, truth, answer, prefix, name):
    """The confusion table of one group of the held-out set; returns the bounds not met."""
    failed = []
    table = np.zeros((len(C.LABELS),) * 2, int)
    np.add.at(table, (truth, answer), 1)
    top1 = np.trace(table) / table.sum()
    print(f"{name}, {group}: top-1 {100 * top1:.2f} % of {len(truth)}")
    if top1 < 0.97:
        failed.append(f"{name} {group} top-1")
    for k, row in enumerate(table):
        recall = row[k] / max(1, row.sum())
        wrong = ", ".join(f"{C.LABELS[j]} {v}" for j, v in enumerate(row) if v and j != k)
        print("  %-20s %6.2f %% of %3d   %s" % (C.LABELS[k], 100 * recall, row.sum(), wrong))
        if recall < 0.9:
            failed.append(f"{name} {group} {C.LABELS[k]}")
    if prefix:
        title = f"signal, {name}, {group}, top-1 {100 * top1:.1f} %"
        picture(table, f"{prefix}-{group}.png", title)
    return failed


def mixed(scores, weight):
    """The answer with so much weight on each intermediate head."""
    return (scores[:, 0] + weight * (scores[:, 1] + scores[:, 2])) / (1 + 2 * weight)


def heads(truth, scores):
    """What each head alone and each mix of them would give."""
    kinds = [("head_a alone", scores[:, 1]), ("head_b alone", scores[:, 2])]
    kinds += [("prob alone", mixed(scores, 0))]
    kinds += [(f"heads at {weight}", mixed(scores, weight)) for weight in (0.1, 0.3, 0.5, 1.0)]
    for name, p in kinds:
        right = p.argmax(1) == truth
        loss = -np.log(np.maximum(p[np.arange(len(truth)), truth], 1e-6)).mean()
        print("  %-14s top-1 %.2f %%, loss %.4f" % (name, 100 * right.mean(), loss))


def one_class(group, label, counts):
    """One line for a group whose pictures are all of one class; returns the bounds not met."""
    total = sum(counts.values())
    right = counts[label] / max(1, total)
    wrong = ", ".join(f"{v} {n}" for v, n in counts.most_common() if v != label)
    line = "%-60s %-18s %6.2f %% of %4d   %s" % (group, label, 100 * right, total, wrong)
    print(line, flush=True)
    bound = 0.95
    if group.startswith("videotestsrc"):
        bound = 1.0
    elif group.endswith("plain"):
        bound = 0.98
    return [group] if right < bound else []


def other_group(group, truth, answer):
    counts = collections.Counter(C.LABELS[v] for v in answer)
    if truth[0] < 0:
        print(group + ": " + ", ".join(f"{v} {n}" for v, n in counts.most_common()))
        return []
    return one_class(group, C.LABELS[truth[0]], counts)


def wrong_list(path, rows, answer, scores):
    with open(path, "w") as f:
        for k, (group, label, file) in enumerate(rows):
            if label >= 0 and answer[k] != label:
                names = f"{C.LABELS[label]}\t{C.LABELS[answer[k]]}"
                f.write(f"{group}\t{names}\t{scores[k, 0].max():.2f}\t{file}\n")


def arguments():
    a = argparse.ArgumentParser()
    a.add_argument("--test", required=True)
    a.add_argument("--name", default="held-out set", help="what to call the set of photographs")
    a.add_argument("--clips", help="folder with the clips, to measure every frame of them")
    a.add_argument("--bounds", action="store_true", help="exit status 1 where one is not met")
    a.add_argument("--backend", choices=("onnxruntime", "vin-tag"), default="onnxruntime")
    a.add_argument("--vin-tag", default="vin-tag", help="the tool's path")
    a.add_argument("--model", help="ONNX file, or the model's name for vin-tag")
    a.add_argument("--recipe", default="tiles8", choices=sorted(C.RECIPES))
    a.add_argument("--groups", help="only groups that begin with one of these, with commas between")
    a.add_argument(
        "--heads",
        type=float,
        default=0.0,
        help="weight of each intermediate head in the answer (onnxruntime)",
    )
    a.add_argument("--picture", help="write confusion matrices to PREFIX-GROUP.png")
    a.add_argument("--wrong", help="write the wrong answers here")
    return a.parse_args()


def main():
    a = arguments()
    rows = read_list(a.test, a.groups.split(",") if a.groups else None)
    files = [r[2] for r in rows]
    if a.backend == "onnxruntime":
        network = opened(a.model or MODEL)
        scores = by_onnxruntime(files, network, a.recipe)
    else:
        scores = by_vin_tag(files, a.vin_tag, a.model or "signal")
    truth = np.array([r[1] for r in rows])
    answer = mixed(scores, a.heads).argmax(1)
    groups = collections.OrderedDict()
    for k, r in enumerate(rows):
        groups.setdefault(r[0], []).append(k)
    failed = []
    for group in HELD_OUT:
        if group in groups:
            index = groups[group]
            failed += held_out(group, truth[index], answer[index], a.picture, a.name)
    held = [k for k, r in enumerate(rows) if r[0] in HELD_OUT]
    if held and a.backend == "onnxruntime":
        heads(truth[held], scores[held])
    for group, index in groups.items():
        if group not in HELD_OUT:
            failed += other_group(group, truth[index], answer[index])
    if a.clips:
        if a.backend == "onnxruntime":
            count = lambda path, chain: clips.by_onnxruntime(path, chain, network, a.recipe)
        else:
            count = lambda path, chain: clips.by_element(path, chain, a.model)
        for row in clips.measure(a.clips, count):
            failed += one_class(*row)
    if a.wrong:
        wrong_list(a.wrong, rows, answer, scores)
    print("bounds not met: " + "; ".join(failed) if failed else "all bounds met")
    return 1 if failed and a.bounds else 0


if __name__ == "__main__":
    sys.exit(main())
