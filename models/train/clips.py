# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every frame of the two real clips, plain and through FFmpeg's filters (test_sources.py): what the
model says to them, through the project's element or through ONNX Runtime."""

import collections
import json
import os
import subprocess

import cv2
import numpy as np

import classes as C
import test_sources as S

NAMES = ("car-detection", "bottle-detection")


def variants():
    """(name, class, filter chain)"""
    out = [("plain", C.NORMAL, "null")]
    for name, label, chains in S.CLIP_FILTERS:
        out += [(f"{name} {chain}", label, chain) for chain in chains]
    return out


def by_element(path, chain, model):
    """FFmpeg's frames go to the element as they are, in YUV."""
    decode = ["ffmpeg", "-v", "error", "-nostdin", "-i", path]
    decode += ["-vf", chain + ",format=yuv420p", "-f", "yuv4mpegpipe", "-"]
    pipeline = "gst-launch-1.0 -q fdsrc fd=0 ! y4mdec ! vulkaninception top-k=1".split()
    pipeline += [f"model={model}"] if model else []
    with subprocess.Popen(decode, stdout=subprocess.PIPE) as source:
        done = subprocess.run(
            pipeline + ["!", "tagsink"],
            stdin=source.stdout,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return collections.Counter(row["tags"][0]["label"] for row in lines)


def by_onnxruntime(path, chain, answer, recipe):
    """answer: from one picture as the network takes it to the three softmaxes."""
    video = cv2.VideoCapture(path)
    w, h = (int(video.get(k)) for k in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    decode = ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-vf", chain + ",format=yuv420p"]
    decode += "-sws_flags accurate_rnd+full_chroma_int+bilinear".split()
    decode += "-pix_fmt rgb24 -f rawvideo -".split()
    counts = collections.Counter()
    with subprocess.Popen(decode, stdout=subprocess.PIPE) as source:
        while len(raw := source.stdout.read(w * h * 3)) == w * h * 3:
            rgb = np.frombuffer(raw, np.uint8).reshape(h, w, 3)
            counts[C.LABELS[answer(C.prepare(rgb, recipe))[0].argmax()]] += 1
    return counts


def measure(folder, count):
    """(group, class, how often each label) of every variant; count(path, chain) counts."""
    for clip in NAMES:
        for name, label, chain in variants():
            path = os.path.join(folder, clip + ".mp4")
            yield f"clips {clip} {name}", C.KINDS[label], count(path, chain)
