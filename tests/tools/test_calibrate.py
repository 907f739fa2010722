#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""vin-inspect --calibrate: the same photos give the same sidecar, in which everything else stays as
it is; with it, and not without, --precision int8 runs, and tells what fp32 tells; mistakes are one
error line each and leave the sidecar alone.

usage: test_calibrate.py WRITE_MODEL VIN_TAG VIN_BENCH VIN_INSPECT MODELS_FOLDER
"""
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

from kit import *

MODELS = os.path.abspath(sys.argv[5])
RANGE = re.compile(r"^int8\.(\S+)=(\S+);(\S+)$", re.M)
OWN = "\n# Mine.\n[of-others]\nkey = value ; with odd  blanks\n"


def read(path):
    with open(path, encoding="utf-8") as handle:
        return handle.read()


def without_ranges(text):
    return re.sub(r"^int8\..*\n", "", text, flags=re.M)


def error_of(*command):
    """The one line of a command that must fail, however long it takes to open a device."""
    code, out, err, _ = run(*command)
    equal((code, out, len(err)), (FAILED, "", 1), "exit code, output, lines of %s" % err)
    return err[0]


class Signal:
    """A copy of the default model, not measured yet, and photos for it."""

    def __init__(self, fixture):
        self.model = fixture.path("signal.onnx")
        self.sidecar = fixture.path("signal.modelinfo")
        shutil.copy(os.path.join(MODELS, "signal.onnx"), self.model)
        shutil.copy(os.path.join(MODELS, "signal.txt"), fixture.path("signal.txt"))
        self.bare = without_ranges(read(os.path.join(MODELS, "signal.modelinfo"))) + OWN
        self.reset()
        os.mkdir(fixture.path("photos"))
        self.photos = fixture.path("photos")
        for name, colour in (("1.png", RED), ("2.png", BLUE), ("10.png", (90, 90, 90))):
            fixture.png(os.path.join("photos", name), colour, width=160, height=144)
        for name in ("signal-360p.png", "signal-judge-360p.png"):
            shutil.copy(os.path.join(MODELS, name), self.photos)

    def reset(self):
        write(self.sidecar, self.bare.encode())

    def calibrate(self, *photos):
        return good(INSPECT, "--calibrate", "--model", self.model, *photos)


def test_ranges(fixture):
    need_device()
    net = Signal(fixture)
    said = net.calibrate(net.photos)
    first = read(net.sidecar)
    ranges = RANGE.findall(first)
    equal(said, "%s: ranges of %d layers, measured over 5 pictures\n" % (net.sidecar, len(ranges)),
          "what is said")
    equal(len(ranges), len(RANGE.findall(read(os.path.join(MODELS, "signal.modelinfo")))),
          "layers, as in the sidecar that comes with the model")
    for name, low, high in ranges: # all but the first convolution are behind a ReLU
        true(float(low) == 0 < float(high), "%s: %s to %s" % (name, low, high))
    equal(without_ranges(first), net.bare, "the rest of the sidecar")
    files = sorted(os.path.join(net.photos, name) for name in os.listdir(net.photos))
    net.calibrate(*reversed(files))
    equal(read(net.sidecar), first, "the same photos in another order, over old ranges")
    net.calibrate(files[0])
    few = {name: float(high) for name, _, high in RANGE.findall(read(net.sidecar))}
    true(all(few[name] <= float(high) for name, _, high in ranges) and
         any(few[name] < float(high) for name, _, high in ranges), "fewer photos reach less")
    equal(sorted(name for name in os.listdir(fixture.folder) if ".modelinfo" in name),
          ["signal.modelinfo", "tiny.modelinfo"], "files left behind")


def test_int8(fixture):
    need_device()
    net = Signal(fixture)
    files = [os.path.join(net.photos, name) for name in sorted(os.listdir(net.photos))]
    command = (TAG, "--model", net.model, "--json", "--top-k", "12", "--precision")
    error = error_of(*command, "int8", *files)
    true("precision int8" in error and "vin-inspect --calibrate PHOTOS..." in error, error)
    net.calibrate(net.photos)
    scores = {}
    for precision in ("fp32", "int8"):
        for line in good(*command, precision, *files).splitlines():
            entry = json.loads(line)
            scores.setdefault(entry["file"], []).append(
                {tag["index"]: tag["score"] for tag in entry["tags"]})
    equal(len(scores), len(files), "photos")
    worst = 0
    for fp32, int8 in scores.values():
        if max(fp32.values()) > 0.7:
            equal(max(int8, key=int8.get), max(fp32, key=fp32.get), "the first class")
        worst = max(worst, max(abs(fp32[index] - int8[index]) for index in fp32))
    true(0 < worst < 0.2, "the largest difference of a score is %g" % worst)
    plan = json.loads(good(INSPECT, "--plan", "--json", "--model", net.model,
                           "--precision", "int8"))
    equal(plan["plan"]["precision"], "int8", "precision of the plan")
    kernels = {step["kernel"] for step in plan["plan"]["steps"] if step["op"] == "conv"}
    equal(len([kernel for kernel in kernels if kernel.startswith("conv_dot8")]), 1,
          "kernels of convolutions: %s" % kernels)
    equal(len(kernels), 2, "kernels, that of the first convolution and of all others: %s" % kernels)
    bench = json.loads(good(BENCH, "--model", net.model, "--precision", "int8", "--frames", "1",
                            "--json"))
    equal(bench["precision"], "int8", "precision of vin-bench")


def test_usage(fixture):
    net = Signal(fixture)
    os.mkdir(fixture.path("empty"))
    true("photos" in usage_error(INSPECT, "--calibrate", "--model", net.model), "no photos")
    true("there is no photo" in usage_error(INSPECT, "--calibrate", "--model", net.model,
                                            fixture.path("empty")), "an empty folder")
    for option in ("--plan", "--json", "--dump-input", "--devices"):
        usage_error(INSPECT, "--calibrate", option, "--model", net.model, net.photos)
    usage_error(INSPECT, "--progress", net.model)
    equal(read(net.sidecar), net.bare, "the sidecar")


def test_bad_photos(fixture):
    need_device()
    net = Signal(fixture)
    photo = os.path.join(net.photos, "1.png")
    broken = write(fixture.path("broken.jpg"), b"\xff\xd8 no photo")
    for name in (broken, fixture.path("missing.png")):
        error = error_of(INSPECT, "--calibrate", "--model", net.model, photo, name)
        true(name in error and "nothing was written" in error, error)
        equal(read(net.sidecar), net.bare, "the sidecar")


def test_bad_sidecars(fixture):
    need_device()
    net = Signal(fixture)
    photo = os.path.join(net.photos, "1.png")
    command = (INSPECT, "--calibrate", "--model", net.model, photo)
    os.chmod(net.sidecar, 0o444)
    true("is read-only" in error_of(*command), "read-only")
    equal(read(net.sidecar), net.bare, "a read-only sidecar")
    os.chmod(net.sidecar, 0o604)
    good(*command)
    equal(stat.S_IMODE(os.stat(net.sidecar).st_mode), 0o604, "its mode")
    shutil.copy(net.model, fixture.path("mine.onnx"))
    code, _, err, _ = run(INSPECT, "--calibrate", "--model", fixture.path("mine.onnx"), photo)
    equal(code, FAILED, "exit code without a sidecar")
    true("has no sidecar" in err[-1] and "mine.modelinfo" in err[-1], # behind a warning
         "the error: %s" % err)
    true("inside the library" in error_of(INSPECT, "--calibrate", photo), "the embedded model")
    for line in ("int8.a=1", "int8.a=0;0", "int8.a=one;two", "int8.=0;1"):
        write(net.sidecar, net.bare.replace("[vkinception]\n",
                                            "[vkinception]\n%s\n" % line).encode())
        true(line.split("=")[0] in error_of(*command), "the error names " + line)


def test_progress(fixture):
    need_device()
    net = Signal(fixture)
    code, _, err, _ = run(INSPECT, "--calibrate", "--progress", "--model", net.model, net.photos)
    equal(code, 0, "exit code")
    true("preparing the model" in "".join(err) and "/5 files" in "".join(err), "progress: %r" % err)
    code, _, err, _ = run(INSPECT, "--calibrate", "--model", net.model, net.photos)
    equal((code, err), (0, []), "without --progress")


def test_stopped(fixture):
    """Asked to stop while it measures, it writes nothing."""
    need_device()
    net = Signal(fixture)
    process = subprocess.Popen(
        [INSPECT, "--calibrate", "--progress", "--model", net.model] + [net.photos] +
        [os.path.join(net.photos, "1.png")] * 20000,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    seen = b""
    while b" files" not in seen:
        part = os.read(process.stderr.fileno(), 4096)
        true(part != b"", "it ended before: %r" % seen)
        seen += part
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=120)
    equal((process.returncode, out), (128 + signal.SIGTERM, b""), "exit code and output")
    equal(read(net.sidecar), net.bare, "the sidecar")


sys.exit(main(globals()))
