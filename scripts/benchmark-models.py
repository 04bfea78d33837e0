#!/usr/bin/env python3
"""Times every configuration and the deformable convolutions of YOLACT++; prints the tables of docs/performance.md.

    make build
    scripts/benchmark-models.py [--threads N] [--runs N] [--rounds N] [--only configurations|deformable]

Uses .build/release/yolact-video, or what YOLACT_VIDEO_BINARY names; nothing else should run meanwhile. Each
configuration is timed in several rounds, one after the other in each, and the fastest round counts: other programs
can only slow it down. Needs nothing but Python.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Frames a second that the papers (arXiv 1904.02689, 1912.06218) state for an Nvidia Titan Xp.
CONFIGURATIONS = {
    "yolact_resnet50": "42.5", "yolact_darknet53": "40.0", "yolact_base": "33.5", "yolact_im400": "45.3",
    "yolact_im700": "23.6", "yolact_resnet50_pascal": "", "yolact_plus_resnet50": "33.5",
    "yolact_plus_base": "27.3", "yolact_edge_mobilenetv2": "",
}
# Stages of ResNet-50 with deformable blocks: number, channels, side of the output at 550 pixels, blocks.
STAGES = [(1, 128, 69, 4), (2, 256, 35, 6), (3, 512, 18, 3)]
PARTS = [".conv_offset_mask", " (columns)", ""]


def bench(options, configuration, *more):
    binary = os.environ.get("YOLACT_VIDEO_BINARY") or ROOT / ".build/release/yolact-video"
    command = [str(binary), "bench", "--config", configuration, "--runs", str(options.runs), "--json", "-", *more]
    if options.threads:
        command += ["--threads", str(options.threads)]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}: {run.stderr.strip()}")
    return json.loads(run.stdout)


def configurations(options):
    best, sizes = {}, {}
    for _ in range(options.rounds):
        for name in CONFIGURATIONS:
            report = bench(options, name)
            sizes[name] = report["parameters"] / 1e6, report["multiplyAdds"] / 1e9
            time = report["network"]["median"]
            best[name] = min(time, best.get(name, time))
    print("| configuration | million parameters | billion multiply-adds | ms a frame | paper, frames a second |")
    print("|---|---|---|---|---|")
    for name, paper in CONFIGURATIONS.items():
        parameters, products = sizes[name]
        print(f"| `{name}` | {parameters:.1f} | {products:.1f} | {best[name]:.0f} | {paper} |".replace("|  |", "| |"))
    for plus, plain in [("yolact_plus_resnet50", "yolact_resnet50"), ("yolact_plus_base", "yolact_base")]:
        print(f"\n`{plus}` takes {best[plus] / best[plain]:.2f} times as long as `{plain}`.")
    print()


def layers(options, configuration):
    """Median ms of each layer; of several rounds the least."""
    best = {}
    for _ in range(options.rounds):
        for layer in bench(options, configuration, "--layers")["layers"]:
            name, time = layer["name"], layer["median"]
            best[name] = min(time, best.get(name, time))
    return best


def deformable(options):
    plus, plain = layers(options, "yolact_plus_resnet50"), layers(options, "yolact_resnet50")
    print("| shape (channels, output side) | offsets ms | columns ms | product ms | together ms | plain 3 x 3 ms |"
          " times |")
    print("|---|---|---|---|---|---|---|")
    for stage, channels, side, blocks in STAGES:
        for blocks_of_shape, note in [([0], ", stride 2"), (range(1, blocks), "")]:
            names = [f"backbone.layers.{stage}.{block}.conv2" for block in blocks_of_shape]

            def median(times, suffix=""):
                values = sorted(times[name + suffix] for name in names)
                middle = len(values) // 2
                return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2

            parts = [median(plus, part) for part in PARTS]
            whole, simple = sum(parts), median(plain)
            row = " | ".join(f"{value:.2f}" for value in [*parts, whole, simple, whole / simple])
            print(f"| {channels}, {side}{note} | {row} |")
    columns = sum(time for name, time in plus.items() if name.endswith(PARTS[1]))
    offsets = sum(time for name, time in plus.items() if name.endswith(PARTS[0]))
    total = sum(plus.values())
    print(f"\nOf `yolact_plus_resnet50` sampling is {100 * columns / total:.1f} %, the offsets are "
          f"{100 * offsets / total:.1f} %.\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, help="threads of the network (default: all cores)")
    parser.add_argument("--runs", type=int, default=20, help="timed runs of a network in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["configurations", "deformable"])
    options = parser.parse_args()
    if options.only != "deformable":
        configurations(options)
    if options.only != "configurations":
        deformable(options)


if __name__ == "__main__":
    main()
