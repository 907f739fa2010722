# SPDX-License-Identifier: LGPL-2.1-or-later
"""Renders the training set: one .npz shard a process and round, the network's input for each
recipe asked for. A run that was stopped goes on with the shards that are not there yet."""

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

LOADED = {}  # photographs, for all the shards of a process


def shard(job):
    seed, frames, views, recipes, root, out, part, kinds = job
    cv2.setNumThreads(1)
    r = np.random.default_rng(seed)
    groups = [[], []]
    for path in P.files(P.TRAIN, root):
        groups["/html/" in path or "kstars" in path].append(path)

    def photo():
        while True:
            group = groups[int(r.random() < 0.25)]
            path = group[int(r.integers(len(group)))]
            if path not in LOADED:
                LOADED[path] = P.load(path, 2200)
            if LOADED[path] is not None:
                return LOADED[path]

    pool = streams.Pool(r, photo, C.BLOCKS in kinds)
    xs, ys = {k: [] for k in recipes}, []
    scenes.SECOND = part == 2
    more_scenes.FOURTH, more_scenes.FIFTH = part == 4, part >= 5
    more_scenes.SIXTH, more_scenes.BARE = part >= 6, part == 7
    shares = [faults.SHARE, faults.SECOND_SHARE, more.SHARE]
    shares += [more.FOURTH_SHARE, more.FIFTH_SHARE, more.SIXTH_SHARE]
    shares.append(more.SEVENTH_SHARE)
    share = np.where(np.isin(np.arange(len(C.KINDS)), kinds), shares[part - 1], 0)
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
    np.save(out[:-4] + ".part.npy", np.array(ys, np.uint8))
    os.replace(out[:-4] + ".part.npy", out)  # whole, or not there
    return out


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
        choices=range(1, 8),
        help="the second: more of what is weak, see faults.py; the others: see more.py",
    )
    a.add_argument("--all-kinds", action="store_true", help="also what the model does not learn")
    a.add_argument("--recipes", default="tiles8")
    a.add_argument("--jobs", type=int, default=2)
    a.add_argument("--seed", type=int, default=20261)
    a = a.parse_args()
    os.makedirs(a.out, exist_ok=True)
    P.fetch(P.TRAIN, a.photos)
    recipes = a.recipes.split(",")
    kinds = range(len(C.KINDS)) if a.all_kinds else C.LEARNED
    jobs = []
    for k in range(a.first, a.first + a.shards):
        out = os.path.join(a.out, f"s{k:03d}.npy")
        if not os.path.exists(out):
            seed = a.seed + 1000 * k
            jobs.append((seed, a.frames, a.views, recipes, a.photos, out, a.part, list(kinds)))
    t = time.time()
    with multiprocessing.Pool(a.jobs) as pool:
        for n, out in enumerate(pool.imap_unordered(shard, jobs), 1):
            spent = time.time() - t
            left = spent / n * (len(jobs) - n)
            print(
                "  part %d: %d of %d shards, %s; %.0f s, about %.0f s left"
                % (a.part, n, len(jobs), os.path.basename(out), spent, left),
                flush=True,
            )


if __name__ == "__main__":
    main()
