#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tools where memory is short: within 1 GiB of addresses (ulimit -v 1048576) all is well, and
what is refused below that is refused by one line.

usage: test_limits.py WRITE_MODEL VIN_TAG VIN_BENCH VIN_INSPECT
"""
import json
import os
import shutil
import sys

from kit import *

GIB = 1 << 30


def within(n_bytes, *command):
    """@command with so many bytes of addresses."""
    if is_sanitized():
        raise Skip("a sanitizer takes terabytes of addresses")
    if not shutil.which("prlimit"):
        raise Skip("no prlimit")
    return ("prlimit", "--as=%d" % n_bytes) + command


def test_default_model(fixture):
    need_device()
    photo = fixture.png("red.png", RED)
    code, out, err, _ = run(*within(GIB, TAG, "--json", photo))
    equal((code, err), (0, []), "exit code and errors")
    true(len(json.loads(out)["tags"]) > 0, "no tags")


def test_googlenet(fixture):
    need_device()
    shared = os.environ.get("VIN_SHARED_DIR", "")
    model = os.path.join(shared, "models/googlenet.onnx")
    photo = os.path.join(shared, "images/n01496331_electric_ray.jpg")
    if not os.path.exists(model) or not os.path.exists(photo):
        raise Skip("no GoogLeNet or no photo in VIN_SHARED_DIR")
    code, out, err, _ = run(*within(GIB, TAG, "--json", "--model", model, photo))
    equal((code, err), (0, []), "exit code and errors")
    equal(json.loads(out)["tags"][0]["label"], "electric ray", "first label")


def test_bench(fixture):
    need_device()
    good(*within(GIB, BENCH, "--frames", "2"))


def test_too_little(fixture):
    """A model of which 300 MB of weights do not fit beside everything else."""
    model = write(fixture.path("cut.onnx"), b"\x08\x08\x12\x80\x80\x80\x80\x01")
    os.truncate(model, 300 << 20)
    error = one_error(*within(256 << 20, INSPECT, "--model", model), code=FAILED)
    true("no memory for the 314572800 bytes" in error, "error: " + error)


if __name__ == "__main__":
    sys.exit(main(globals()))
