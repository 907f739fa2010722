# SPDX-License-Identifier: LGPL-2.1-or-later
"""Renders the training set: one .npz shard a process and round, the network's input for each
recipe asked for."""

import argparse
import multiprocessing
import os
import time

import cv2
import numpy as np

import classes as C
import faults
import more
import more_scenes
import photos as P
import scenes
import streams


def shard(job):
    seed, frames, views, recipes, root, out, part = job
    if os.path.exists(out):
        return
    cv2.setNumThreads(1)
    r = np.random.default_rng(seed)
    groups = [[], []]
    for path in P.files(P.TRAIN, root):
        groups["/html/" in path or "kstars" in path].append(path)
    cache = {}

    def photo():
        while True:
            group = groups[int(r.random() < 0.25)]
            path = group[int(r.integers(len(group)))]
            if path not in cache:
                cache[path] = P.load(path, 2200)
            if cache[path] is not None:
                return cache[path]

    pool = streams.Pool(r, photo)
    xs, ys = {k: [] for k in recipes}, []
    t = time.time()
    scenes.SECOND = part == 2
    more_scenes.FOURTH, more_scenes.FIFTH = part == 4, part == 5
    shares = [faults.SHARE, faults.SECOND_SHARE, more.SHARE, more.FOURTH_SHARE, more.FIFTH_SHARE]
    share = shares[part - 1]
    render = more.render if part >= 3 else faults.render
    share = share / share.sum()
    for n in range(frames):
        label = int(r.choice(len(share), p=share))
        x = render(r, label, photo, pool)
        h, w = x.shape[:2]
        for _ in range(views):  # other windows on the same frame see other pixels
            most = 0.03 if label == C.COVERED else 0.1
            cw, ch = int(w * (1 - most * r.random())), int(h * (1 - most * r.random()))
            x0, y0 = int(r.integers(0, w - cw + 1)), int(r.integers(0, h - ch + 1))
            view = x[y0 : y0 + ch, x0 : x0 + cw]
            for k in recipes:
                xs[k].append(C.prepare(view, k))
            ys.append(label)
    for k in recipes:
        np.save(out[:-4] + "." + k + ".npy", np.stack(xs[k]))
    np.save(out, np.array(ys, np.uint8))
    print(out, frames, "frames in", int(time.time() - t), "s", flush=True)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--photos", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--shards", type=int, default=14)
    a.add_argument("--first", type=int, default=0)
    a.add_argument("--frames", type=int, default=600)
    a.add_argument("--views", type=int, default=4)
    a.add_argument(
        "--part",
        type=int,
        default=1,
        choices=(1, 2, 3, 4, 5),
        help="the second: more of what is weak, see faults.py; the others: see more.py",
    )
    a.add_argument("--recipes", default="tiles8")
    a.add_argument("--jobs", type=int, default=2)
    a.add_argument("--seed", type=int, default=20261)
    a = a.parse_args()
    os.makedirs(a.out, exist_ok=True)
    P.fetch(P.TRAIN, a.photos)
    jobs = []
    for k in range(a.first, a.first + a.shards):
        file = os.path.join(a.out, f"s{k:03d}.npy")
        recipes = a.recipes.split(",")
        jobs.append((a.seed + 1000 * k, a.frames, a.views, recipes, a.photos, file, a.part))
    with multiprocessing.Pool(a.jobs, maxtasksperchild=4) as pool:
        pool.map(shard, jobs, chunksize=1)


if __name__ == "__main__":
    main()
