"""Times YOLACT's raw network in the runtimes that people would pick instead, beside this program: `make bench-peers`.

  python benchmark-peers.py [--config yolact_resnet50] [--threads N] [--runs N] [--only NAME,...] [--binary FILE]

The same seeded weights run everywhere, image tensor in, boxes, classes, coefficients and prototypes out. The
program is timed after each runtime, so that both sides are measured in one run on one machine; ratios are of
those two. Prints a Markdown table. Needs the packages of requirements-peers.txt.
"""

import argparse
import functools
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "reference"))

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--config", default="yolact_resnet50")
parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
parser.add_argument("--runs", type=int, default=10)
parser.add_argument("--only", default="", help="runtimes, comma-separated: onnxruntime, openvino, ncnn")
parser.add_argument("--binary", default=str(ROOT / ".build" / "release" / "yolact-video"))
options = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(options.threads)

import numpy as np  # noqa: E402
import torch  # noqa: E402

import yolact  # noqa: E402


class Folded(yolact.Network):
    """The network with batch normalisation folded into the convolution before it, as every runtime does."""

    def conv(self, x, key, outputs, kernel, stride=1, padding=0, bias=True, groups=1):
        if bias:
            return super().conv(x, key, outputs, kernel, stride, padding, bias, groups)
        weight = self.p(key + ".weight", outputs, x.shape[1] // groups, kernel, kernel)
        return x, weight, stride, padding, groups

    def norm(self, x, key):
        x, weight, stride, padding, groups = x
        mean, variance, gain, bias = (
            self.p(f"{key}.{name}", weight.shape[0])
            for name in ("running_mean", "running_var", "weight", "bias"))
        factor = gain / torch.sqrt(variance + 1e-5)
        return torch.nn.functional.conv2d(
            x, weight * factor.view(-1, 1, 1, 1), bias - mean * factor, stride, padding, 1, groups)


    def prototypes(self, x):
        # As the network has it, but for the batch, which ncnn's converter does not take off.
        functions = torch.nn.functional
        for i in (0, 2, 4):
            x = functions.relu(self.conv(x, f"proto_net.{i}", self.config["features"], 3, 1, 1))
        x = functions.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        x = self.conv(functions.relu(x), "proto_net.8", self.config["features"], 3, 1, 1)
        x = self.conv(functions.relu(x), "proto_net.10", self.config["k"], 1)
        return functions.relu(x).permute(0, 2, 3, 1).contiguous()


class Raw(torch.nn.Module):
    """From the image tensor to boxes, class scores, coefficients and prototypes."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        network = self.network
        levels = network.pyramid(getattr(network, network.config["backbone"])(image))
        rows = list(zip(*(network.head(level, i, len(levels))[:3] for i, level in enumerate(levels))))
        boxes, classes, coefficients = (torch.cat(parts) for parts in rows)
        return boxes, torch.softmax(classes, 1), coefficients, network.prototypes(levels[0])


def export(path):
    config = yolact.CONFIGURATIONS[options.config]
    module = Raw(Folded(config, yolact.Seeded())).eval()
    shape = (1, 3, config["size"], config["size"])
    with torch.no_grad():
        module(torch.zeros(shape))
        torch.onnx.export(
            module, torch.zeros(shape), path, input_names=["image"],
            output_names=["loc", "conf", "coef", "proto"], opset_version=17, dynamo=False)
    return shape


def timed(call):
    for _ in range(3):
        call()
    times = []
    for _ in range(options.runs):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


@functools.cache
def quantised():
    """An int8 file of the same seeded weights, calibrated on the sample clip, with the last layers in int8
    as the other runtime has them; None where this CPU cannot make one."""
    path = os.path.join(tempfile.mkdtemp(), "seeded.int8.safetensors")
    result = subprocess.run(
        [options.binary, "quantize", "--config", options.config, "--frames", "4",
         "--calibrate", str(ROOT / "samples" / "shapes.mp4"), "--quantize-outputs", "-q",
         "-o", path], stdout=subprocess.DEVNULL)
    return path if result.returncode == 0 else None


def ours(precision):
    """Median milliseconds of this program; None where it does not compute in that precision."""
    model = ["--config", options.config]
    if precision == "int8":
        if not quantised():
            return None
        model = ["--weights", quantised()]
    result = subprocess.run(
        [options.binary, "bench", *model, "--threads", str(options.threads),
         "--runs", str(options.runs), "--precision", precision],
        capture_output=True, text=True)
    return float(result.stdout.split()[-1]) if result.returncode == 0 else None


def row(name, precision, call):
    theirs, own = timed(call), ours(precision)
    ratio = f"{own:.1f} | {own / theirs:.2f}" if own else "- | -"
    print(f"| {name} | {precision} | {theirs:.1f} | {ratio} |", flush=True)


def onnxruntime(path, image):
    import onnxruntime as runtime
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = runtime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    row(f"ONNX Runtime {runtime.__version__}", "f32", lambda: session.run(None, {"image": image}))


def openvino(path, image):
    import nncf
    import openvino as runtime
    core = runtime.Core()

    def run(name, model, precision, hint):
        compiled = core.compile_model(
            model, "CPU",
            {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": options.threads,
             "INFERENCE_PRECISION_HINT": hint})
        request = compiled.create_infer_request()
        row(name, precision, lambda: request.infer({0: image}))

    name = f"OpenVINO {runtime.__version__.split('-')[0]}"
    run(name, core.read_model(path), "f32", "f32")
    try:
        run(name, core.read_model(path), "bf16", "bf16")
    except RuntimeError as error:  # not every CPU has it, and int8 comes after it
        print(f"| {name} | bf16 | failed: {str(error).splitlines()[0]} | - | - |", flush=True)
    data = [np.random.default_rng(i).standard_normal(image.shape).astype(np.float32) for i in range(4)]
    run(name, nncf.quantize(core.read_model(path), nncf.Dataset(data), subset_size=4), "int8", "f32")


def ncnn(path, image):
    import importlib.metadata
    import ncnn as runtime
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, os.path.join(folder, "m.onnx"))
        converter = os.path.join(os.path.dirname(sys.executable), "pnnx")
        subprocess.run([converter, "m.onnx", "fp16=0"], cwd=folder, check=True, capture_output=True)
        for precision in ("f32", "bf16"):
            network = runtime.Net()
            network.opt.num_threads = options.threads
            network.opt.use_vulkan_compute = False
            network.opt.use_fp16_storage = network.opt.use_fp16_packed = False
            network.opt.use_fp16_arithmetic = False
            network.opt.use_bf16_storage = precision == "bf16"
            network.load_param(os.path.join(folder, "m.ncnn.param"))
            network.load_model(os.path.join(folder, "m.ncnn.bin"))

            def run():
                extractor = network.create_extractor()
                extractor.input(network.input_names()[0], runtime.Mat(image[0]))
                for name in network.output_names():
                    extractor.extract(name)

            row(f"ncnn {importlib.metadata.version('ncnn')}", precision, run)


RUNTIMES = {"onnxruntime": onnxruntime, "openvino": openvino, "ncnn": ncnn}
wanted = [name for name in options.only.split(",") if name] or list(RUNTIMES)
cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), "unknown")
print(f"{options.config}, {options.threads} threads, {cpu}, medians of {options.runs} runs in milliseconds\n")
print("| runtime | precision | theirs | ours | ours / theirs |\n|---|---|---|---|---|", flush=True)
with tempfile.TemporaryDirectory() as folder:
    model = os.path.join(folder, "network.onnx")
    shape = export(model)
    image = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    for name in wanted:
        try:
            RUNTIMES[name](model, image)
        except Exception as error:  # one runtime that fails must not hide the others
            print(f"| {name} | failed: {error} | | | |", flush=True)
