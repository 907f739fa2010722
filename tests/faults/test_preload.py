#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tools and gst-launch-1.0 over a Vulkan that fails: one message, the right exit code, nothing left
alive.

usage: test_preload.py SHIM WRITE_MODEL VIN_TAG VIN_BENCH VIN_INSPECT PLUGIN_FOLDER
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SHIM, WRITE_MODEL, TAG, BENCH, INSPECT, PLUGINS = [os.path.abspath(path) for path in sys.argv[1:7]]
LOST = "vkQueueSubmit:%d:-4"
FOLDER = tempfile.mkdtemp(prefix="vin-preload-")
MODEL = os.path.join(FOLDER, "tiny.onnx")
REPORT = os.path.join(FOLDER, "report")
HEAD = ["gst-launch-1.0", "videotestsrc", "num-buffers=20", "!", "video/x-raw,width=64,height=48",
        "!", "vulkaninception", "model=" + MODEL]
passed = failed = 0


def environment(fault):
    env = dict(os.environ, LD_PRELOAD=SHIM, VIN_FAULT=fault, VIN_FAULT_REPORT=REPORT,
               VIN_LOG="error", GST_PLUGIN_PATH=PLUGINS, LC_ALL="C",
               GST_REGISTRY=os.path.join(FOLDER, "registry.bin"))
    env.pop("GST_DEBUG", None)
    return env


def run(fault, *command):
    if os.path.exists(REPORT):
        os.unlink(REPORT)
    done = subprocess.run(command, env=environment(fault), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=120)
    with open(REPORT, encoding="utf-8") as handle:
        report = handle.read()
    return done.returncode, done.stdout, done.stderr, report


def check(name, ok, what):
    global passed, failed
    number = passed + failed + 1
    print("%s %d - %s" % ("ok" if ok else "not ok", number, name))
    if not ok:
        print("# " + what.replace("\n", "\n# "))
    passed, failed = passed + bool(ok), failed + (not ok)


def check_tool(name, fault, entry, *command):
    """One line on stderr, exit code 3 (the run as a whole failed), or 1 where a tool has one."""
    code, out, err, report = run(fault, *command)
    lines = [line for line in err.splitlines() if line.strip()]
    check(name, code in (1, 3) and len(lines) == 1 and entry in lines[0]
          and report.startswith("fired %s live 0 " % entry),
          "exit code %d\n%s\n%s" % (code, err, report))


def tools():
    frames = ["--model", MODEL, "--frames", "5"]
    check_tool("vin-bench, lost in the midst", LOST % 6, "vkQueueSubmit", BENCH, *frames)
    check_tool("vin-bench, gone at the start", "vkCreateDevice:1:-3", "vkCreateDevice", BENCH,
               *frames)
    check_tool("vin-inspect, gone at the start", "vkEnumeratePhysicalDevices:1:-3",
               "vkEnumeratePhysicalDevices", INSPECT, "--devices")
    check_tool("vin-inspect, no memory", "vkAllocateMemory:1:-2", "vkAllocateMemory", INSPECT,
               "--plan", MODEL)
    photos = []
    for i in range(3):
        photos.append(os.path.join(FOLDER, "%d.png" % i))
        subprocess.run(["gst-launch-1.0", "-q", "videotestsrc", "num-buffers=1", "!", "pngenc", "!",
                        "filesink", "location=" + photos[i]], check=True,
                       stdout=subprocess.DEVNULL)
    check_tool("vin-tag, lost at the second of three", LOST % 2, "vkQueueSubmit", TAG, "--model",
               MODEL, *photos)


def pipelines():
    code, out, err, report = run(LOST % 10, *HEAD, "!", "fakesink")
    errors = re.findall(r"^ERROR: from element .*", err, re.M)
    check("gst-launch-1.0, on-error=stop", code == 1 and len(errors) == 1
          and "was lost" in errors[0] and "set the pipeline to NULL" in errors[0]
          and "live 0 " in report, "exit code %d\n%s\n%s" % (code, err, report))
    code, out, err, report = run(LOST % 10, *HEAD, "on-error=pass", "!", "fakesink")
    warnings = re.findall(r"^WARNING: from element .*without tags", out + err, re.M)
    check("gst-launch-1.0, on-error=pass", code == 0 and len(warnings) == 1
          and "ERROR" not in err and "live 0 " in report,
          "exit code %d\n%s%s\n%s" % (code, out, err, report))


def terminated():
    """SIGTERM while the device never finishes: ends at once, and says nothing."""
    child = subprocess.Popen([BENCH, "--model", MODEL, "--frames", "100000"],
                             env=environment("vkQueueSubmit:1000000:-4"),
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    child.send_signal(signal.SIGTERM)
    try:
        out, err = child.communicate(timeout=20)
        check("vin-bench, SIGTERM", child.returncode != 0 and len(err.splitlines()) <= 1,
              "exit code %d\n%s" % (child.returncode, err))
    except subprocess.TimeoutExpired:
        child.kill()
        check("vin-bench, SIGTERM", False, "goes on for 20 s")


def main():
    if shutil.which("gst-launch-1.0") is None:
        print("1..0 # SKIP no gst-launch-1.0")
        return
    subprocess.run([WRITE_MODEL, MODEL, "4"], check=True)
    with open(os.path.join(FOLDER, "tiny.modelinfo"), "w", encoding="utf-8") as handle:
        handle.write("[vkinception]\ndir=none\nresize=stretch\nresize-width=32\n"
                     "resize-height=32\nmean=0;0;0\nscale=0.0039;0.0039;0.0039\n")
    devices = subprocess.run([INSPECT, "--devices"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, check=False)
    if devices.returncode != 0:
        print("1..0 # SKIP no Vulkan device")
        return
    tools()
    pipelines()
    terminated()
    print("1..%d" % (passed + failed))


try:
    main()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
sys.exit(1 if failed else 0)
