#!/usr/bin/env python3
"""Times the evaluation beside pycocotools on generated images, and compares the figures.

    swift build -c release --package-path scripts/evaluation-benchmark
    /tmp/venv/bin/python scripts/benchmark-evaluation.py /tmp/benchmark [IMAGES]

Needs numpy and pycocotools (see make-evaluation-cases.py). The data are as many and as large as COCO's
validation set with 100 detections an image: 640 x 480, about 7 truths an image, polygons and a few
crowds, 80 categories. Both tools read the same two files and compute boxes and masks.
"""
import contextlib
import io
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

WIDTH, HEIGHT = 640, 480


def outlines(rng, boxes, corners=24):
    angles = (np.arange(corners) + rng.random((len(boxes), corners)) * .5) * 2 * np.pi / corners
    radii = rng.uniform(.75, 1, angles.shape)
    x, y, w, h = (boxes[:, i, None] for i in range(4))
    points = np.stack([x + w / 2 * (1 + radii * np.cos(angles)),
                       y + h / 2 * (1 + radii * np.sin(angles))], 2)
    return points.reshape(len(boxes), 2 * corners).round(2).tolist()


def boxes_of(rng, count):
    size = np.exp(rng.uniform(np.log(8), np.log(320), (count, 2))) * [1, .8]
    return np.hstack([rng.random((count, 2)) * ([WIDTH, HEIGHT] - size), size])


def generate(directory, images):
    rng = np.random.default_rng(2019)
    kinds = [k for k in range(1, 91) if k not in (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)]
    dataset = {"images": [], "annotations": [],
               "categories": [{"id": k, "name": f"category {k}"} for k in kinds]}
    with open(directory / "results.json", "w") as results:
        results.write("[")
        for image in range(1, images + 1):
            dataset["images"].append({"id": image, "width": WIDTH, "height": HEIGHT,
                                      "file_name": f"{image:012}.jpg"})
            truths = boxes_of(rng, rng.integers(0, 15))
            own = rng.choice(kinds[:40], len(truths)) if len(truths) else []
            for box, kind, shape in zip(truths, own, outlines(rng, truths)):
                rle = masks.frPyObjects([shape], HEIGHT, WIDTH)[0]
                crowd = bool(rng.random() < .01)
                if crowd:
                    pixels = masks.decode(rle).flatten(order="F")
                    edges = np.flatnonzero(np.diff(pixels)) + 1
                    counts = np.diff(np.concatenate([[0], edges, [pixels.size]])).tolist()
                    shape = {"size": [HEIGHT, WIDTH], "counts": [0] * int(pixels[0]) + counts}
                dataset["annotations"].append({
                    "id": len(dataset["annotations"]) + 1, "image_id": image,
                    "category_id": int(kind), "bbox": box.round(2).tolist(),
                    "area": float(masks.area(rle)), "iscrowd": int(crowd),
                    "segmentation": shape if crowd else [shape]})
            near = rng.integers(0, max(len(truths), 1), 100)
            found = boxes_of(rng, 100)
            types = rng.choice(kinds, 100)
            scores = rng.random(100) * .6
            for d in range(60 if len(truths) else 0):
                found[d] = truths[near[d]] * rng.normal(1, .06, 4)
                types[d] = own[near[d]] if rng.random() < .7 else types[d]
                scores[d] = scores[d] + .4 * rng.random()
            shapes = masks.frPyObjects(outlines(rng, found), HEIGHT, WIDTH)
            rows = [json.dumps({
                "image_id": image, "category_id": int(types[d]), "bbox": found[d].round(2).tolist(),
                "segmentation": {"size": [HEIGHT, WIDTH], "counts": shapes[d]["counts"].decode()},
                "score": round(float(scores[d]), 6)}) for d in np.argsort(-scores)]
            results.write((",\n" if image > 1 else "") + ",\n".join(rows))
        results.write("]")
    (directory / "instances.json").write_text(json.dumps(dataset))


def pycocotools(directory):
    start, start_cpu = time.time(), time.process_time()
    figures = {}
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(directory / "instances.json"))
        results = truth.loadRes(str(directory / "results.json"))
        for kind in ("bbox", "segm"):
            evaluation = COCOeval(truth, results, kind)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
            figures[kind] = evaluation.stats.tolist()
    return time.time() - start, time.process_time() - start_cpu, figures


def main():
    directory = Path(sys.argv[1])
    images = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / "instances.json").exists():
        generate(directory, images)
    binary = Path(__file__).parent / "evaluation-benchmark/.build/release/evaluation-benchmark"
    command = [str(binary), str(directory / "instances.json"), str(directory / "results.json")]
    own = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = usage.ru_utime + usage.ru_stime
    theirs, their_cpu, figures = pycocotools(directory)
    difference = max(abs(a - b) for a, b in zip(own["box"] + own["mask"],
                                                figures["bbox"] + figures["segm"]))
    print(f"AP box {own['box'][0]:.4f}, mask {own['mask'][0]:.4f}; "
          f"largest difference {difference:.1e}")
    print(f"pycocotools {theirs:.1f} s, own {own['seconds']:.2f} s: "
          f"{theirs / own['seconds']:.0f} times as fast")
    # Where other programs run too, processor time is what can be compared.
    print(f"processor time: pycocotools {their_cpu:.1f} s, own {cpu:.2f} s on all cores, "
          f"{their_cpu / cpu:.0f} times as much")
    return 0 if difference < 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main())
