#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""GoogLeNet, one frame at a time, here and in other runtimes, by turns on one machine.

Each round runs every contender once, each in a process of its own, so that a machine with other
work to do slows all of them. Before that a runtime has to find the classes that vin-tag finds, for
the same tensors. What can't be installed or run is left out, and the reason is printed."""
import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import time

import peer_report
import peer_venv

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
N_PHOTOS = 5
WARM_UP = 3


class Skipped(Exception):
    """Why a contender does not run."""


class Setup:
    """Where things are, and what was asked for."""

    def __init__(self, options):
        self.build = os.path.abspath(options.build)
        self.shared = os.path.abspath(options.shared)
        self.folder = os.path.join(self.build, "bench")
        self.model = os.path.join(self.folder, "googlenet.onnx")
        self.threads = options.threads
        self.frames = options.frames
        self.venv = peer_venv.Venv(options.venv or os.path.join(self.build, "bench-venv"),
                                   options.wheels)
        self.environment = dict(os.environ, VIN_MODEL_PATH=os.path.join(self.shared, "models"),
                                GST_PLUGIN_PATH=os.path.join(self.build, "plugin"))
        self.environment.setdefault("GST_REGISTRY", os.path.join(self.build, "gst-registry.bin"))
        self.classes = []

    def tool(self, name):
        return os.path.join(self.build, "src", "tools", name)

    def run(self, command):
        """Standard output; Skipped with the last line of standard error."""
        try:
            done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=1200, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Skipped(str(error)) from error
        if done.returncode != 0:
            raise Skipped("exit code %d: %s" % (done.returncode,
                                                peer_venv.last_line(done.stderr)))
        return done.stdout.decode("utf-8", "replace")

    def prepare(self):
        """The network, some photographs as tensors, and the classes found here."""
        os.makedirs(self.folder, exist_ok=True)
        shutil.copyfile(os.path.join(self.shared, "models", "googlenet.onnx"), self.model)
        photos = os.path.join(self.shared, "images")
        names = sorted(os.listdir(photos))
        for i, name in enumerate(names[::len(names) // N_PHOTOS][:N_PHOTOS]):
            path = os.path.join(photos, name)
            self.run([self.tool("vin-inspect"), "--dump-input", "googlenet", path,
                      os.path.join(self.folder, "input%d.npy" % i)])
            found = self.run([self.tool("vin-tag"), "--model", "googlenet", "--json", path])
            self.classes.append(json.loads(found)["tags"][0]["index"])


def run_bench(setup):
    out = json.loads(setup.run([
        setup.tool("vin-bench"), "--model", "googlenet", "--size", "224x224", "--format", "RGB",
        "--frames", str(setup.frames), "--warm-up", str(WARM_UP), "--json"]))
    return {"median": out["median_ms"], "p99": out["p99_ms"], "fps": out["fps"],
            "version": out["precision"], "device": out["device"], "driver": out["driver"]}


def run_pipeline(setup, element):
    """Milliseconds from frame to frame at the end of a pipeline: fakesink tells of each."""
    command = ["gst-launch-1.0", "-v", "videotestsrc", "pattern=smpte",
               "num-buffers=%d" % (setup.frames + WARM_UP + 1), "!",
               "video/x-raw,format=RGB,width=224,height=224", "!"] + element + \
              ["!", "fakesink", "silent=false", "sync=false"]
    stamps = []
    try:
        with subprocess.Popen(command, env=setup.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as process:
            for line in process.stdout:
                if b"last-message = chain" in line:
                    stamps.append(time.perf_counter())
    except OSError as error:
        raise Skipped(str(error)) from error
    if process.returncode != 0 or len(stamps) < setup.frames + WARM_UP + 1:
        raise Skipped("gst-launch-1.0: exit code %d, %d frames" % (process.returncode,
                                                                   len(stamps)))
    stamps = stamps[WARM_UP:]
    times = [(b - a) * 1000.0 for a, b in zip(stamps, stamps[1:])]
    return dict(peer_report.summary(times), version="",
                fps=1000.0 * len(times) / (1000.0 * (stamps[-1] - stamps[0])))


def run_element(setup):
    return run_pipeline(setup, ["vulkaninception", "model=googlenet"])


def with_tensor_name(setup):
    """A copy of the network that names its output as onnxinference wants it: the file is a protobuf
    message, so another field (14, metadata) goes at its end."""
    def field(number, content):
        return bytes([number << 3 | 2, len(content)]) + content

    path = os.path.join(setup.folder, "googlenet-named.onnx")
    with open(setup.model, "rb") as source, open(path, "wb") as copy:
        copy.write(source.read() +
                   field(14, field(1, b"prob_0") + field(2, b"googlenet-scores")))
    return path


def run_onnxinference(setup):
    if shutil.which("gst-inspect-1.0") is None:
        raise Skipped("gst-inspect-1.0 is not there")
    try:
        setup.run(["gst-inspect-1.0", "--exists", "onnxinference"])
    except Skipped as skipped:
        raise Skipped("this GStreamer has no onnxinference") from skipped
    return run_pipeline(setup, ["onnxinference", "input-image-format=chw",
                                "optimization-level=enable-all",
                                "model-file=" + with_tensor_name(setup)])


def runtime(name, packages, converted=False):
    """A contender that peer_run.py runs."""
    def run(setup):
        reason = setup.venv.reason(["numpy"] + packages) or \
            (setup.venv.convert(setup.model) if converted else None)
        if reason is not None:
            raise Skipped(reason)
        out = setup.run([setup.venv.python, os.path.join(HERE, "peer_run.py"), name,
                         setup.folder, str(setup.threads), str(WARM_UP), str(setup.frames)])
        result = json.loads(out.strip().splitlines()[-1])
        if "reason" in result:
            raise Skipped(result["reason"])
        if result["classes"] != setup.classes:
            raise Skipped("finds classes %s where vin-tag finds %s" % (result["classes"],
                                                                       setup.classes))
        return dict(peer_report.summary(result["ms"]), version=result["version"],
                    device=result["device"])

    return run


def run_torch(setup):
    if shutil.which("nvidia-smi") is None:
        raise Skipped("no NVIDIA GPU")
    return runtime("torch-cuda", ["torch", "pnnx"], converted=True)(setup)


CONTENDERS = [
    ("vin-bench", run_bench),
    ("vulkaninception in gst-launch", run_element),
    ("ncnn-Vulkan, fp32", runtime("ncnn-vulkan-fp32", ["ncnn", "pnnx"], converted=True)),
    ("ncnn-Vulkan, its defaults", runtime("ncnn-vulkan", ["ncnn", "pnnx"], converted=True)),
    ("ncnn on the processor", runtime("ncnn-cpu", ["ncnn", "pnnx"], converted=True)),
    ("ONNX Runtime on the processor", runtime("onnxruntime-cpu", ["onnxruntime"])),
    ("OpenVINO on the processor", runtime("openvino-cpu", ["openvino"])),
    ("onnxinference in gst-launch", run_onnxinference),
    ("PyTorch, fp16, CUDA graph", run_torch),
]


def measure(setup, contenders, n_rounds):
    """Results of every round by contender, and why some have none."""
    results = {name: [] for name, _ in contenders}
    reasons = {}
    for number in range(n_rounds):
        for name, run in contenders:
            if name in reasons:
                continue
            try:
                results[name].append(run(setup))
            except Skipped as skipped:
                reasons[name] = str(skipped)
                print("%s: left out: %s" % (name, skipped), flush=True)
                continue
            print("round %d of %d: %-30s median %8.2f ms, p99 %8.2f ms" % (
                number + 1, n_rounds, name, results[name][-1]["median"],
                results[name][-1]["p99"]), flush=True)
    return {name: runs for name, runs in results.items() if name not in reasons}, reasons


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), metavar="FOLDER",
                        help="build folder (default: build)")
    parser.add_argument("--shared", metavar="FOLDER",
                        default=os.environ.get("VIN_SHARED_DIR",
                                               os.path.join(ROOT, "..", "shared")),
                        help="reference data (default: VIN_SHARED_DIR, or ../shared)")
    parser.add_argument("--venv", metavar="FOLDER",
                        help="virtual environment (default: bench-venv in the build folder)")
    parser.add_argument("--wheels", metavar="FOLDER",
                        help="install from the wheels there, from nowhere else")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--frames", type=int, default=20, help="timed a round (default: 20)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="of the runtimes on the processor (default: all)")
    parser.add_argument("--only", metavar="TEXT", action="append",
                        help="contenders whose name has it; vin-bench always runs")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 5 frames")
    parser.add_argument("--write", metavar="FILE",
                        help="put the result into this page, such as docs/benchmarks.md")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.frames = 2, 5
    if options.rounds < 1 or options.frames < 1 or options.threads < 1:
        parser.error("--rounds, --frames and --threads are at least 1")
    return options


def main():
    options = parse()
    setup = Setup(options)
    contenders = [(name, run) for name, run in CONTENDERS
                  if run is run_bench or options.only is None or
                  any(text.lower() in name.lower() for text in options.only)]
    loads = [os.getloadavg()[0]]
    try:
        setup.prepare()
    except (OSError, Skipped) as error:
        sys.exit("peers.py: %s" % error)
    reason = setup.venv.make()
    if reason is not None:
        for package in peer_venv.requirements():
            setup.venv.missing[package] = "no virtual environment: " + reason
    results, reasons = measure(setup, contenders, options.rounds)
    loads.append(os.getloadavg()[0])
    if "vin-bench" not in results:
        sys.exit("peers.py: nothing to compare with: " + reasons["vin-bench"])
    page = peer_report.section(results, reasons, {
        "date": datetime.date.today().isoformat(), "loads": loads, "rounds": options.rounds,
        "frames": options.frames, "threads": options.threads})
    print("\n" + page)
    if options.write:
        peer_report.put(options.write, page)


if __name__ == "__main__":
    main()
