#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""scripts/screenshot.py draws what commands print, and only commands that work; the picture in the
README is one of its own, small, and of the program that the README speaks of."""
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import pages

SCRIPT = os.path.join(pages.ROOT, "scripts", "screenshot.py")
PICTURE = os.path.join(pages.ROOT, "docs", "terminal.svg")
MAX_BYTES = 100000


def texts(path):
    tree = xml.etree.ElementTree.parse(path)
    return [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]


def main():
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.svg")
        subprocess.run([sys.executable, SCRIPT, path, "echo 'a <b> & c'; seq 1 2",
                        "echo $((6 * 7))"],
                       check=True)
        want = ["$ echo 'a <b> & c'; seq 1 2", "a <b> & c", "1", "2", "$ echo $((6 * 7))", "42"]
        if texts(path) != want:
            faults.append("the picture says %r, not %r" % (texts(path), want))
        os.remove(path)
        done = subprocess.run([sys.executable, SCRIPT, path, "echo lost; exit 3"], check=False,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode == 0 or "lost" not in done.stderr or os.path.exists(path):
            faults.append("a command that failed is drawn")
    if os.path.getsize(PICTURE) > MAX_BYTES:
        faults.append("docs/terminal.svg has over %d bytes" % MAX_BYTES)
    shown = texts(PICTURE)
    if not shown or not shown[0].startswith("$ examples/tag-video.sh"):
        faults.append("docs/terminal.svg does not show examples/tag-video.sh")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
