# SPDX-License-Identifier: LGPL-2.1-or-later
"""Trains the model on rendered shards and exports it to ONNX. Prints the accuracy on shards kept
aside. A run that was stopped goes on after its last whole epoch; one that ended does nothing."""

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


class Shards:
    """Pictures in files, and the place of each one's class in the model."""

    def __init__(self, folder, recipe, names):
        self.xs = [np.load(os.path.join(folder, f"{n}.{recipe}.npy"), mmap_mode="r") for n in names]
        self.starts = np.cumsum([0] + [len(x) for x in self.xs])[:-1]
        place = np.full(len(C.KINDS), -1)  # -1: rendered, but no class of the model
        place[C.LEARNED] = np.arange(len(C.LEARNED))
        kinds = [np.load(os.path.join(folder, n + ".npy")) for n in names]
        self.ys = place[np.concatenate(kinds)]

    def batch(self, index):
        shard = np.searchsorted(self.starts, index, side="right") - 1
        return np.stack([self.xs[s][i - self.starts[s]] for s, i in zip(shard, index)])


def to_input(x):
    t = torch.from_numpy(x).permute(0, 3, 1, 2).to(torch.float32)
    return ((t - MEAN) * SCALE).contiguous(memory_format=torch.channels_last)


def confusion(net, data, heads=0.0):
    net.eval()
    table = np.zeros((N.CLASSES, N.CLASSES), int)
    with torch.no_grad():
        for k in range(0, len(data.ys), 256):
            index = np.arange(k, min(k + 256, len(data.ys)))
            index = index[data.ys[index] >= 0]
            p = [torch.softmax(v, 1) for v in net(to_input(data.batch(index)))]
            p = (p[0] + heads * (p[1] + p[2])).argmax(1).numpy()
            np.add.at(table, (data.ys[index], p), 1)
    net.train()
    return table


def report(table):
    print("  top-1 %.2f %%" % (100 * np.trace(table) / table.sum()))
    for k, row in enumerate(table):
        if row.sum():
            wrong = ", ".join(f"{C.LABELS[j]} {v}" for j, v in enumerate(row) if v and j != k)
            print(
                "  %-20s %6.2f %% of %d   %s"
                % (C.LABELS[k], 100 * row[k] / row.sum(), row.sum(), wrong)
            )


def export(net, path, size):
    model = N.fold(net.eval()).to(memory_format=torch.contiguous_format)
    model.softmax = True
    torch.onnx.export(
        model,
        (torch.zeros(1, 3, size, size),),
        path,
        input_names=["input"],
        output_names=["prob", "head_a", "head_b"],
        opset_version=13,
        dynamo=False,
    )


def arguments():
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
    a.add_argument(
        "--second-weight",
        type=int,
        default=1,
        help="how often the pictures of the later parts come in an epoch",
    )
    a.add_argument("--second-from", default="s050", help="the first shard of the later parts")
    a.add_argument("--bf16", action="store_true", help="half the time where the processor has it")
    a.add_argument("--start", help="go on from these weights")
    a.add_argument("--save")
    a.add_argument("--onnx")
    return a.parse_args()


def load(a):
    """The shards to train on and those kept aside."""
    names = sorted(os.path.basename(p)[:-4] for p in glob.glob(os.path.join(a.data, "s???.npy")))
    names = names[: a.shards] if a.shards else names
    train, dev = names[a.dev :], names[: a.dev]
    train += [n for n in train if n >= a.second_from] * (a.second_weight - 1)
    return Shards(a.data, a.recipe, train), Shards(a.data, a.recipe, dev)


def keep(path, epoch, net, opt, plan, r):
    """Writes all that the rest of this round depends on."""
    parts = {"net": net, "opt": opt, "plan": plan}
    state = {name: part.state_dict() for name, part in parts.items()}
    state.update(epoch=epoch, numpy=r.bit_generator.state, torch=torch.get_rng_state())
    torch.save(state, path + ".new")
    os.replace(path + ".new", path)


def go_on(path, net, opt, plan, r):
    """Takes up what keep() wrote; returns the number of epochs done."""
    state = torch.load(path, weights_only=False)
    for name, part in {"net": net, "opt": opt, "plan": plan}.items():
        part.load_state_dict(state[name])
    r.bit_generator.state = state["numpy"]
    torch.set_rng_state(state["torch"])
    print("  going on after epoch", state["epoch"])
    return state["epoch"]


def optimiser(net, rate, steps):
    """AdamW without decay of biases and norms, and a rate that rises and falls once."""
    decay = [p for p in net.parameters() if p.ndim > 1]
    plain = [p for p in net.parameters() if p.ndim <= 1]
    opt = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0}], lr=rate
    )
    plan = torch.optim.lr_scheduler.OneCycleLR(opt, rate, total_steps=steps, pct_start=0.2)
    return opt, plan


def varied(r, x, ys):
    """Mirrored, upside down, or with the channels in another order, at random; bars and cards
    keep their colours."""
    if r.random() < 0.5:
        x = x.flip(3)
    if r.random() < 0.5:
        x = x.flip(2)
    if r.random() < 0.3:
        free = torch.from_numpy(~np.isin(ys, [C.BARS, C.PATTERN]))[:, None, None, None]
        x = torch.where(free, x[:, r.permutation(3)], x)
        x = x.contiguous(memory_format=torch.channels_last)
    return x


def one_epoch(net, data, opt, plan, r, a, epochs_left):
    """Returns the mean loss."""
    order = r.permutation(np.flatnonzero(data.ys >= 0))
    steps, loss_sum, t = len(order) // a.batch, 0.0, time.time()
    for k in range(steps):
        index = order[k * a.batch : (k + 1) * a.batch]
        x = varied(r, to_input(data.batch(index)), data.ys[index])
        y = torch.from_numpy(data.ys[index])
        with torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
            main, one, two = net(x)
        loss = sum(
            w * F.cross_entropy(v.float(), y, label_smoothing=0.04)
            for w, v in ((1, main), (0.3, one), (0.3, two))
        )
        opt.zero_grad()
        loss.backward()
        opt.step()
        plan.step()
        loss_sum += loss.item()
        if k % 100 == 99:
            left = (time.time() - t) / (k + 1) * (steps - k - 1 + steps * epochs_left)
            print(
                "  step %d of %d: loss %.4f, about %d s left in this round"
                % (k + 1, steps, loss_sum / (k + 1), left),
                flush=True,
            )
    return loss_sum / steps


def main():
    a = arguments()
    if a.save and os.path.exists(a.save):
        print("  done before:", a.save)
        return
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    r = np.random.default_rng(a.seed)
    train, aside = load(a)
    size = C.RECIPES[a.recipe][0]
    net = N.Signal()
    print(
        "recipe %s, %d pictures, %d aside; %d multiply-adds, %d parameters"
        % ((a.recipe, len(train.ys), len(aside.ys)) + N.count(net, size))
    )
    if a.start:
        net.load_state_dict(torch.load(a.start))
    net = net.to(memory_format=torch.channels_last)
    steps = int(np.count_nonzero(train.ys >= 0)) // a.batch
    opt, plan = optimiser(net, a.rate, steps * a.epochs)
    part = a.save and a.save + ".part"
    first = go_on(part, net, opt, plan, r) if part and os.path.exists(part) else 0
    for epoch in range(first, a.epochs):
        t = time.time()
        loss = one_epoch(net, train, opt, plan, r, a, a.epochs - epoch - 1)
        table = confusion(net, aside)
        print(
            "epoch %d: loss %.4f, aside %.2f %%, %d s"
            % (epoch + 1, loss, 100 * np.trace(table) / table.sum(), time.time() - t),
            flush=True,
        )
        if part:
            keep(part, epoch + 1, net, opt, plan, r)
    report(confusion(net, aside))
    if a.save:
        weights = {name: value.clone() for name, value in net.state_dict().items()}
    if a.onnx:
        export(net, a.onnx, size)
    if a.save:  # last, as it says that this round is done
        torch.save(weights, part)
        os.replace(part, a.save)


if __name__ == "__main__":
    main()
