#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One example program with the tiny network: the right first class of every frame, and each
mistake one error line and an exit code. Where the example says 77, so does this.

usage: test_examples.py VIN_INSPECT WRITE_MODEL EXAMPLE
"""
import os
import re
import subprocess
import sys
import tempfile

INSPECT, WRITE_MODEL, EXAMPLE = map(os.path.abspath, sys.argv[1:4])
LABELS = "red\ngreen\nblue\nother\n"
FRAME = re.compile(r"\s*\d+\.\d\d s  (\w+) [01]\.\d\d,?  ?(\w+) [01]\.\d\d,?  ?(\w+) [01]\.\d\d\s*")


def skip(reason):
    print("skipped: " + reason)
    sys.exit(77)


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, check=False, timeout=60)


def command_of(example):
    """The words that run the example: of a Python one, an interpreter that has gi."""
    if not example.endswith(".py"):
        return [example]
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and run(python, "-c", "import gi").returncode == 0:
            return [python, example]
    return skip("no Python with the module gi (Debian's python3-gi)")


def errors(done):
    return [line for line in done.stderr.splitlines() if "warn" not in line.lower()]


def check_frames(command, model):
    done = run(*command, model)
    if done.returncode != 0:
        return ["exit code %d: %s" % (done.returncode, done.stderr)]
    frames = [FRAME.fullmatch(line) for line in done.stdout.splitlines()[:10]]
    if len(frames) != 10 or not all(frames):
        return ["not ten lines with three classes each:\n" + done.stdout]
    # The tiny network gives the mean colour of a picture, which of colour bars is a blue.
    return ["a frame is %r, not blue" % (frame.group(),) for frame in frames
            if frame.group(1) != "blue" or sorted(frame.groups()) != ["blue", "green", "red"]]


def check_mistakes(command):
    faults = []
    done = run(*command)
    if done.returncode != 2 or len(errors(done)) != 1 or not errors(done)[0].startswith("usage"):
        faults.append("without arguments: exit code %d, %r" % (done.returncode, done.stderr))
    for arguments in (["no-such-model"], ["signal", "file:///no/such/movie.mp4"]):
        done = run(*command, *arguments)
        if done.returncode != 1 or len(errors(done)) != 1:
            faults.append("%s: exit code %d, %r" % (arguments, done.returncode, done.stderr))
    return faults


def main():
    command = command_of(EXAMPLE)
    done = run(*command)
    if done.returncode == 77:
        skip(done.stdout.strip())
    faults = check_mistakes(command)
    if run(INSPECT, "--devices").returncode == 0:
        with tempfile.TemporaryDirectory() as folder:
            model = os.path.join(folder, "tiny.onnx")
            subprocess.run([WRITE_MODEL, model, "4"], check=True)
            with open(os.path.join(folder, "tiny.labels"), "w", encoding="utf-8") as handle:
                handle.write(LABELS)
            faults += check_frames(command, model)
    elif not faults:
        skip("no Vulkan device; mistakes are told")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
