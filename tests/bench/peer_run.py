#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One runtime, one process: the classes it finds for some tensors, then the time of each run of
the first one. Called by peers.py with the Python of the virtual environment.

usage: peer_run.py RUNTIME FOLDER THREADS WARM_UP RUNS [BATCH]

FOLDER has googlenet.onnx, the files that pnnx makes of it, and input0.npy, input1.npy, ...
Prints one JSON object: version, device, classes, ms; or reason, why there is none."""
import glob
import importlib.metadata
import json
import os
import sys
import time

import numpy


class Unavailable(Exception):
    """Why a runtime can't be measured here."""


def ncnn_runner(folder, threads, options):
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_vulkan_compute = options["vulkan"]
    device = "CPU"
    if options["vulkan"]:
        if ncnn.get_gpu_count() == 0:
            raise Unavailable("ncnn finds no Vulkan device")
        net.set_vulkan_device(0)
        device = ncnn.get_gpu_info(0).device_name()
    if options["fp32"]:
        for name in ("packed", "storage", "arithmetic"):
            setattr(net.opt, "use_fp16_" + name, False)
        net.opt.use_bf16_storage = False
    if net.load_param(os.path.join(folder, "googlenet.ncnn.param")) != 0 or \
            net.load_model(os.path.join(folder, "googlenet.ncnn.bin")) != 0:
        raise Unavailable("ncnn does not load what pnnx made")

    def run(tensor):
        extractor = net.create_extractor()
        extractor.input("in0", ncnn.Mat(tensor[0]))
        failed, scores = extractor.extract("out0")
        if failed != 0:
            raise Unavailable("ncnn's extract gave %d" % failed)
        return numpy.array(scores).reshape(1, -1)

    return run, device


def onnxruntime_runner(folder, threads, options):
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(os.path.join(folder, "googlenet.onnx"), settings,
                                           providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    return lambda tensor: session.run(None, {name: tensor})[0], "CPU"


def openvino_runner(folder, threads, options):
    import openvino

    core = openvino.Core()
    model = core.read_model(os.path.join(folder, "googlenet.onnx"))
    model.reshape([options["batch"], 3, 224, 224])
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
    })
    request = compiled.create_infer_request()

    return lambda tensor: request.infer([tensor])[compiled.output(0)], "CPU"


def torch_network(folder):
    """What pnnx wrote, with LRN in fp32: sums of its squares are beyond fp16."""
    import torch

    sys.path.insert(0, folder)
    normalise = torch.nn.functional.local_response_norm

    def in_fp32(x, *args, **named):
        return normalise(x.float(), *args, **named).to(x.dtype)

    torch.nn.functional.local_response_norm = in_fp32
    torch.nn.LocalResponseNorm.forward = lambda self, x: in_fp32(
        x, self.size, self.alpha, self.beta, self.k)
    os.chdir(folder)
    import googlenet_pnnx

    return googlenet_pnnx.Model().eval()


def torch_runner(folder, threads, options):
    import torch

    if not torch.cuda.is_available():
        raise Unavailable("PyTorch finds no CUDA device")
    net = torch_network(folder).half().cuda().to(memory_format=torch.channels_last)
    static = torch.zeros(options["batch"], 3, 224, 224, dtype=torch.half, device="cuda")
    static = static.to(memory_format=torch.channels_last)
    torch.backends.cudnn.benchmark = True
    with torch.no_grad():
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            for _ in range(5):
                net(static)
        side.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            scores = net(static)

    def run(tensor):
        if tensor is not None:
            static.copy_(torch.from_numpy(tensor))
        graph.replay()
        torch.cuda.synchronize()
        return scores.float().cpu().numpy() if tensor is not None else None

    return run, torch.cuda.get_device_name()


RUNTIMES = {
    "ncnn-vulkan-fp32": ("ncnn", ncnn_runner, {"vulkan": True, "fp32": True}),
    "ncnn-vulkan": ("ncnn", ncnn_runner, {"vulkan": True, "fp32": False}),
    "ncnn-cpu": ("ncnn", ncnn_runner, {"vulkan": False, "fp32": False}),
    "onnxruntime-cpu": ("onnxruntime", onnxruntime_runner, {}),
    "openvino-cpu": ("openvino", openvino_runner, {}),
    "torch-cuda": ("torch", torch_runner, {}),
}


def measure(name, folder, threads, warm_up, n_runs, batch):
    package, make, options = RUNTIMES[name]
    run, device = make(folder, threads, dict(options, batch=batch))
    paths = sorted(glob.glob(os.path.join(folder, "input*.npy")))
    tensors = [numpy.repeat(numpy.load(path), batch, axis=0) for path in paths]
    classes = [int(numpy.argmax(run(tensor)[0])) for tensor in tensors]
    repeated = None if name == "torch-cuda" else tensors[0]  # its input is on the device
    times = []
    for i in range(warm_up + n_runs):
        start = time.perf_counter()
        run(repeated)
        if i >= warm_up:
            times.append((time.perf_counter() - start) * 1000.0)
    return {"version": importlib.metadata.version(package), "device": device,
            "classes": classes, "ms": times}


def main():
    name, folder = sys.argv[1:3]
    threads, warm_up, n_runs = (int(text) for text in sys.argv[3:6])
    batch = int(sys.argv[6]) if len(sys.argv) > 6 else 1
    try:
        result = measure(name, folder, threads, warm_up, n_runs, batch)
    except (ImportError, Unavailable, RuntimeError) as error:
        result = {"reason": str(error).splitlines()[0] if str(error) else repr(error)}
    print("\n" + json.dumps(result))


if __name__ == "__main__":
    main()
