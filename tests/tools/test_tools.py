#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tools and the smallest example as a user runs them: right answers, and each mistake
one error line and an exit code. What vin-tag does with many files is in test_archive.py.

usage: test_tools.py WRITE_MODEL VIN_TAG VIN_BENCH VIN_INSPECT [CLASSIFY]
"""
import json
import os
import shutil
import struct
import subprocess
import sys

from kit import *

CLASSIFY = os.path.abspath(sys.argv[5]) if len(sys.argv) > 5 else None


def test_tag_photo(fixture):
    need_device()
    photo = fixture.png("red.png", RED)
    lines = good(TAG, *fixture.named, "--json", photo).splitlines()
    equal(len(lines), 1, "lines")
    entry = json.loads(lines[0])
    equal(entry["file"], photo, "file")
    equal(entry["time"], 0, "time")
    equal([tag["label"] for tag in entry["tags"]][0], "red", "first label")
    equal(entry["tags"][0]["index"], 0, "index")
    equal(len(entry["tags"]), 4, "tags of a model with four classes")
    true(abs(sum(tag["score"] for tag in entry["tags"]) - 1.0) < 1e-4, "scores add up to 1")
    text = good(TAG, *fixture.named, "--top-k", "1", photo)
    true("red" in text and "green" not in text, "text with --top-k 1: " + text)
    entry = json.loads(good(TAG, *fixture.named, "--json", "--threshold", "0.5", photo))
    equal([tag["label"] for tag in entry["tags"]], ["red"], "labels over the threshold")


def test_tag_video(fixture):
    need_device()
    if not shutil.which("gst-launch-1.0"):
        raise Skip("no gst-launch-1.0")
    movie = fixture.path("blue film.avi")
    good("gst-launch-1.0", "-q", "videotestsrc", "pattern=blue", "num-buffers=7", "!",
         "video/x-raw,format=I420,width=96,height=64,framerate=10/1", "!", "jpegenc", "!",
         "avimux", "!", "filesink", "location=" + movie)
    entries = [json.loads(line) for line in
               good(TAG, *fixture.named, "--json", movie).splitlines()]
    equal([round(entry["time"], 3) for entry in entries],
          [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "times")
    equal({entry["tags"][0]["label"] for entry in entries}, {"blue"}, "labels")


def test_bad_models(fixture):
    photo = fixture.png("red.png", RED)
    with open(fixture.model, "rb") as handle:
        whole = handle.read()
    truncated = write(fixture.path("truncated.onnx"), whole[:len(whole) - 40])
    text = write(fixture.path("text.onnx"), b"once upon a time\n" * 20)
    empty = write(fixture.path("empty.onnx"), b"")
    for model in (truncated, text, empty, fixture.path("missing.onnx"), "no-such-model"):
        line = one_error(TAG, "--model", model, photo)
        true(os.path.basename(model) in line, "the error names the model: " + line)
        one_error(INSPECT, model)
    labels = write(fixture.path("three.txt"), b"red\ngreen\nblue\n")
    line = one_error(TAG, "--model", fixture.model, "--labels", labels, photo)
    true("3" in line and "4" in line, "the error says how many: " + line)


def test_bad_devices(fixture):
    photo = fixture.png("red.png", RED)
    nothing = {"VK_ICD_FILENAMES": os.devnull, "VK_DRIVER_FILES": os.devnull}
    one_error(TAG, *fixture.named, photo, **nothing)
    one_error(BENCH, *fixture.named, **nothing)
    one_error(INSPECT, "--devices", **nothing)
    need_device()
    line = one_error(TAG, *fixture.named, "--device", "no such device", photo)
    true("no such device" in line, "the error names the device: " + line)


def test_bad_options(fixture):
    usage_error(TAG)
    usage_error(TAG, "--top-k", "0", "x.jpg")
    usage_error(TAG, "--threshold", "2", "x.jpg")
    usage_error(TAG, "--no-such-option", "x.jpg")
    usage_error(BENCH, "--frames", "0")
    usage_error(BENCH, "--batch", "0")
    usage_error(BENCH, "--batch", "65")
    usage_error(BENCH, "--size", "640")
    usage_error(BENCH, "--format", "v210")
    usage_error(INSPECT, "--json", "--dot")
    usage_error(INSPECT, "--dump-input", "photo.jpg")
    usage_error(INSPECT, "--models", "--formats")
    line = usage_error(INSPECT, "--devices", "googlenet")
    true("googlenet" in line, "the error names what is too much: " + line)
    line = usage_error(INSPECT, "a", "b", "c")
    true("one MODEL" in line, "the error says what is accepted: " + line)


def test_lost_output(fixture):
    need_device()
    if not os.path.exists("/dev/full"):
        raise Skip("no /dev/full")
    photo = fixture.png("red.png", RED)
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([TAG, *fixture.named, photo, photo], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    equal(done.returncode, FAILED, "exit code")
    errors = [line for line in done.stderr.splitlines() if ": warn: " not in line]
    equal(len(errors), 1, "error lines (%s)" % done.stderr)


def test_lost_reader(fixture):
    """The other end of a pipe goes away: one error, and no death by SIGPIPE."""
    need_device()
    for command in ((INSPECT, *fixture.named), (INSPECT, "--devices"), (INSPECT, "--models", "-j"),
                    (BENCH, *fixture.named, "--frames", "1")):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True,
                              check=False, timeout=60)
        os.close(writing)
        equal(done.returncode, FAILED, "exit code of %r" % (command,))
        errors = [line for line in done.stderr.splitlines() if ": warn: " not in line]
        equal(len(errors), 1, "error lines (%s)" % done.stderr)


def test_closed_output(fixture):
    need_device()
    photo = fixture.png("red.png", RED)
    for command in ((TAG, *fixture.named, photo), (INSPECT, *fixture.named)):
        code, _, err, _ = run("sh", "-c", 'exec "$@" >&-', "sh", *command)
        equal(code, FAILED, "exit code of %s with its output closed" % command[0])
        errors = [line for line in err if ": warn: " not in line]
        equal(len(errors), 1, "error lines (%s)" % " | ".join(err))


def test_names(fixture):
    need_device()
    folder = fixture.path("B\u00e4ume, 100% #1")
    os.mkdir(folder)
    photo = png(os.path.join(folder, "take:2 'x'?.png"), RED)
    entry = json.loads(good(TAG, *fixture.named, "--json", photo))
    equal(entry["file"], photo, "file")
    # Without a folder such a name has the form of a URI.
    shutil.copy(photo, fixture.path("take:2.png"))
    entry = json.loads(good("sh", "-c", 'cd "$0" && exec "$@"', fixture.folder, TAG,
                            *fixture.named, "--json", "take:2.png"))
    equal(entry["file"], "take:2.png", "file named like a URI")
    line = one_error(TAG, "--model", os.path.join(folder, "m.onnx"), photo, LC_ALL="C.UTF-8")
    true(folder in line, "the error names the file as it is: " + line)


def test_bench(fixture):
    need_device()
    entry = json.loads(good(BENCH, *fixture.named, "--json", "--frames", "8", "--size", "64x48",
                            "--format", "NV12"))
    true(0 < entry["median_ms"] <= entry["p90_ms"] <= entry["p99_ms"], "percentiles: %r" % entry)
    true(entry["fps"] > 0, "fps")
    equal(entry["precision"], "fp32", "precision")
    equal(entry["model"], "tiny", "model")
    true(entry["device"], "device")
    equal(entry["batch"], 1, "batch")
    for batch, frames, prepared in ((4, 12, 4), (6, 7, 4), (64, 3, 64)):
        code, out, err, _ = run(BENCH, *fixture.named, "--json", "--frames", str(frames), "--batch",
                                str(batch), VIN_LOG="info")
        equal(code, 0, "exit code of --batch %d (%s)" % (batch, " ".join(err)))
        entry = json.loads(out)
        equal((entry["batch"], entry["fps"] > 0), (batch, True), "of --batch")
        true(any("batches of %d images" % prepared in line for line in err),
             "a batch of %d was prepared: %r" % (prepared, err))
    code, out, err, _ = run(BENCH, *fixture.named, "--json", "--frames", "3", "--layers")
    if code != 0 and "timestamps" in " ".join(err):
        raise Skip("no timestamps on this device")
    equal(code, 0, "exit code of --layers (%s)" % " ".join(err))
    layers = json.loads(out)["layers"]
    true(any(layer["name"] == "conv" and layer["macs"] == 8 * 27 * 32 * 32
             for layer in layers), "the convolution among the layers: %r" % layers)
    true(all(layer["gpu_ms"] >= 0 for layer in layers), "times")


def test_inspect_model(fixture):
    text = good(INSPECT, *fixture.named)
    for word in ("tiny", "conv", "1x8x32x32", "221184"):
        true(word in text.replace(",", ""), "%s is not in the text:\n%s" % (word, text))
    shown = json.loads(good(INSPECT, *fixture.named, "--json"))
    true("conv" in [layer["name"] for layer in shown["layers"]], "layers: %r" % shown)
    true(good(INSPECT, "--labels", fixture.labels, "--dot", fixture.model).startswith("digraph"),
         "DOT")


def test_inspect_device(fixture):
    need_device()
    devices = json.loads(good(INSPECT, "--devices", "--json"))
    true(devices[0]["name"] in good(INSPECT, "--devices"), "text names the device")
    equal(len(devices[0]["uuid"]), 36, "length of the UUID")
    by_uuid = good(INSPECT, *fixture.named, "--plan", "--device", devices[0]["uuid"])
    true("conv" in by_uuid, "the plan names its steps")
    json.loads(good(INSPECT, *fixture.named, "--plan", "--json"))
    # Of the default network's nine modules each begins with three convolutions in one.
    steps = json.loads(good(INSPECT, "--plan", "--json"))["plan"]["steps"]
    equal([len(step["joined"]) for step in steps if step["joined"]], [2] * 9, "siblings")
    equal(good(INSPECT, "--plan").count("; together with "), 9, "steps that tell of siblings")


def test_inspect_tuned(fixture):
    """Kernels are timed once; the second start knows the times, and says the same."""
    need_device()
    plans = []
    for known in (False, True):
        code, out, err, _ = run(INSPECT, *fixture.named, "--plan", "--autotune", "once",
                                VIN_LOG="info", VIN_AUTOTUNE="once",
                                VIN_CACHE_DIR=fixture.path("tuning"))
        equal(code, 0, "exit code (%s)" % " ".join(err))
        if any("no time stamps" in line for line in err):
            return
        equal(any("autotune: 0 shapes timed" in line for line in err), known,
              "nothing left to time: %r" % err)
        true(" timed: " in out, "a step's reason has times:\n" + out)
        plans.append(out)
    equal(plans[1], plans[0], "the plan from the cache")


def test_inspect_lists(fixture):
    for name in ("zebra.onnx", "a b.onnx", "no-model.txt", ".hidden.onnx"):
        shutil.copy(fixture.model, fixture.path(name))
    os.mkdir(fixture.path("folder.onnx"))
    nowhere = {"VIN_MODEL_PATH": fixture.folder, "VIN_SOURCE_MODELS": fixture.path("nothing")}
    listed = good(INSPECT, "--models", **nowhere).splitlines()
    true({"a b", "signal", "tiny", "zebra"} <= set(listed), "models: %r" % listed)
    true(not {"no-model", ".hidden", "", "folder"} & set(listed), "no models: %r" % listed)
    equal(listed, sorted(set(listed)), "each once and sorted")
    equal(json.loads(good(INSPECT, "--models", "--json", **nowhere)), listed,
          "as JSON")
    for name in listed[:2]:
        good(INSPECT, name, **nowhere)
    formats = good(INSPECT, "--formats").splitlines()
    true({"I420", "GRAY8"} <= set(formats), "formats: %r" % formats)
    equal(json.loads(good(INSPECT, "--formats", "--json")), formats, "as JSON")
    need_device()
    for name in formats:
        good(BENCH, *fixture.named, "--frames", "1", "--warm-up", "0", "--size", "16x16",
             "--format", name)


def test_dump_input(fixture):
    need_device()
    output = fixture.path("out.npy")
    photo = fixture.png("odd.png", (200, 100, 50), width=51, height=37)
    good(INSPECT, *fixture.named, "--dump-input", photo, output)
    with open(output, "rb") as handle:
        data = handle.read()
    piped = subprocess.run([INSPECT, *fixture.named, "--dump-input", photo, "-"],
                           stdout=subprocess.PIPE, check=True).stdout
    equal(piped, data, "the same on standard output")
    equal(data[:8], b"\x93NUMPY\x01\x00", "magic")
    start = 10 + struct.unpack("<H", data[8:10])[0]
    equal(start % 64, 0, "alignment of the data")
    header = data[10:start].decode()
    true("(1, 3, 32, 32)" in header and "'<f4'" in header, "header: " + header)
    values = struct.unpack("<%df" % (3 * 32 * 32), data[start:])
    for channel, want in enumerate((200, 100, 50)):
        plane = values[channel * 1024:(channel + 1) * 1024]
        true(max(abs(value * 255 - want) for value in plane) < 0.01,
             "channel %d: %g..%g, not %d / 255" % (channel, min(plane), max(plane), want))


def test_turned_photo(fixture):
    """As phones and scanners write them: all eight orientations of EXIF."""
    need_device()
    if run("gst-inspect-1.0", "--exists", "jpegenc")[0] != 0:
        raise Skip("no jpegenc")
    corners = {"a": RED, "b": (0, 255, 0), "c": BLUE, "d": (255, 255, 255)}
    flat = fixture.path("flat.jpg")
    places = ["sink_1::xpos=32", "sink_2::ypos=32", "sink_3::xpos=32", "sink_3::ypos=32"]
    command = ["gst-launch-1.0", "-q", "compositor", "name=m", *places, "!", "videoconvert", "!",
               "jpegenc", "quality=98", "!", "filesink", "location=" + flat]
    for number, (name, colour) in enumerate(corners.items()):
        command += ["filesrc", "location=" + fixture.png(name + ".png", colour, width=32,
                                                         height=32),
                    "!", "pngdec", "!", "m.sink_%d" % number]
    good(*command)
    with open(flat, "rb") as handle:
        data = handle.read()
    # Which corner of the file is shown at the upper left, upper right, lower left, lower right.
    for orientation, shown in enumerate(("abcd", "badc", "dcba", "cdab", "acbd", "cadb", "dbca",
                                         "bdac"), 1):
        tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
        exif = b"Exif\0\0" + tiff
        turned = write(fixture.path("turned.jpg"), data[:2] + b"\xff\xe1"
                       + struct.pack(">H", len(exif) + 2) + exif + data[2:])
        output = fixture.path("turned.npy")
        good(INSPECT, *fixture.named, "--dump-input", turned, output)
        with open(output, "rb") as handle:
            values = struct.unpack("<3072f", handle.read()[-3 * 4096:])
        for corner, (x, y) in zip(shown, ((8, 8), (24, 8), (8, 24), (24, 24))):
            have = [values[c * 1024 + y * 32 + x] for c in range(3)]
            off = max(abs(value - want / 255) for value, want in zip(have, corners[corner]))
            true(off < 0.15, "orientation %d at %d, %d: %r, not as corner %s"
                 % (orientation, x, y, have, corner))


def test_recipe_proportions(fixture):
    """A recipe with a letterbox: pixels twice as wide as high count only where it says so."""
    need_device()
    photo = write(fixture.path("grey.raw"), bytes((200, 200, 200)) * (16 * 16))
    caps = "video/x-raw, format=RGB, width=16, height=16, pixel-aspect-ratio=2/1"
    output = fixture.path("box.npy")
    for aspect, upper in (("honour", 8), ("ignore", 0)):
        write(fixture.path("tiny.modelinfo"), (
            "[vkinception]\ndir=none\nresize=letterbox\nchannel-order=bgr\nscale=1\n"
            "fill=10;20;30\npixel-aspect=%s\n" % aspect).encode())
        good(INSPECT, *fixture.named, "--dump-input", "--raw", caps, photo, output)
        with open(output, "rb") as handle:
            values = struct.unpack("<3072f", handle.read()[-3 * 4096:])
        for channel, fill in enumerate((10, 20, 30)):
            for row in range(32):
                want = 200 if upper <= row < 32 - upper else fill
                have = values[channel * 1024 + row * 32 + 5]
                true(abs(have - want) < 0.01, "%s, channel %d, row %d: %g, not %g"
                     % (aspect, channel, row, have, want))


def test_raw_mistakes(fixture):
    photo = write(fixture.path("short.raw"), b"x" * 99)
    caps = "video/x-raw, format=RGB, width=8, height=8"
    usage_error(INSPECT, "--raw", caps)
    usage_error(INSPECT, "--resize", "squeeze")
    usage_error(TAG, "--scale-method", "cubic", photo)
    usage_error(TAG, "--precision", "fp8", photo)
    usage_error(TAG, "--autotune", "twice", photo)
    need_device()
    for raw, words in ((caps, "99 bytes"), ("video/x-raw", "not the caps"),
                       (caps.replace("RGB", "v210"), "v210")):
        line = one_error(INSPECT, *fixture.named, "--dump-input", "--raw", raw, photo, "out.npy")
        true(words in line, "the error says why: " + line)


def copy_scripts(fixture):
    """A tree with the scripts in it, and commands that stand in for those that would install and
    build; returns the tree and the search path."""
    source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    tree, stand_ins = fixture.path("tree"), fixture.path("bin")
    for folder in ("examples", "scripts", "models"):
        shutil.copytree(os.path.join(source, folder), os.path.join(tree, folder))
    os.mkdir(stand_ins)
    for name, answer in (("dpkg-query", "printf installed"), ("apt-get", "exit 1"),
                         ("meson", "exit 0"), ("ninja", "exit 0")):
        os.chmod(write(os.path.join(stand_ins, name), ("#!/bin/sh\n%s\n" % answer).encode()),
                 0o755)
    return tree, stand_ins + ":" + os.environ["PATH"]


def test_tag_video_script(fixture):
    need_device()
    plugin = os.path.join(os.path.dirname(TAG), "../../plugin")
    if not os.path.exists(os.path.join(plugin, "libgstvkinception.so")):
        raise Skip("the plugin is not built")
    if is_sanitized():
        raise Skip("gst-launch-1.0 has no sanitizer, so it can't load a plugin that has")
    movie = fixture.path("full chroma.webm")
    code, _, err, _ = run("gst-launch-1.0", "-q", "videotestsrc", "pattern=blue", "num-buffers=5",
                          "!", "video/x-raw,format=Y444,width=64,height=48,framerate=25/1", "!",
                          "vp9enc", "deadline=1", "!", "webmmux", "!", "filesink",
                          "location=" + movie)
    if code != 0:
        raise Skip("cannot make a 4:4:4 video: " + " ".join(err))
    tree, path = copy_scripts(fixture)
    script = os.path.join(tree, "examples/tag-video.sh")
    lines = good("timeout", "60", script, movie, "--model", fixture.model, PATH=path,
                 GST_PLUGIN_PATH=plugin).splitlines()
    equal(len(lines), 2, "lines of %r" % lines)
    true("class 2" in lines[0] and lines[1].startswith("5 frames"), "lines: %r" % lines)


def test_classify(fixture):
    if CLASSIFY is None:
        raise Skip("the examples are not built")
    need_device()
    raw = write(fixture.path("blue.rgb"), bytes(BLUE) * (20 * 10))
    lines = good(CLASSIFY, fixture.model, raw, "20", "10").splitlines()
    equal(len(lines), 4, "lines")
    equal(lines[0].split()[-2:], ["class", "2"], "first label, as the example asks for none")
    one_error(CLASSIFY, fixture.model, raw, "20", "11")


if __name__ == "__main__":
    sys.exit(main(globals()))
