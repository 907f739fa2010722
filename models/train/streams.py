# SPDX-License-Identifier: LGPL-2.1-or-later
"""Short clips through real encoders, whole and with bytes of the stream overwritten: bases for
normal and for blocks."""

import subprocess

import numpy as np

import classes as C
import faults
import scenes

# encoder, its options, how quality is asked for, range of quality, FFmpeg's format
CODECS = [
    ("libx264", "-preset ultrafast -g 25", "-crf", (20, 33), "h264"),
    ("libx264", "-preset veryfast -slices 4 -g 12", "-crf", (18, 33), "h264"),
    ("mpeg2video", "-g 12", "-q:v", (2, 9), "mpeg2video"),
]
DEMUXERS = {"h264": "h264", "mpeg2video": "mpegvideo"}
SIZES = [(640, 360), (768, 432), (1280, 720), (1920, 1080)]
SIZE_WEIGHTS = [0.35, 0.1, 0.2, 0.35]


def ffmpeg(arguments, data):
    command = "ffmpeg -v quiet -threads 1 " + arguments
    return subprocess.run(command.split(), input=data, stdout=subprocess.PIPE).stdout


def decode(stream, container, w, h):
    raw = ffmpeg(
        f"-err_detect ignore_err -flags output_corrupt -f {DEMUXERS[container]} -i -"
        " -f rawvideo -pix_fmt rgb24 -sws_flags accurate_rnd+full_chroma_int -vsync 0 -",
        stream,
    )
    n = len(raw) // (w * h * 3)
    return np.frombuffer(raw, np.uint8, n * w * h * 3).reshape(n, h, w, 3)


def damaged(r, stream):
    """The stream with bytes overwritten after its beginning."""
    data = np.frombuffer(stream, np.uint8).copy()
    hits = max(3, int(len(data) / np.exp(scenes.u(r, np.log(250), np.log(6000)))))
    where = r.integers(min(600, len(data) // 4), len(data), hits)
    data[where] = r.integers(1, 255, hits)
    return data.tobytes()


class Pool:
    """Hands out frames by class; makes another clip when it has none left. Damages streams only
    where asked to."""

    def __init__(self, r, photos, damage):
        self.r, self.photos, self.damage = r, photos, damage
        self.frames = {C.NORMAL: [], C.BLOCKS: []}

    def __call__(self, label):
        for _ in range(3):
            if self.frames[label]:
                return self.frames[label].pop()
            self.make()
        return None

    def moving(self, w, h, count=9):
        """A scene that passes by behind a thing that moves."""
        r = self.r
        dx, dy = int(r.integers(-14, 15)), int(r.integers(-6, 7))
        big = scenes.scene(r, self.photos, w + abs(dx) * count, h + abs(dy) * count, 0.1, 0.25)
        thing = scenes.crop(r, self.photos(), w // 5, h // 4)
        clip = []
        for k in range(count):
            x = k * dx if dx >= 0 else (count - k) * -dx
            y = k * dy if dy >= 0 else (count - k) * -dy
            frame = big[y : y + h, x : x + w].copy()
            ox, oy = int(w * (0.1 + 0.06 * k)), int(h * (0.2 + 0.03 * k))
            frame[oy : oy + h // 4, ox : ox + w // 5] = thing
            clip.append(frame)
        return clip

    def make(self):
        r = self.r
        w, h = SIZES[int(r.choice(4, p=SIZE_WEIGHTS))]
        raw = np.concatenate([f.reshape(-1) for f in self.moving(w, h)]).tobytes()
        codec, options, scale, quality, container = CODECS[int(r.integers(len(CODECS)))]
        q = int(r.integers(*quality))
        stream = ffmpeg(
            f"-f rawvideo -pix_fmt rgb24 -s {w}x{h} -r 25 -i -"
            f" -pix_fmt yuv420p -c:v {codec} {scale} {q} {options} -f {container} -",
            raw,
        )
        good = decode(stream, container, w, h)
        for k in (3, 7):
            if k < len(good):
                self.frames[C.NORMAL].append(good[k].copy())
        for _ in range(2 * self.damage):
            bad = decode(damaged(r, stream), container, w, h)
            if len(bad) == len(good):
                self.take(good, bad)

    def take(self, good, bad):
        """Keeps the last two frames in which the damage shows."""
        picks = 0
        for k in range(len(bad) - 1, 0, -1):
            if faults.changed(bad[k], good[k]) > 0.13:
                self.frames[C.BLOCKS].append(bad[k].copy())
                picks += 1
                if picks == 2:
                    break
