#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""vin-tag on photographs from their JPEG files: the same first class as the reference run of
the same network. Decoders differ a little, so 3 of 100 may differ. Every fifth photo, or all
of them with VIN_TEST_FULL=1.

usage: test_photos.py VIN_TAG
"""
import csv
import json
import os
import subprocess
import sys

SHARED = os.environ.get("VIN_SHARED_DIR", "")
TOP5 = os.path.join(SHARED, "reference", "googlenet_images_top5.csv")
MODELS = os.path.join(SHARED, "models")
MAY_DIFFER = 0.03  # of the photos


def skip(reason):
    print("skipped: " + reason)
    sys.exit(77)


def main():
    tag = sys.argv[1]
    for needed in (TOP5, os.path.join(MODELS, "googlenet.onnx")):
        if not os.path.exists(needed):
            skip("no reference data: %s" % needed)
    inspect = os.path.join(os.path.dirname(tag), "vin-inspect")
    if subprocess.run([inspect, "--devices"], stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL, check=False).returncode != 0:
        skip("no Vulkan device")
    with open(TOP5, encoding="utf-8", newline="") as handle:
        want = {row["image"]: int(row["class1"]) for row in csv.DictReader(handle)}
    names = sorted(want)[::1 if os.environ.get("VIN_TEST_FULL") == "1" else 5]
    photos = [os.path.join(SHARED, "images", name) for name in names]
    output = subprocess.run([tag, "--model", os.path.join(MODELS, "googlenet.onnx"), "--json",
                             "--top-k", "1", *photos], stdout=subprocess.PIPE, text=True,
                            check=True).stdout
    entries = [json.loads(line) for line in output.splitlines()]
    if [entry["file"] for entry in entries] != photos:
        print("not one line a photo, in order: %d lines for %d photos"
              % (len(entries), len(photos)))
        return 1
    differ = [(name, entry["tags"][0]) for name, entry in zip(names, entries)
              if entry["tags"][0]["index"] != want[name]]
    for name, found in differ:
        print("%s: class %d (%s, %.3f), in the reference %d"
              % (name, found["index"], found["label"], found["score"], want[name]))
    print("%d of %d photos as in the reference" % (len(names) - len(differ), len(names)))
    return 1 if len(differ) > MAY_DIFFER * len(names) else 0


if __name__ == "__main__":
    sys.exit(main())
