#!/usr/bin/env python3
"""Writes the cases that EvaluationCaseTests compares with: what pycocotools computes for generated data.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pycocotools==2.0.11 numpy
    /tmp/venv/bin/python scripts/make-evaluation-cases.py Tests/PipelineTests/Resources/evaluation

Needed only to change the cases; the tests themselves read the files. Two files are written:
cases.ndjson, a data set, results and expected figures a line, and polygons.ndjson, outlines and the run
lengths that pycocotools draws. Equal versions write equal bytes.

The figures of the official YOLACT program (github.com/dbolya/yolact, eval.py) are computed by
yolact_table below, written from its behaviour.
"""
import contextlib
import copy
import io
import json
import math
import random
import sys
from pathlib import Path

import numpy as np
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


# Shapes

def compressed(rle):
    return {"size": [int(n) for n in rle["size"]], "counts": rle["counts"].decode()}


def uncompressed(rle):
    pixels = masks.decode(rle).flatten(order="F")
    counts, value, length = [], 0, 0
    for pixel in pixels:
        if pixel != value:
            counts.append(length)
            value, length = int(pixel), 0
        length += 1
    return {"size": [int(n) for n in rle["size"]], "counts": counts + [length]}


def from_pixels(pixels):
    return compressed(masks.encode(np.asfortranarray(pixels.astype(np.uint8))))


def box_pixels(width, height, box):
    pixels = np.zeros((height, width), np.uint8)
    x, y, w, h = (int(round(v)) for v in box)
    pixels[max(y, 0):max(y + h, 0), max(x, 0):max(x + w, 0)] = 1
    return pixels


def ellipse(rng, width, height, box):
    x, y, w, h = box
    rows, columns = np.mgrid[0:height, 0:width]
    return (((columns + .5 - x - w / 2) / max(w / 2, .5)) ** 2
            + ((rows + .5 - y - h / 2) / max(h / 2, .5)) ** 2) <= 1


def polygon(rng, box, corners, digits=2):
    x, y, w, h = box
    points = []
    for index in range(corners):
        angle = 2 * math.pi * (index + rng.uniform(0, .6)) / corners
        radius = rng.uniform(.6, 1)
        points += [x + w / 2 * (1 + radius * math.cos(angle)),
                   y + h / 2 * (1 + radius * math.sin(angle))]
    return [round(v, digits) for v in points]


def random_box(rng, width, height, low=3, high=None):
    w = rng.uniform(low, high or width * .7)
    h = rng.uniform(low, high or height * .7)
    x, y = rng.uniform(0, max(width - w, 0)), rng.uniform(0, max(height - h, 0))
    return [round(v, 1) for v in (x, y, w, h)]


def shaken(rng, box, amount):
    x, y, w, h = box
    return [round(x + rng.uniform(-amount, amount) * w, 1),
            round(y + rng.uniform(-amount, amount) * h, 1),
            round(w * rng.uniform(1 - amount, 1 + amount), 1),
            round(h * rng.uniform(1 - amount, 1 + amount), 1)]


# Cases

def build(rng, images=3, categories=3, truths=5, extra=3, size=(24, 48), crowd=.08,
          forms=("polygon", "rle", "counts"), results="both", scores=None, amount=.25, gaps=True,
          first_id=1, low=3, high=None, repeats=1, share=.85, area=None):
    """A data set and results that resemble its truth."""
    ids = sorted(rng.sample(range(1, 1000), images))
    kinds = sorted(rng.sample(range(1, 91), categories)) if gaps else list(range(1, categories + 1))
    dataset = {"images": [], "annotations": [],
               "categories": [{"id": k, "name": f"c{k}"} for k in kinds]}
    found = []
    order = ids[:]
    rng.shuffle(order)
    draw = scores or (lambda: round(rng.random(), 3))
    for image in order:
        width, height = rng.randint(*size), rng.randint(*size)
        dataset["images"].append({"id": image, "width": width, "height": height,
                                  "file_name": f"{image}.jpg"})
        boxes = []
        for _ in range(rng.randint(0, truths)):
            box = random_box(rng, width, height, low, high)
            kind = rng.choice(kinds)
            is_crowd = int(rng.random() < crowd)
            form = "counts" if is_crowd else rng.choice(forms)
            if form == "polygon":
                count = rng.choice([1, 1, 2])
                segmentation = [polygon(rng, box, rng.randint(3, 7)) for _ in range(count)]
                size_ = sum(masks.area(masks.frPyObjects(segmentation, height, width)).tolist())
            else:
                rle = from_pixels(ellipse(rng, width, height, box))
                size_ = int(masks.area(rle))
                segmentation = uncompressed(rle) if form == "counts" else rle
            dataset["annotations"].append({
                "id": len(dataset["annotations"]) + first_id, "image_id": image,
                "category_id": kind, "bbox": box, "area": area(rng) if area else size_,
                "iscrowd": is_crowd, "segmentation": segmentation})
            boxes.append((kind, box))
        for kind, box in boxes:
            for _ in range(repeats):
                if rng.random() < share:
                    other = kind if rng.random() < .9 else rng.choice(kinds)
                    found.append(result(rng, image, other, shaken(rng, box, amount), width, height,
                                        draw(), results))
        for _ in range(rng.randint(0, extra)):
            found.append(result(rng, image, rng.choice(kinds), random_box(rng, width, height),
                                width, height, draw(), results))
    if not found:
        image = dataset["images"][0]
        found.append(result(rng, image["id"], kinds[0],
                            random_box(rng, image["width"], image["height"]), image["width"],
                            image["height"], draw(), results))
    rng.shuffle(found)
    return dataset, found


def result(rng, image, kind, box, width, height, score, form):
    item = {"image_id": image, "category_id": kind, "score": score}
    if form != "masks":
        item["bbox"] = box
    if form != "boxes":
        item["segmentation"] = from_pixels(ellipse(rng, width, height, box))
    return item


def plain(rng):
    return build(rng, results=rng.choice(["both", "masks", "boxes"]))


def ties(rng):
    levels = [.5] if rng.random() < .3 else [.3, .5, .9]
    return build(rng, images=4, truths=5, repeats=2, scores=lambda: rng.choice(levels),
                 results=rng.choice(["both", "masks"]))


def equal_overlaps(rng):
    """Truths and detections that are copies of one another, and overlaps of exactly a threshold."""
    dataset, _ = build(rng, images=2, truths=0, categories=2, size=(40, 40))
    kinds = [c["id"] for c in dataset["categories"]]
    found = []
    for image in dataset["images"]:
        for number in range(rng.randint(2, 5)):
            width = rng.choice([10, 20])
            box = [rng.randint(0, 4), rng.randint(0, 4), width, 10]
            for _ in range(rng.randint(1, 2)):
                dataset["annotations"].append({
                    "id": len(dataset["annotations"]) + 1, "image_id": image["id"],
                    "category_id": rng.choice(kinds), "bbox": box, "area": width * 10,
                    "iscrowd": int(rng.random() < .15),
                    "segmentation": from_pixels(box_pixels(40, 40, box))})
            for part in rng.sample([1, .5, .55, .6, .7, .75, .8, .9, .95], 2):
                inner = [box[0], box[1], round(width * part, 2), 10]
                found.append({"image_id": image["id"], "category_id": rng.choice(kinds),
                              "score": rng.choice([.5, .6]), "bbox": inner,
                              "segmentation": from_pixels(box_pixels(40, 40, inner))})
    return dataset, found


def crowds(rng):
    return build(rng, crowd=.5, truths=6, amount=.4, results=rng.choice(["both", "masks"]))


def empty_images(rng):
    dataset, found = build(rng, images=6, truths=2, extra=2)
    without = {i["id"] for i in rng.sample(dataset["images"], 3)}
    dataset["annotations"] = [a for a in dataset["annotations"] if a["image_id"] not in without]
    spared = rng.choice(dataset["images"])["id"]
    return dataset, [d for d in found if d["image_id"] != spared] or found


def empty_classes(rng):
    dataset, found = build(rng, images=3, categories=6, truths=4)
    kinds = [c["id"] for c in dataset["categories"]]
    dataset["annotations"] = [a for a in dataset["annotations"] if a["category_id"] != kinds[0]]
    return dataset, [d for d in found if d["category_id"] not in kinds[1:3]] or found


def degenerate(rng):
    dataset, found = build(rng, images=2, truths=4, results=rng.choice(["both", "masks"]))
    sizes = {i["id"]: (i["width"], i["height"]) for i in dataset["images"]}
    for item in dataset["annotations"] + found:
        if rng.random() < .5:
            width, height = sizes[item["image_id"]]
            pixels = np.zeros((height, width), np.uint8)
            form = rng.randrange(7)
            if form == 0:
                pixels[:] = 1
            elif form == 1:
                pixels[rng.randrange(height), rng.randrange(width)] = 1
            elif form == 2:
                pixels[:, rng.randrange(width)] = 1
            elif form == 3:
                pixels[rng.randrange(height), :] = 1
            elif form == 4:
                pixels[0, 0] = pixels[-1, -1] = 1
            elif form == 5 and item in found:
                pixels = np.ones((height + 1, width), np.uint8)
            item["segmentation"] = from_pixels(pixels)
            if "area" in item and rng.random() < .5:
                item["area"] = int(pixels.sum())
            if "bbox" in item and rng.random() < .4:
                item["bbox"] = rng.choice([[5, 5, 0, 0], [0, 0, width, height], [3, 3, -2, 4],
                                           [width - 1, height - 1, 5, 5]])
    return dataset, found


def over_100(rng):
    dataset, found = build(rng, images=2, categories=1, truths=12, low=6, high=10, size=(60, 60),
                           forms=("polygon",), crowd=.05, results="boxes", extra=0, repeats=6)
    for image in dataset["images"][:1]:
        for _ in range(120 - len(found) // 2):
            found.append(result(rng, image["id"], dataset["categories"][0]["id"],
                                random_box(rng, 60, 60, 4, 12), 60, 60,
                                round(rng.random(), 2), "boxes"))
    rng.shuffle(found)
    return dataset, found


def area_edges(rng):
    """Areas of exactly 32 and 96 squared and next to them, stated and measured."""
    sides = [(32, 32), (96, 96), (31, 33), (33, 31), (16, 64), (64, 16), (32, 33), (95, 97)]
    edges = [1024, 9216, 1023.999, 1024.001, 9215.5, 9216.5, 0, 1e10, 1e10 + 1]
    dataset, _ = build(rng, images=2, truths=0, categories=2, size=(100, 100))
    kinds = [c["id"] for c in dataset["categories"]]
    found, form = [], rng.choice(["both", "masks", "boxes"])
    for image in dataset["images"]:
        for _ in range(rng.randint(1, 3)):
            w, h = rng.choice(sides)
            box = [rng.randint(0, 100 - w), rng.randint(0, 100 - h), w, h]
            dataset["annotations"].append({
                "id": len(dataset["annotations"]) + 1, "image_id": image["id"],
                "category_id": rng.choice(kinds), "bbox": box,
                "area": w * h if rng.random() < .5 else rng.choice(edges), "iscrowd": 0,
                "segmentation": [EvenPolygon.outline(box)]})
            for _ in range(rng.randint(0, 2)):
                moved = [box[0] + rng.choice([0, 0, 1, 2]), box[1], w, h]
                item = {"image_id": image["id"], "category_id": rng.choice(kinds),
                        "score": round(rng.random(), 2)}
                if form != "masks":
                    item["bbox"] = moved
                if form != "boxes":
                    item["segmentation"] = from_pixels(box_pixels(100, 100, moved))
                found.append(item)
        w, h = rng.choice(sides)
        found.append({"image_id": image["id"], "category_id": rng.choice(kinds), "score": .7,
                      **({"bbox": [1, 1, w, h]} if form != "masks" else {}),
                      **({"segmentation": from_pixels(box_pixels(100, 100, [1, 1, w, h]))}
                         if form != "boxes" else {})})
    return dataset, found


class EvenPolygon:
    @staticmethod
    def outline(box):
        x, y, w, h = box
        return [x, y, x + w, y, x + w, y + h, x, y + h]


def odd_polygons(rng):
    dataset, found = build(rng, images=2, truths=5, forms=("polygon",), crowd=0)
    sizes = {i["id"]: (i["width"], i["height"]) for i in dataset["images"]}
    for item in dataset["annotations"]:
        width, height = sizes[item["image_id"]]
        item["segmentation"] = odd_polygon(rng, width, height)
    return dataset, found


def odd_polygon(rng, width, height):
    form = rng.randrange(9)
    point = lambda: [round(rng.uniform(-.2, 1.2) * width, 2), round(rng.uniform(-.2, 1.2) * height, 2)]
    if form == 0:  # A bow tie
        return [[2, 2, width - 2, height - 2, width - 2, 2, 2, height - 2]]
    if form == 1:  # Anything, beyond the picture too
        return [sum((point() for _ in range(rng.randint(3, 9))), [])]
    if form == 2:  # A line
        return [point() + point() + point()[:1] * 2, point() * 3]
    if form == 3:  # A thin one on the edge of the picture
        return [[width - 1, 0, width, 0, width + .4, height, width - 1, height]]
    if form == 4:  # A number too many
        return [sum((point() for _ in range(4)), []) + [3.5]]
    if form == 5:  # A point
        return [[5.5, 6.5] * 3]
    if form == 6:  # Several that overlap, the second of two points
        return [polygon(rng, [2, 2, 15, 15], 5), point() + point(), polygon(rng, [6, 6, 12, 9], 6)]
    if form == 7:  # Halves and whole numbers, corners twice
        return [[float(rng.randint(0, 40)) / 2 for _ in range(5)] * 2]
    return [[0, 0, width, 0, width, height, 0, height]]


def no_truth(rng):
    dataset, found = build(rng, images=2)
    dataset["annotations"] = []
    return dataset, found


def few_results(rng):
    dataset, found = build(rng, images=4, truths=6)
    return dataset, found[:1]


def id_zero(rng):
    return build(rng, images=2, truths=4, first_id=0)


def long_scores(rng):
    return build(rng, results="both",
                 scores=lambda: rng.choice([float(np.float32(rng.random())), rng.random() * 1e-5]))


def large_pictures(rng):
    return build(rng, images=2, categories=2, truths=5, extra=2, size=(150, 220),
                 low=rng.choice([10, 90]), high=190, amount=.15, forms=("polygon",), crowd=.05,
                 results=rng.choice(["both", "boxes", "boxes", "masks"]))


def stated_areas(rng):
    return build(rng, area=lambda rng: round(rng.choice([rng.uniform(0, 3000), 1024,
                                                           rng.uniform(5000, 15000)]), 2))


KINDS = [(plain, 34), (ties, 24), (equal_overlaps, 16), (crowds, 30), (empty_images, 16),
         (empty_classes, 14), (degenerate, 30), (over_100, 8), (area_edges, 24),
         (odd_polygons, 24), (no_truth, 4), (few_results, 6), (id_zero, 6), (long_scores, 10),
         (stated_areas, 24), (large_pictures, 28)]


# Figures

def checksums(values):
    """Two weighted means of an array in row-major order; the same weights as in the tests."""
    flat = values.flatten()
    index = np.arange(len(flat))
    return [float(flat.mean()), float((flat * ((index * 31) % 101) / 101).mean())]


def figures(dataset, found, kind, categories):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(dataset)
        truth.createIndex()
        results = truth.loadRes(copy.deepcopy(found))
        evaluation = COCOeval(truth, results, kind)
        evaluation.params.useCats = int(categories)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    arrays = evaluation.eval
    return {"stats": evaluation.stats.tolist(),
            "classes": [checksums(arrays["precision"][:, :, k]) + checksums(arrays["recall"][:, k])
                        + checksums(arrays["scores"][:, :, k])
                        for k in range(arrays["precision"].shape[2])]}


def yolact_table(dataset, found):
    """AP in percent at 0.50, 0.55, ... 0.95 for boxes and masks as the official program gives it."""
    thresholds = [percent / 100 for percent in range(50, 100, 5)]
    kinds = [c["id"] for c in sorted(dataset["categories"], key=lambda c: c["id"])]
    sizes = {i["id"]: (i["width"], i["height"]) for i in dataset["images"]}
    points = {(form, t, k): [] for form in ("box", "mask") for t in range(10) for k in kinds}
    totals = dict.fromkeys(points, 0)

    def drawn(item):
        width, height = sizes[item["image_id"]]
        shape = item.get("segmentation")
        if shape is None:
            shape = [EvenPolygon.outline(item["bbox"])]
        if isinstance(shape, list):
            shape = masks.merge(masks.frPyObjects(shape, height, width))
        elif isinstance(shape["counts"], list):
            shape = masks.frPyObjects(shape, height, width)
        return masks.decode(shape).astype(np.float32)

    def hashed(x):
        for _ in range(2):
            x = (((x >> 16) ^ x) * 0x045d9f3b) & 0xFFFFFFFF
        return ((x >> 16) ^ x) & 0xFFFFFFFF

    seen = list(dict.fromkeys(a["image_id"] for a in dataset["annotations"]))
    for image in sorted(seen or list(sizes), key=lambda i: (hashed(i), i)):
        width, height = sizes[image]
        truths = []
        for item in dataset["annotations"]:
            x, y, w, h = item["bbox"]
            corners = np.array([x, y, x + w, y + h]) / np.array([width, height, width, height])
            if (item["image_id"] == image and corners[2] - corners[0] > 4 / 550
                    and corners[3] - corners[1] > 4 / 550):
                corners = corners.astype(np.float32) * np.float32([width, height, width, height])
                truths.append((item, corners, drawn(item)))
        own = sorted((d for d in found if d["image_id"] == image), key=lambda d: -d["score"])[:100]
        if (seen and not truths) or not own:
            continue
        truths = [t for t in truths if not t[0]["iscrowd"]]
        shapes = [drawn(d) for d in own]
        overlaps = {"box": [], "mask": []}
        for item, pixels in zip(own, shapes):
            if "bbox" in item:
                x, y, w, h = item["bbox"]
            else:
                x, y, w, h = masks.toBbox(item["segmentation"])
            box = np.array([x, y, x + w, y + h]).astype(np.float32)
            zero = np.float32(0)
            rows = {"box": [], "mask": []}
            for _, corners, mask in truths:
                with np.errstate(all="ignore"):
                    shared = (max(min(box[2], corners[2]) - max(box[0], corners[0]), zero)
                              * max(min(box[3], corners[3]) - max(box[1], corners[1]), zero))
                    union = ((box[2] - box[0]) * (box[3] - box[1])
                             + (corners[2] - corners[0]) * (corners[3] - corners[1])) - shared
                    rows["box"].append(float(shared / union))
                    if mask.shape == pixels.shape:
                        shared = (mask * pixels).sum()
                        rows["mask"].append(float(shared / (pixels.sum() + mask.sum() - shared)))
                    else:
                        rows["mask"].append(0.)
            for form in rows:
                overlaps[form].append(rows[form])
        for form, t, k in points:
            totals[form, t, k] += sum(item["category_id"] == k for item, _, _ in truths)
            used = set()
            for d, item in enumerate(own):
                if item["category_id"] != k:
                    continue
                best, choice = thresholds[t], None
                for g, (other, _, _) in enumerate(truths):
                    if g in used or other["category_id"] != k:
                        continue
                    if overlaps[form][d][g] > best:
                        best, choice = overlaps[form][d][g], g
                if choice is not None:
                    used.add(choice)
                points[form, t, k].append((item["score"], choice is not None))

    table = {}
    for form in ("box", "mask"):
        table[form] = []
        for t in range(10):
            values = []
            for k in kinds:
                data, total = points[form, t, k], totals[form, t, k]
                if not data and not total:
                    continue
                if not total:
                    values.append(0)
                    continue
                precisions, recalls, true = [], [], 0
                for count, (_, matched) in enumerate(sorted(data, key=lambda p: -p[0]), 1):
                    true += matched
                    precisions.append(true / count)
                    recalls.append(true / total)
                for i in range(len(precisions) - 1, 0, -1):
                    precisions[i - 1] = max(precisions[i - 1], precisions[i])
                at = np.searchsorted(np.array(recalls), [x / 100 for x in range(101)], side="left")
                values.append(sum(precisions[i] for i in at if i < len(precisions)) / 101)
            table[form].append(sum(values) / len(values) * 100 if values else 0)
    return table


def write_cases(path):
    count = 0
    with open(path, "w") as file:
        for make, repeats in KINDS:
            for number in range(repeats):
                name = f"{make.__name__} {number}"
                dataset, found = make(random.Random(name))
                categories = not (make in (plain, crowds, ties) and number % 8 == 7)
                case = {"name": name, "dataset": dataset, "results": found,
                        "usesCategories": categories,
                        "box": figures(dataset, found, "bbox", categories),
                        "mask": figures(dataset, found, "segm", categories),
                        "yolact": yolact_table(dataset, found)}
                file.write(json.dumps(case, separators=(",", ":")) + "\n")
                count += 1
    return count


def write_polygons(path):
    rng = random.Random("polygons")
    with open(path, "w") as file:
        for number in range(600):
            width, height = rng.randint(1, 70), rng.randint(1, 70)
            if number % 2:
                shape = odd_polygon(rng, width, height)
            else:
                shape = [polygon(rng, random_box(rng, width, height, 1), rng.randint(3, 12),
                                 rng.choice([0, 1, 2, 5])) for _ in range(rng.randint(1, 3))]
            rle = masks.merge(masks.frPyObjects(shape, height, width))
            file.write(json.dumps({"size": [height, width], "polygons": shape,
                                   "counts": rle["counts"].decode()},
                                  separators=(",", ":")) + "\n")


if __name__ == "__main__":
    directory = Path(sys.argv[1])
    print(write_cases(directory / "cases.ndjson"), "cases")
    write_polygons(directory / "polygons.ndjson")
