#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The element on real clips against ONNX Runtime on the same decoded frames.

usage: clips.py    the clips of VIN_SHARED_DIR; whole ones with VIN_TEST_FULL=1, else their
                   first 24 frames

Runs each clip through `vulkaninception ! tagsink` in gst-launch-1.0, decodes it a second time
to BGR through videoconvert, feeds those frames to ONNX Runtime with GoogLeNet's own
pre-processing, and compares frame by frame. Checks: one line a frame, in order, none missing,
a median difference of the top-1 probability of at most 0.02, and the label where it is known.
Exit code 77, with the reason, where something needed is absent.
"""
import itertools
import json
import os
import subprocess
import sys

import packages

packages.need("numpy", "cv2", "onnxruntime")

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402

MEDIAN_BOUND = 0.02
SHORT = 24  # frames, without VIN_TEST_FULL
CLIPS = [("car-detection.mp4", None), ("bottle-detection.mp4", "water bottle")]


def element_lines(model, clip, frames):
    """What tagsink wrote for the clip, one dictionary a frame."""
    command = ["gst-launch-1.0", "-q", "filesrc", "location=" + clip, "!", "decodebin", "!",
               "vulkaninception", "model=" + model, "top-k=5", "!", "tagsink"]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for text in process.stdout:
            lines.append(json.loads(text))
            if len(lines) == frames:
                process.terminate()
                return lines
    if process.returncode != 0:
        sys.exit("gst-launch-1.0 ended with %d after %d lines" % (process.returncode, len(lines)))
    return lines


def decoded_frames(clip, width, height):
    command = ["gst-launch-1.0", "-q", "filesrc", "location=" + clip, "!", "decodebin", "!",
               "videoconvert", "!", "video/x-raw,format=BGR", "!", "fdsink", "fd=1"]
    stride = (width * 3 + 3) // 4 * 4
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while True:
            data = process.stdout.read(stride * height)
            if len(data) < stride * height:
                break
            rows = np.frombuffer(data, np.uint8).reshape(height, stride)
            yield rows[:, :width * 3].reshape(height, width, 3)


def reference(session, frame):
    picture = cv2.resize(frame, (256, 256), interpolation=cv2.INTER_LINEAR)[16:240, 16:240]
    tensor = picture.astype(np.float32) - np.array([104, 117, 123], np.float32)
    name = session.get_inputs()[0].name
    return session.run(None, {name: tensor.transpose(2, 0, 1)[None]})[0].ravel()


def compare(session, lines, frames, label):
    """How many frames, the differences of the top-1 probability, how often top-1 agrees, and
    what is wrong."""
    n_frames, differences, same, wrong, last_time = 0, [], 0, [], -1
    for index, frame in enumerate(frames):
        n_frames += 1
        if index >= len(lines):
            continue
        line = lines[index]
        if line["frame"] != index or line["running_time"] <= last_time:
            wrong.append("line %d says frame %s at %s" % (index, line["frame"],
                                                          line["running_time"]))
        last_time = line["running_time"]
        expected = reference(session, frame)
        top = line["tags"][0]
        same += top["index"] == int(expected.argmax())
        if label is not None and top["label"] != label:
            wrong.append("frame %d is \"%s\"" % (index, top["label"]))
        differences.append(abs(top["score"] - float(expected.max())))
    return n_frames, differences, same, wrong


def check_clip(session, model, clip, label, limit):
    """Whether the clip is as it should be; prints the figures."""
    video = cv2.VideoCapture(clip)
    width = int(video.get(cv2.CAP_PROP_FRAME_WIDTH))
    height = int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    lines = element_lines(model, clip, limit)
    frames = itertools.islice(decoded_frames(clip, width, height), limit or None)
    n_frames, differences, same, wrong = compare(session, lines, frames, label)
    median = float(np.median(differences)) if differences else float("nan")
    print("%s: %d frames decoded, %d lines, top-1 agrees on %d, median |dp| %.4f, p99 %.4f" %
          (os.path.basename(clip), n_frames, len(lines), same, median,
           float(np.percentile(differences, 99)) if differences else float("nan")))
    if n_frames == 0 or len(lines) != n_frames:
        wrong.append("%d lines for %d frames" % (len(lines), n_frames))
    if not median <= MEDIAN_BOUND:
        wrong.append("median difference %.4f, allowed %.2f" % (median, MEDIAN_BOUND))
    for text in wrong[:5]:
        print("%s: %s" % (os.path.basename(clip), text))
    return not wrong


def main():
    shared = os.environ.get("VIN_SHARED_DIR", "../shared")
    model = os.path.join(shared, "models", "googlenet.onnx")
    if not os.path.exists(model):
        packages.skip("no reference data: %s is not there" % model)
    limit = 0 if os.environ.get("VIN_TEST_FULL") == "1" else SHORT
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    good = [check_clip(session, model, os.path.join(shared, "videos", name), label, limit)
            for name, label in CLIPS]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
