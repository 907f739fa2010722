#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The headings of docs/troubleshooting.md are messages that programs really print: each is
provoked, or, where that takes more than a command, found in the sources. Speaks TAP.

usage: test_troubleshooting.py BUILD_ROOT WRITE_MODEL
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

import pages

BUILD, WRITE_MODEL = map(os.path.abspath, sys.argv[1:3])
PAGE = "docs/troubleshooting.md"
ANY = "\u2026"  # what differs, in a heading
LAUNCH = "gst-launch-1.0 videotestsrc num-buffers=2 ! "
RECIPE = "cp models/googlenet.onnx m.onnx; printf '[vkinception]\\n%s\\n' >m.modelinfo; "
# Beginning of a heading: what makes the message. Without an entry: it is in the sources.
PROVOKED = {
    'no element "': "GST_PLUGIN_PATH= GST_REGISTRY=$PWD/r.bin " + LAUNCH
                    + "vulkaninception ! fakesink",
    "could not link \u2026": LAUNCH + "video/x-raw,format=v216 ! vulkaninception ! fakesink",
    "streaming stopped, reason not-linked": "gst-launch-1.0 audiotestsrc num-buffers=9 ! wavenc ! "
                                            "filesink location=s.wav; gst-launch-1.0 filesrc "
                                            "location=s.wav ! decodebin ! vulkaninception ! "
                                            "fakesink",
    'no property "': LAUNCH + "vulkaninception modell=googlenet ! fakesink",
    'there is no model "': LAUNCH + "vulkaninception model=nowhere ! fakesink",
    "there is no model file": "vin-inspect nowhere.onnx",
    "\u2026 is truncated": "head -c 300 models/googlenet.onnx >cut.onnx; vin-inspect cut.onnx",
    "\u2026 is not an ONNX": "printf '\\010\\007' >empty.onnx; vin-inspect empty.onnx",
    "model \u2026 has no recipe": "cp models/googlenet.onnx m.onnx; " + LAUNCH
                                  + "vulkaninception model=m.onnx ! fakesink",
    "\u2026: [vkinception] \u2026=": RECIPE % "resize=wide" + "vin-inspect m.onnx",
    "\u2026: [vkinception] has keys": RECIPE % "dir=none\\nsice=2" + "vin-inspect m.onnx",
    "label file": "echo one >l; vin-inspect --labels l googlenet",
    "cannot read label file": LAUNCH + "vulkaninception labels-file=nowhere ! fakesink",
    "no Vulkan driver found": "VK_ICD_FILENAMES=/dev/null VK_DRIVER_FILES=/dev/null " + LAUNCH
                              + "vulkaninception ! fakesink",
    "no Vulkan device matches": LAUNCH + "vulkaninception device=abacus ! fakesink",
    "VIN_VALIDATION=1": "VIN_VALIDATION=1 VK_LAYER_PATH=/nowhere vin-inspect --plan signal",
    "model \u2026 has no head": LAUNCH + "vulkaninception heads=tail ! fakesink",
    "head weights": LAUNCH + "vulkaninception heads=all head-weights=1 ! fakesink",
    "head weight ": LAUNCH + "vulkaninception heads=main head-weights=one ! fakesink",
    "\u2026-labels: ": LAUNCH + "vulkaninception allow-labels=blakc ! fakesink",
    "allow-labels and deny-labels leave": LAUNCH + "vulkaninception deny-labels=* ! fakesink",
    "model \u2026 gave": WRITE_MODEL + " b.onnx 5 nan; " + LAUNCH
                         + "vulkaninception model=b.onnx ! fakesink",
    # Nothing between the two: a source may end before the failure after a thread is known.
    "Internal data stream error.": LAUNCH.replace("=2", "=99") + "tagsink location=/dev/full",
    "Could not open tag file": LAUNCH + "vulkaninception ! tagsink location=nowhere/tags",
    "Could not write tags": LAUNCH + "vulkaninception ! tagsink location=/dev/full",
    "no frame came out": "python3 %s </dev/null" % os.path.join(pages.ROOT,
                                                                "scripts/print-tags.py"),
    "\u2026: Could not determine": "echo words >photo.jpg; vin-tag photo.jpg",
    "\u2026 of \u2026 files": "vin-tag nowhere.jpg nowhere.png",
    "no photo or video": "mkdir empty; vin-tag empty",
    "another run": "exec 9>out; flock 9; vin-tag --output out photo.jpg",
    "--resume \u2026: line": "echo words >out; vin-tag --json --resume --output out photo.jpg",
    "--resume needs": "vin-tag --resume --output out photo.jpg",
    "no file named": "vin-tag",
    "--size ": "vin-bench --size 640",
}
# Not to be provoked without a device.
NEED_DEVICE = ("vulkaninception", "vin-tag photo", "vin-tag nowhere", "vin-tag empty")


def headings():
    return re.findall(r"^### `(.*)`$", pages.read(PAGE), re.M)


def sources():
    """The text of every string in the C files, as it is printed but for the % in it."""
    text = ""
    for folder in ("src", "plugin"):
        for path in sorted(glob.glob(os.path.join(pages.ROOT, folder, "**", "*.[ch]"),
                                     recursive=True)):
            text += pages.read(path)
    text = re.sub(r'"\s*(?:G_\w+_FORMAT|[A-Z]\w+_LAYER|GROUP)?\s*\\?\s*"', "", text)
    return re.sub(r"%[-\d.]*[a-z]+", ANY, text.replace('\\"', '"'))


def pattern(heading, anything):
    return anything.join(re.escape(part) for part in heading.split(ANY))


def provoke(command, folder):
    with tempfile.TemporaryDirectory(dir=folder) as work:
        os.symlink(os.path.join(folder, "models"), os.path.join(work, "models"))
        done = subprocess.run(["bash", "-c", command], cwd=work, stdin=subprocess.DEVNULL,
                              env=dict(pages.environment(BUILD, folder), LC_ALL="C.UTF-8"),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=60, check=False)
    return done.stdout


def check(heading, used, text, folder, has_device):
    """Why it was not provoked where it can be, or None; a fault is raised."""
    keys = [key for key in PROVOKED if heading.startswith(key)]
    if not keys:
        # What stands at an end is put there by another piece of code.
        if not re.search(pattern(heading.strip(ANY + ":; "), "[^\\n\";]*"), text):
            raise AssertionError("nothing in the sources prints it, and nothing provokes it")
        return None
    key = max(keys, key=len)
    used.add(key)
    if not has_device and any(word in PROVOKED[key] for word in NEED_DEVICE):
        return "no Vulkan device"
    printed = provoke(PROVOKED[key], folder)
    if not re.search(pattern(heading, ".*"), printed):
        raise AssertionError("%s printed\n%s" % (PROVOKED[key], printed))
    return None


def main():
    found, used, failed, text = headings(), set(), False, sources()
    print("1..%d" % (len(found) + 1))
    with tempfile.TemporaryDirectory() as folder:
        env = pages.furnish(BUILD, folder, WRITE_MODEL)
        has_device = subprocess.run(["vin-inspect", "--devices"], env=env, check=False,
                                    stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL).returncode == 0
        for number, heading in enumerate(found, 1):
            name = heading.replace("#", "")
            try:
                reason = check(heading, used, text, folder, has_device)
                print("ok %d %s%s" % (number, name, " # SKIP " + reason if reason else ""),
                      flush=True)
            except Exception as error:  # whatever it is, the rest go on
                failed = True
                print("not ok %d %s" % (number, name))
                print("# " + "\n# ".join(str(error).splitlines()), flush=True)
    unused = sorted(set(PROVOKED) - used)
    print("%sok %d every message that is provoked has a heading%s"
          % ("not " if unused else "", len(found) + 1,
             "".join("\n# no heading begins with '%s'" % key for key in unused)))
    return 1 if failed or unused else 0


if __name__ == "__main__":
    sys.exit(main())
