# SPDX-License-Identifier: LGPL-2.1-or-later
"""Trains the model on rendered shards and exports it to ONNX. Prints the accuracy on shards kept aside."""

import argparse
import glob
import os
import time

import numpy as np
import torch
from torch.nn import functional as F

import classes as C
import net as N

MEAN, SCALE = 128.0, 1.0 / 64


def load(folder, recipe, names):
    xs = [np.load(os.path.join(folder, n + "." + recipe + ".npy"), mmap_mode="r") for n in names]
    ys = [np.load(os.path.join(folder, n + ".npy")) for n in names]
    place = np.full(len(C.KINDS), -1)  # -1: rendered, but no class of the model
    place[C.LEARNED] = np.arange(len(C.LEARNED))
    return xs, place[np.concatenate(ys)]


def batch(xs, starts, index):
    shard = np.searchsorted(starts, index, side="right") - 1
    return np.stack([xs[s][i - starts[s]] for s, i in zip(shard, index)])


def to_input(x):
    t = torch.from_numpy(x).permute(0, 3, 1, 2).to(torch.float32)
    return ((t - MEAN) * SCALE).contiguous(memory_format=torch.channels_last)


def confusion(net, xs, starts, ys, heads=0.0):
    net.eval()
    table = np.zeros((N.CLASSES, N.CLASSES), int)
    with torch.no_grad():
        for k in range(0, len(ys), 256):
            index = np.arange(k, min(k + 256, len(ys)))
            index = index[ys[index] >= 0]
            p = [torch.softmax(v, 1) for v in net(to_input(batch(xs, starts, index)))]
            p = (p[0] + heads * (p[1] + p[2])).argmax(1).numpy()
            np.add.at(table, (ys[index], p), 1)
    net.train()
    return table


def report(table):
    print("  top-1 %.2f %%" % (100 * np.trace(table) / table.sum()))
    for k, row in enumerate(table):
        if row.sum():
            wrong = ", ".join(f"{C.LABELS[j]} {v}" for j, v in enumerate(row) if v and j != k)
            print("  %-20s %6.2f %% of %d   %s" % (C.LABELS[k], 100 * row[k] / row.sum(), row.sum(), wrong))


def export(net, path, size):
    model = N.fold(net.eval()).to(memory_format=torch.contiguous_format)
    model.softmax = True
    torch.onnx.export(model, (torch.zeros(1, 3, size, size),), path, input_names=["input"], output_names=["prob", "head_a", "head_b"],
                      opset_version=13, dynamo=False)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--data", required=True)
    a.add_argument("--recipe", default="tiles8")
    a.add_argument("--shards", type=int, default=0, help="use only so many")
    a.add_argument("--dev", type=int, default=1, help="shards kept aside")
    a.add_argument("--epochs", type=int, default=14)
    a.add_argument("--batch", type=int, default=96)
    a.add_argument("--rate", type=float, default=4e-3)
    a.add_argument("--threads", type=int, default=1)
    a.add_argument("--seed", type=int, default=7)
    a.add_argument("--second-weight", type=int, default=1, help="how often the pictures of the later parts come in an epoch")
    a.add_argument("--second-from", default="s050", help="the first shard of the later parts")
    a.add_argument("--bf16", action="store_true", help="half the time where the processor has it")
    a.add_argument("--start", help="go on from these weights")
    a.add_argument("--save")
    a.add_argument("--onnx")
    a = a.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    r = np.random.default_rng(a.seed)
    names = sorted(os.path.basename(p)[:-4] for p in glob.glob(os.path.join(a.data, "s???.npy")))
    names = names[:a.shards] if a.shards else names
    train, dev = names[a.dev:], names[:a.dev]
    train += [n for n in train if n >= a.second_from] * (a.second_weight - 1)
    xs, ys = load(a.data, a.recipe, train)
    vx, vy = load(a.data, a.recipe, dev)
    starts = np.cumsum([0] + [len(x) for x in xs])[:-1]
    vstarts = np.cumsum([0] + [len(x) for x in vx])[:-1]
    size = C.RECIPES[a.recipe][0]
    net = N.Signal()
    print("recipe %s, %d pictures, %d aside; %d multiply-adds, %d parameters" % ((a.recipe, len(ys), len(vy)) + N.count(net, size)))
    if a.start:
        state = N.renamed(torch.load(a.start))
        for name in ("fc", "head_a.fc2", "head_b.fc2"):  # weights of a net that knew every kind
            for part in (".weight", ".bias"):
                if len(state[name + part]) == len(C.KINDS):
                    state[name + part] = state[name + part][C.LEARNED]
        net.load_state_dict(state)
    net = net.to(memory_format=torch.channels_last)
    decay = [p for p in net.parameters() if p.ndim > 1]
    plain = [p for p in net.parameters() if p.ndim <= 1]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": .02}, {"params": plain, "weight_decay": 0}], lr=a.rate)
    use = np.flatnonzero(ys >= 0)
    steps = len(use) // a.batch
    plan = torch.optim.lr_scheduler.OneCycleLR(opt, a.rate, total_steps=steps * a.epochs, pct_start=.2)
    for epoch in range(a.epochs):
        t, loss_sum = time.time(), 0.0
        order = r.permutation(use)
        for k in range(steps):
            index = order[k * a.batch:(k + 1) * a.batch]
            x = to_input(batch(xs, starts, index))
            if r.random() < .5:
                x = x.flip(3)
            if r.random() < .5:
                x = x.flip(2)
            if r.random() < .3:  # other colours, but not in bars and cards
                free = torch.from_numpy(~np.isin(ys[index], [C.BARS, C.PATTERN]))[:, None, None, None]
                x = torch.where(free, x[:, r.permutation(3)], x).contiguous(memory_format=torch.channels_last)
            y = torch.from_numpy(ys[index])
            with torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
                main, one, two = net(x)
            loss = sum(w * F.cross_entropy(v.float(), y, label_smoothing=.04) for w, v in ((1, main), (.3, one), (.3, two)))
            opt.zero_grad()
            loss.backward()
            opt.step()
            plan.step()
            loss_sum += loss.item()
            if k % 50 == 49:
                print("  step %d of %d: loss %.4f" % (k + 1, steps, loss_sum / (k + 1)), flush=True)
        table = confusion(net, vx, vstarts, vy)
        print("epoch %d: loss %.4f, aside %.2f %%, %d s" % (epoch + 1, loss_sum / steps, 100 * np.trace(table) / table.sum(), time.time() - t),
              flush=True)
    report(table)
    if a.save:
        torch.save(net.state_dict(), a.save)
    if a.onnx:
        export(net, a.onnx, size)


if __name__ == "__main__":
    main()
