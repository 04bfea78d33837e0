"""Writes golden files for `yolact-video verify DIR`: what a configuration computes from seeded weights.

Needs Python 3 with torch and numpy (any recent version); nothing of the project needs this script to run.

  python make-golden.py --frame picture.ppm --out DIR [--salt 7] [--size 400] [CONFIGURATION ...]
  python make-golden.py --frame picture.ppm --out DIR --variants --entries 128 --masks 2 --detections 20

The picture is a binary PPM (ffmpeg -i video -frames:v 1 picture.ppm). Each file holds 2,048 entries of every
tensor, its statistics, the detections of each way of suppression and the first six masks; frame.safetensors
beside them holds the picture.
"""

import argparse
import json
import pathlib
import struct

import numpy as np
import torch

import yolact

TYPES = {"float32": "F32", "float64": "F64", "int32": "I32", "uint8": "U8"}


def write(path, tensors, metadata):
    # Larger elements first keep every tensor aligned to its element size.
    names = sorted(tensors, key=lambda n: (-tensors[n].itemsize, n))
    header, at = {"__metadata__": metadata}, 0
    for name in names:
        a = tensors[name]
        header[name] = dict(dtype=TYPES[str(a.dtype)], shape=list(a.shape), data_offsets=[at, at + a.nbytes])
        at += a.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for name in names:
            f.write(np.ascontiguousarray(tensors[name]).tobytes())


def picture(path):
    data = pathlib.Path(path).read_bytes()
    kind, width, height, depth = data.split(maxsplit=4)[:4]
    if kind != b"P6" or depth != b"255":
        raise SystemExit(f"{path}: not a binary PPM of 8 bits")
    width, height = int(width), int(height)
    return np.frombuffer(data[-width * height * 3:], np.uint8).reshape(height, width, 3)


def resized(config, size):
    """The configuration at another size, the anchors scaled as the paper does."""
    scales = [[int(s / config["size"] * size) for s in level] for level in config["scales"]]
    return dict(config, size=size, scales=scales)


def described(name, config, changes):
    """The program's JSON for a variant."""
    backbone = {
        "resnet": {"kind": "resNet", "blocks": config["blocks"], "width": config["width"]},
        "darknet": {"kind": "darkNet", "blocks": config["blocks"]}, "mobilenet": {"kind": "mobileNetV2"},
    }[config["backbone"]]
    result = {
        "name": name, "inputSize": config["size"], "backbone": backbone,
        "featureChannels": config["features"],
        "prototypes": {"channels": config["features"], "count": config["k"]},
        "anchors": {
            "scales": config["scales"], "aspectRatios": [1, 0.5, 2], "areSquare": config["square"]},
        "classNames": [f"class {i}" for i in range(1, config["classes"])], "rescoresMasks": False,
    }
    for key, value in changes.items():
        if key == "deformableBlocks":
            result["backbone"][key] = value
        elif isinstance(value, dict):
            merged = {**result.get(key, {}), **value}
            result[key] = {name: part for name, part in merged.items() if part is not None}
        else:
            result[key] = value
    return json.dumps(result)


def golden(config, rgb, salt, modes, entries=2048, most=100, masks_kept=6):
    network = yolact.Network(config, yolact.Seeded(salt))
    height, width = rgb.shape[:2]
    t, out = network(rgb), {}
    rng = np.random.default_rng(salt + 1)
    for key, value in t.items():
        flat = value.contiguous().view(-1).numpy()
        index = np.sort(rng.choice(flat.size, min(entries, flat.size), replace=False)).astype(np.int32)
        out[key + ".index"], out[key + ".value"] = index, flat[index]
        wide = flat.astype(np.float64)
        out[key + ".stats"] = np.array([wide.mean(), wide.std(), wide.min(), wide.max()])
    for mode in modes:
        found = {k: v[:most] for k, v in yolact.detect(t, mode, config["size"]).items()}
        masks, rescored = network.masks(t["proto"], found, width, height)
        rows = {
            "class": found["class"].int(), "score": found["score"].float(), "rescored": rescored.float(),
            "relbox": found["box"], "box": yolact.pixel_boxes(found["box"], width, height).int(),
            "area": masks.sum((1, 2)).int(),
        }
        out.update({f"{mode}.{key}": value.numpy() for key, value in rows.items()})
        if mode == "fast":
            out["fast.mask"] = np.packbits(masks[:masks_kept].numpy(), axis=2)
    metadata = dict(salt=str(salt), size=str(config["size"]), frame=f"{width}x{height}")
    return out, metadata


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configurations", nargs="*", default=list(yolact.CONFIGURATIONS))
    parser.add_argument("--frame", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--salt", type=int, default=0)
    parser.add_argument("--size", type=int, help="another input size")
    parser.add_argument("--variants", action="store_true", help="small networks, one switch each")
    parser.add_argument("--entries", type=int, default=2048, help="entries of each tensor")
    parser.add_argument("--detections", type=int, default=100, help="detections of each suppression")
    parser.add_argument("--masks", type=int, default=6, help="masks")
    parser.add_argument("--traditional", action="store_true", help="traditional suppression too (slow)")
    options = parser.parse_args()
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    rgb = picture(options.frame)
    write(out / "frame.safetensors", {"rgb": rgb}, {"layout": "height,width,channel RGB uint8"})
    modes = ["fast", "cross-class"] + (["traditional"] if options.traditional else [])
    jobs = []
    if options.variants:
        for name, (config, changes) in yolact.VARIANTS.items():
            jobs.append((name, config, {"configuration": described(name, config, changes)}))
    else:
        for name in options.configurations:
            config, suffix = yolact.CONFIGURATIONS[name], f"_{options.salt}"
            if options.size:
                config, suffix = resized(config, options.size), f"_{options.salt}_{options.size}"
            jobs.append((name + suffix, config, {}))
    with torch.inference_mode():
        for name, config, described_as in jobs:
            tensors, metadata = golden(
                config, rgb, options.salt, modes, options.entries, options.detections, options.masks)
            write(out / f"{name}.safetensors", tensors, metadata | described_as)
            print(name, {m: len(tensors[m + ".class"]) for m in modes}, flush=True)


if __name__ == "__main__":
    main()
