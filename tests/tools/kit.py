# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the tools share: running a command, judging what it said, pictures and a
model to run it on, and the loop over the tests of a script, which speaks TAP. The script's
first arguments are WRITE_MODEL VIN_TAG VIN_BENCH VIN_INSPECT.
"""
import os
import struct
import subprocess
import sys
import tempfile
import time
import zlib

WRITE_MODEL, TAG, BENCH, INSPECT = map(os.path.abspath, sys.argv[1:5])
TOOLS = (TAG, BENCH, INSPECT)
SOME_FAILED, USAGE, FAILED = 1, 2, 3  # exit codes, as the manual pages have them
LABELS = ("red", "green", "blue", "other")
ERROR_SECONDS = 2.0  # a mistake is to be told within
RED, BLUE = (255, 0, 0), (0, 0, 255)


def is_sanitized():
    """By the program itself: meson sets the sanitizers' variables for every test."""
    with open(TAG, "rb") as handle:
        return b"__asan_init" in handle.read()


class Skip(Exception):
    """Raised with the reason when something that a test needs is not there."""


def run(*command, **environment):
    """(exit code, stdout, stderr lines, seconds)"""
    env = dict(os.environ, **environment)
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, env=env, check=False, timeout=300)
    return done.returncode, done.stdout, done.stderr.splitlines(), time.monotonic() - start


def equal(have, want, what):
    if have != want:
        raise AssertionError("%s: %r, not %r" % (what, have, want))


def true(fact, what):
    if not fact:
        raise AssertionError(what)


def good(*command, **environment):
    """stdout of a command that must work."""
    code, out, err, _ = run(*command, **environment)
    equal(code, 0, "exit code of %s (%s)" % (" ".join(command), " ".join(err)))
    return out


def one_error(*command, code=None, **environment):
    """The error line of a command that must fail: one, soon, with nothing on stdout. The exit code
    of a tool is that of a run that could not be made, if no other is named."""
    want = code if code is not None else FAILED if command[0] in TOOLS else 1
    code, out, err, seconds = run(*command, **environment)
    equal(code, want, "exit code of " + " ".join(command))
    errors = [line for line in err if ": warn: " not in line]
    equal(len(errors), 1, "error lines (%s)" % " | ".join(err))
    equal(out, "", "stdout")
    true(seconds < ERROR_SECONDS, "took %.2f s" % seconds)
    return errors[0]


def usage_error(*command, **environment):
    """As one_error(), for a mistake in the command line."""
    return one_error(*command, code=USAGE, **environment)


def write(path, data):
    with open(path, "wb") as handle:
        handle.write(data)
    return path


def png(path, colour, width=48, height=40):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    rows = (b"\0" + bytes(colour) * width) * height
    return write(path, b"\x89PNG\r\n\x1a\n"
                 + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                 + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def need_device():
    code, _, err, _ = run(INSPECT, "--devices")
    if code != 0:
        raise Skip("no Vulkan device: " + " ".join(err))


class Fixture:
    """A folder with the tiny model, its labels and its recipe, and what names them."""

    def __init__(self, folder):
        self.folder = folder
        self.model = self.path("tiny.onnx")
        self.make_model(len(LABELS))
        self.labels = write(self.path("labels.txt"), "\n".join(LABELS).encode())
        write(self.path("tiny.modelinfo"), b"[vkinception]\ndir=none\nresize=stretch\n"
              b"channel-order=rgb\nmean=0\nscale=0.00392156862745098\n")
        self.named = ("--model", self.model, "--labels", self.labels)

    def make_model(self, n_classes, *odd):
        subprocess.run([WRITE_MODEL, self.model, str(n_classes), *odd], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def png(self, name, colour, **size):
        return png(self.path(name), colour, **size)


def main(script, need=None):
    """Runs every test_*(fixture) of these globals; need() first, which may raise Skip."""
    tests = [(name[5:], test) for name, test in sorted(script.items())
             if name.startswith("test_")]
    failed = False
    print("1..%d" % len(tests))
    for number, (name, test) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                if need is not None:
                    need()
                test(Fixture(folder))
                print("ok %d %s" % (number, name), flush=True)
            except Skip as reason:
                print("ok %d %s # SKIP %s" % (number, name, reason), flush=True)
            except Exception as error:  # whatever it is, the rest of the tests go on
                failed = True
                print("not ok %d %s" % (number, name))
                print("# " + "\n# ".join(("%s: %s" % (type(error).__name__, error)).splitlines()),
                      flush=True)
    return 1 if failed else 0
