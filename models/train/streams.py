# SPDX-License-Identifier: LGPL-2.1-or-later
"""Short clips through real encoders, whole and with bytes of the stream overwritten: bases for normal and for blocks."""

import subprocess

import cv2
import numpy as np

import classes as C
import faults

CODECS = [
    ("libx264", ["-preset", "ultrafast", "-g", "25"], "h264", (20, 33)),
    ("libx264", ["-preset", "veryfast", "-slices", "4", "-g", "12"], "h264", (18, 33)),
    ("mpeg2video", ["-g", "12"], "mpegvideo", (2, 9)),
]


def ffmpeg(arguments, data):
    return subprocess.run(["ffmpeg", "-v", "quiet", "-threads", "1"] + arguments, input=data, stdout=subprocess.PIPE).stdout


def decode(stream, container, w, h):
    raw = ffmpeg(["-err_detect", "ignore_err", "-flags", "output_corrupt", "-f", container, "-i", "-", "-f", "rawvideo",
                  "-pix_fmt", "rgb24", "-sws_flags", "accurate_rnd+full_chroma_int", "-vsync", "0", "-"], stream)
    n = len(raw) // (w * h * 3)
    return np.frombuffer(raw, np.uint8, n * w * h * 3).reshape(n, h, w, 3)


class Pool:
    """Hands out frames by class; makes another clip when it has none left."""

    def __init__(self, r, photos):
        self.r, self.photos = r, photos
        self.frames = {C.NORMAL: [], C.BLOCKS: []}

    def __call__(self, label):
        for _ in range(3):
            if self.frames[label]:
                return self.frames[label].pop()
            self.make()
        return None

    def make(self):
        r = self.r
        w, h = [(640, 360), (768, 432), (1280, 720), (1920, 1080)][int(r.choice(4, p=[.35, .1, .2, .35]))]
        count = 9
        dx, dy = int(r.integers(-14, 15)), int(r.integers(-6, 7))
        big = faults.scene(r, self.photos, w + abs(dx) * count, h + abs(dy) * count, .1, .25)
        thing = faults.crop(r, self.photos(), w // 5, h // 4)
        clip = []
        for k in range(count):
            x = k * dx if dx >= 0 else (count - k) * -dx
            y = k * dy if dy >= 0 else (count - k) * -dy
            frame = big[y:y + h, x:x + w].copy()
            ox, oy = int(w * (.1 + .06 * k)), int(h * (.2 + .03 * k))
            frame[oy:oy + h // 4, ox:ox + w // 5] = thing
            clip.append(frame)
        raw = np.concatenate([f.reshape(-1) for f in clip]).tobytes()
        codec, options, container, quality = CODECS[int(r.integers(len(CODECS)))]
        q = int(r.integers(*quality))
        stream = ffmpeg(["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{w}x{h}", "-r", "25", "-i", "-", "-pix_fmt", "yuv420p",
                         "-c:v", codec] + (["-crf", str(q)] if codec == "libx264" else ["-q:v", str(q)]) + options +
                        ["-f", container if container == "h264" else "mpeg2video", "-"], raw)
        good = decode(stream, container, w, h)
        for k in (3, 7):
            if k < len(good):
                self.frames[C.NORMAL].append(good[k].copy())
        for _ in range(2):
            data = np.frombuffer(stream, np.uint8).copy()
            hits = max(3, int(len(data) / np.exp(faults.u(r, np.log(250), np.log(6000)))))
            where = r.integers(min(600, len(data) // 4), len(data), hits)
            data[where] = r.integers(1, 255, hits)
            bad = decode(data.tobytes(), container, w, h)
            picks = 0
            for k in range(min(len(bad), len(good)) - 1, 0, -1):
                if bad[k].shape == good[k].shape and len(bad) == len(good) and faults.changed(bad[k], good[k]) > .13:
                    self.frames[C.BLOCKS].append(bad[k].copy())
                    picks += 1
                    if picks == 2:
                        break
