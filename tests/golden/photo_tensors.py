#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Photographs as the tensors GoogLeNet was measured on: OpenCV's bilinear resize to 256 x 256,
centre crop 224, BGR, minus (104, 117, 123).

usage: photo_tensors.py FOLDER STEP OUT     every STEP-th photo of FOLDER in name order, as
                                            little-endian float32 3 x 224 x 224 each

OpenCV and numpy are taken from this Python, else from a virtual environment in .venv/ of the
source tree, which is made when it is not there. Exit code 77, with the reason on stdout, where
they can't be had."""
import os
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
VENV = os.path.join(ROOT, ".venv")
PACKAGES = ["numpy", "opencv-python-headless"]


def skip(reason):
    print(reason)
    sys.exit(77)


def run_quietly(command):
    """None, or the last line of what a failed command said."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "exit code %d" % done.returncode


def run_in_venv():
    """Starts this script anew with the virtual environment's Python."""
    python = os.path.join(VENV, "bin", "python3")
    if os.path.abspath(sys.prefix) == VENV:
        skip("OpenCV can't be imported from %s" % VENV)
    have = os.path.exists(python) and subprocess.run(
        [python, "-c", "import cv2"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode == 0
    if not have:
        for command in ([sys.executable, "-m", "venv", VENV],
                        [python, "-m", "pip", "install", "--quiet", "--retries", "1"] + PACKAGES):
            failed = run_quietly(command)
            if failed:
                skip("%s can't be installed: %s" % (" and ".join(PACKAGES), failed))
    os.execv(python, [python] + sys.argv)


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


try:
    import cv2
    import numpy
except ImportError:
    run_in_venv()
main()
