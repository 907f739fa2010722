# SPDX-License-Identifier: LGPL-2.1-or-later
"""Renders the test set with FFmpeg's own sources, filters and encoders (test_sources.py), from
photographs that training never saw; or the second one, the judge, from other photographs and with
other filters (judge_sources.py).

Shares nothing with faults.py. Writes lossless PNG files and list-*.tsv (group, label, file). The
groups: 360p and 1080p are the held-out set; videotestsrc-* are GStreamer's patterns.
"""

import argparse
import multiprocessing
import os
import subprocess
import time

import cv2
import numpy as np
from PIL import Image

import classes as C
import judge_sources
import photos as P
import test_sources as S

SETS = {"test": (S, P.TEST), "judge": (judge_sources, P.JUDGE)}
PNG = "-frames:v 1 -update 1 -compression_level 1 -pix_fmt rgb24 -y".split()
QUIET = "ffmpeg -v error -threads 1 -nostdin".split()
# a photograph stands still for 13 frames; a filter behind it makes it scroll
STILL = "loop=loop=12:size=1,setpts=N/25/TB,"
# block corruption: an encoder's options, its container, how sparse the damage of each try is
DAMAGED = [
    ("mpeg2video -q:v 4".split(), ".m2v", (3000, 900, 300)),
    ("libx264 -crf 24 -preset fast".split(), ".h264", (2500, 700, 200)),
    ("mpeg4 -q:v 4".split(), ".m4v", (3000, 900, 300)),
]
MOST_ENLARGED = 2.6  # what is enlarged more is soft, not what the classes mean by normal


def run(arguments):
    nowhere = subprocess.DEVNULL
    return subprocess.run(arguments, stdout=nowhere, stderr=nowhere).returncode


def fit(size):
    w, h = S.SIZES[size]
    return f"scale={w}:{h}:force_original_aspect_ratio=increase:flags=bicubic,crop={w}:{h}"


def class_folder(out, size, label):
    return os.path.join(out, size, C.KINDS[label].split(" (")[0].replace(" ", "-"))


def valid(label, path):
    """Is the fault there at all? A dark picture times two is not over-exposed, a picture gone to
    nothing not dark."""
    x = cv2.imread(path)
    if x is None:
        return False
    g = cv2.cvtColor(x, cv2.COLOR_BGR2GRAY)
    if label == C.OVER:
        return g.mean() > 185 and (g >= 248).mean() > 0.15
    if label == C.UNDER:
        seen = 2.5 < g.mean() < 50 and g.std() > 2
        return seen and np.percentile(g, 99.5) < 130 and x.max(2).mean() < 70
    if label == C.FOCUS:
        return g.std() > 6
    return True


def differs(good, bad):
    """The part of 16 x 16 blocks in which two pictures differ visibly."""
    if good.shape != bad.shape:
        return 0.0
    blocks = (good.shape[1] // 16, good.shape[0] // 16)
    d = cv2.resize(cv2.absdiff(good, bad).max(2), blocks, interpolation=cv2.INTER_AREA)
    return (d > 14).mean()


def raw_frames(path, size):
    w, h = S.SIZES[size]
    raw = subprocess.run(
        QUIET
        + ["-flags", "output_corrupt", "-i", path]
        + "-pix_fmt rgb24 -vsync 0 -f rawvideo -".split(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ).stdout
    n = len(raw) // (w * h * 3)
    return list(np.frombuffer(raw, np.uint8, n * w * h * 3).reshape(n, h, w, 3))


class Photo:
    """One photograph at one size, and what is made of it."""

    def __init__(self, path, out, size, kind):
        self.path, self.out, self.size = path, out, size
        self.faults = SETS[kind][0]
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.stem = os.path.join(out, f"base-{size}-{self.name}")
        self.base = self.stem + ".png"
        self.speed = S.pick(self.name + "speed", ["0.012", "0.02", "-0.016", "0.03"])

    def target(self, label, k):
        folder = class_folder(self.out, self.size, label)
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, f"{self.name}-{k}.png")

    def check(self, label, file):
        if os.path.exists(file) and not valid(label, file):
            os.remove(file)

    def begin(self):
        """Makes the base picture; False where there is nothing to do."""
        # a run that was stopped goes on from here
        if os.path.exists(self.target(C.COMBED, 0)) and not os.path.exists(self.base):
            return False
        if run(QUIET + ["-i", self.path, "-vf", fit(self.size)] + PNG + [self.base]):
            return False
        if P.detail(cv2.imread(self.base)) < 3:  # nothing sharp in it to begin with
            os.remove(self.base)
            return False
        return True

    def filtered(self):
        """Every class that a filter makes, in one run."""
        command, made = QUIET + ["-i", self.base], []
        for label, chains in self.faults.photo_filters(self.size, self.name + self.size).items():
            for k, chain in enumerate(dict.fromkeys(chains)):
                file = self.target(label, k)
                command += ["-vf", chain] + PNG + [file]
                made.append((label, file))
        run(command)
        for label, file in made:
            self.check(label, file)

    def encoded(self):
        """Normal: through encoders."""
        clip = self.stem + ".mkv"
        for k, (codec, pixels) in enumerate(self.faults.INTRA, 2):
            run(QUIET + ["-i", self.base, "-pix_fmt", pixels, "-c:v"] + codec + ["-y", clip])
            file = self.target(C.NORMAL, k)
            run(QUIET + ["-i", clip] + PNG + [file])
            self.check(C.NORMAL, file)

    def combed(self):
        comb = S.pick(self.name + "comb", self.faults.COMB)
        chain = f"{STILL}scroll=h={self.speed},format=yuv420p,{comb},select=gte(n\\,2)"
        file = self.target(C.COMBED, 0)
        run(QUIET + ["-i", self.base, "-vf", chain] + PNG + [file])
        self.check(C.COMBED, file)

    def blocks(self):
        """A moving clip whose stream is damaged, more at each try until it shows."""
        codec, ext, amounts = S.pick(self.name + self.size + "codec", DAMAGED)
        whole, broken = self.stem + ext, self.stem + "-bad" + ext
        chain = f"{STILL}scroll=h={float(self.speed) / 4},format=yuv420p"
        moving = ["-i", self.base, "-vf", chain, "-frames:v", "8", "-g", "10", "-c:v"]
        run(QUIET + moving + codec + ["-y", whole])
        goods = raw_frames(whole, self.size)
        for amount in amounts:
            damage = f"noise=amount={amount}"
            run(QUIET + ["-i", whole, "-c", "copy", "-bsf:v", damage, "-y", broken])
            # against every good frame, as a lost frame alone is no block corruption
            bad = [
                b
                for b in raw_frames(broken, self.size)[:1:-1]
                if min(differs(g, b) for g in goods) > 0.15
            ]
            if bad:
                file = self.target(C.BLOCKS, 0)
                bgr = cv2.cvtColor(bad[0], cv2.COLOR_RGB2BGR)
                cv2.imwrite(file, bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])
                self.check(C.BLOCKS, file)
                break
        for f in (whole, broken):
            if os.path.exists(f):
                os.remove(f)

    def end(self):
        for f in (self.base, self.stem + ".mkv"):
            if os.path.exists(f):
                os.remove(f)


def one_photo(job):
    photo, kind = Photo(*job), job[3]
    if photo.begin():
        photo.filtered()
        photo.encoded()
        photo.combed()
        if kind == "test":  # no class of the model: shown once is enough
            photo.blocks()
        photo.end()


def one_source(job):
    out, size, n, label, source, more = job
    folder = class_folder(out, size, label)
    os.makedirs(folder, exist_ok=True)
    file = os.path.join(folder, f"source-{n:03d}.png")
    code = run(QUIET + ["-f", "lavfi", "-i", source, "-vf", more] + PNG + [file])
    if code:
        print("failed:", source, more, flush=True)
        return []
    return [(size, label, file)]


def videotestsrc(out):
    rows = []
    folder = os.path.join(out, "videotestsrc")
    os.makedirs(folder, exist_ok=True)
    for pattern, label in S.VIDEOTESTSRC.items():
        for w, h in ((320, 240), (1280, 720), (1920, 1080)):
            file = os.path.join(folder, f"{pattern.replace(' ', '_')}-{w}x{h}.png")
            pipeline = (
                f"videotestsrc num-buffers=1 pattern={pattern}"
                f" ! video/x-raw,format=I420,width={w},height={h}"
                " ! videoconvert ! video/x-raw,format=RGB ! pngenc ! filesink"
            )
            run(["gst-launch-1.0", "-q"] + pipeline.split() + ["location=" + file])
            rows.append((f"videotestsrc {pattern}", label, file))
    return rows


def enlarged(path, size):
    """How many times a photograph is enlarged to fill this size."""
    with Image.open(path) as image:
        return max(v / own for v, own in zip(S.SIZES[size], image.size))


def photographs(a):
    """All pictures of photographs under the folders of the classes."""
    found = P.files(SETS[a.set][1], a.photos)
    jobs = [(f, a.out, "360p", a.set) for f in found]
    large = [f for f in found if enlarged(f, "1080p") <= MOST_ENLARGED]
    jobs += [(f, a.out, "1080p", a.set) for f in large[:: a.every]]
    t = time.time()
    with multiprocessing.Pool(a.jobs) as pool:
        for n, _ in enumerate(pool.imap_unordered(one_photo, jobs), 1):
            if n % 10 == 0:
                left = (time.time() - t) / n * (len(jobs) - n)
                print(
                    "  %d of %d photographs, about %.0f s left" % (n, len(jobs), left), flush=True
                )
    rows = []
    for size in S.SIZES:
        for label in range(len(C.KINDS)):
            folder = class_folder(a.out, size, label)
            for f in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
                if not f.startswith("source-"):
                    rows.append((size, label, os.path.join(folder, f)))
    return rows


def lavfi(a):
    made = SETS[a.set][0].sources
    jobs = [(a.out, size, n) + x for size in S.SIZES for n, x in enumerate(made(size))]
    with multiprocessing.Pool(a.jobs) as pool:
        return sum(pool.map(one_source, jobs, chunksize=1), [])


PARTS = {
    "photos": photographs,
    "sources": lavfi,
    "videotestsrc": lambda a: videotestsrc(a.out) if a.set == "test" else [],
}


def arguments():
    a = argparse.ArgumentParser()
    a.add_argument("--set", choices=sorted(SETS), default="test")
    a.add_argument("--photos", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--jobs", type=int, default=2)
    a.add_argument("--every", type=int, default=1, help="every so many photographs at 1080p")
    a.add_argument("--only", default="photos,sources,videotestsrc")
    return a.parse_args()


def main():
    a = arguments()
    os.makedirs(a.out, exist_ok=True)
    P.fetch(SETS[a.set][1], a.photos)
    cv2.setNumThreads(1)
    for part in a.only.split(","):
        rows = PARTS[part](a) if part in PARTS else []
        with open(os.path.join(a.out, f"list-{part}.tsv"), "w") as f:
            for group, label, file in rows:
                f.write(f"{group}\t{C.KINDS[label]}\t{os.path.relpath(file, a.out)}\n")
        print(part, len(rows), "pictures", flush=True)


if __name__ == "__main__":
    main()
