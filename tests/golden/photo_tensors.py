#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Photographs as the tensors GoogLeNet was measured on: OpenCV's bilinear resize to 256 x 256,
centre crop 224, BGR, minus (104, 117, 123).

usage: photo_tensors.py FOLDER STEP OUT     every STEP-th photo of FOLDER in name order, as
                                            little-endian float32 3 x 224 x 224 each"""
import os
import sys

import packages

packages.need("numpy", "cv2")

import cv2  # noqa: E402
import numpy  # noqa: E402


def tensor(path):
    image = cv2.imread(path, cv2.IMREAD_COLOR)
    if image is None:
        sys.exit("%s: not a photo that OpenCV reads" % path)
    image = cv2.resize(image, (256, 256), interpolation=cv2.INTER_LINEAR)
    image = image[16:240, 16:240].astype(numpy.float32)
    image -= numpy.array([104, 117, 123], numpy.float32)
    return numpy.ascontiguousarray(image.transpose(2, 0, 1)).astype("<f4")


def main():
    folder, step, out = sys.argv[1:]
    names = sorted(os.listdir(folder))[::int(step)]
    with open(out, "wb") as handle:
        for name in names:
            handle.write(tensor(os.path.join(folder, name)).tobytes())


main()
