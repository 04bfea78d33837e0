"""What YOLACT computes, in plain PyTorch on the CPU: the truth that golden files are made from.

Parameters are asked for by key and shape, so the same code serves seeded weights (`Seeded`) and lists every
tensor that a file of that configuration holds. Nothing here is fast; each line follows the paper (arXiv
1904.02689, 1912.06218) and the released models.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

SCALES_550 = [24, 48, 96, 192, 384]


def configuration(**changes):
    base = dict(
        size=550, backbone="resnet", blocks=[3, 4, 23, 3], deformable=[[], [], [], []], classes=81, k=32,
        scales=[[s] for s in SCALES_550], square=True, maskiou=False, width=64, features=256, hidden=[256],
        extra=(0, 0, 0), kernel=3, shared=True, module=False, gate=False, mask_score=False, constant=False,
        feed=False, split=False, scoring="softmax", ratios=[[1, 1 / 2, 2]] * 5, proto=None,
    )
    base.update(changes)
    return base


def plus(blocks, deformable):
    return configuration(
        blocks=blocks, deformable=deformable, square=False, maskiou=True,
        scales=[[s * 2 ** (i / 3) for i in range(3)] for s in SCALES_550],
    )


R50 = [3, 4, 6, 3]
CONFIGURATIONS = {
    "yolact_base": configuration(),
    "yolact_resnet50": configuration(blocks=R50),
    "yolact_darknet53": configuration(backbone="darknet", blocks=[1, 2, 8, 8, 4]),
    "yolact_im400": configuration(size=400, scales=[[s] for s in (17, 34, 69, 139, 279)]),
    "yolact_im700": configuration(size=700, scales=[[s] for s in (30, 61, 122, 244, 488)]),
    "yolact_resnet50_pascal": configuration(
        blocks=R50, classes=21, square=False, scales=[[s] for s in (32, 64, 128, 256, 512)]),
    "yolact_plus_resnet50": plus(R50, [[], range(4), range(6), range(3)]),
    "yolact_plus_base": plus([3, 4, 23, 3], [[], [0, 3], range(0, 23, 3), [0]]),
    "yolact_edge_mobilenetv2": configuration(backbone="mobilenet"),
}


def small(**changes):
    """A small network that shows one switch of the official code."""
    base = dict(
        size=128, blocks=[1, 2, 1, 1], width=8, features=32, hidden=[32], classes=7, k=10,
        scales=[[s] for s in (12, 24, 48, 80, 112)], square=False)
    base.update(changes)
    return configuration(**base)


LEVEL_RATIOS = [[0.25, 1, 4], [0.5, 1.5, 3], [1, 0.5, 2], [0.75, 1.25, 2.5], [1.2, 0.8, 1.8]]

# Each with the configuration in the program's JSON, beside what `small` says.
VARIANTS = {
    "deformable": (small(deformable=[[], [0, 1], [0], []]), {"deformableBlocks": [[], [0, 1], [0], []]}),
    "darknet": (small(backbone="darknet", blocks=[1, 1, 2, 1, 1]), {}),
    "mobilenet": (small(backbone="mobilenet"), {}),
    "hidden": (small(hidden=[48, 24]), {"head": {"hiddenChannels": [48, 24]}}),
    "bare": (small(hidden=[], kernel=1), {"head": {"hiddenChannels": [], "kernel": 1}}),
    "extra": (
        small(extra=(1, 0, 2)), {"head": {"extraLayers": {"boxes": 1, "classes": 0, "coefficients": 2}}}),
    "unshared": (small(shared=False), {"head": {"isShared": False}}),
    "module": (small(module=True), {"head": {"hasPredictionModule": True}}),
    "bare_module": (
        small(module=True, hidden=[]), {"head": {"hasPredictionModule": True, "hiddenChannels": []}}),
    "gate": (small(gate=True), {"head": {"gatesCoefficients": True}}),
    "constant": (small(constant=True), {"prototypes": {"hasConstant": True}}),
    "feed": (small(feed=True), {"prototypes": {"feedHead": True}}),
    "split": (
        small(split=True, shared=False), {"prototypes": {"areSplit": True}, "head": {"isShared": False}}),
    "sigmoid": (small(scoring="sigmoid"), {"scoring": "sigmoid"}),
    "mask_score": (
        small(scoring="sigmoid", mask_score=True), {"scoring": "sigmoid", "head": {"scoresMasks": True}}),
    "objectness": (small(scoring="objectness"), {"scoring": "objectness"}),
    "gated_softmax": (small(scoring="gatedSoftmax"), {"scoring": "gatedSoftmax"}),
    "finer": (
        small(proto=[(32, 3)] * 3 + [(None, -2), (24, 3)] * 2),
        {"prototypes": {"channels": None, "layers": [[32, 3]] * 3 + [[None, -2], [24, 3]] * 2}}),
    "level_ratios": (
        small(ratios=LEVEL_RATIOS), {"anchors": {"aspectRatios": LEVEL_RATIOS}}),
}


class Seeded:
    """Parameters from a formula: FNV-1a of the key, splitmix64, scaled by kind of parameter."""

    def __init__(self, salt=0):
        self.salt, self.tensors = salt, {}

    def uniform(self, key, count):
        seed = 0xCBF29CE484222325
        for byte in key.encode():
            seed = ((seed ^ byte) * 0x100000001B3) & (2**64 - 1)
        with np.errstate(over="ignore"):
            z = np.uint64(seed ^ self.salt) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.float64) / 2**24

    def __call__(self, key, *shape):
        if key not in self.tensors:
            u = self.uniform(key, math.prod(shape))
            parts = key.split(".")
            if parts[-1] == "running_var":
                v = 0.8 + 0.4 * u
            elif parts[-1] in ("running_mean", "bias"):
                v = 0.1 * (2 * u - 1)
            elif len(shape) == 1:
                ends_residual = parts[-2] == "bn3" or parts[-3:-1] == ["conv2", "1"]
                v = (0.8 + 0.4 * u) * (0.2 if ends_residual else 1)
            else:
                gains = dict(conf_layer=0.7, bbox_layer=0.5, mask_layer=0.5, conv_offset_mask=0.5)
                gain = 0.4 if ".lat_layers." in key else gains.get(parts[-2], 1)
                if parts[-3] == "conv":  # the last, linear convolution of an inverted residual
                    gain = 0.5
                v = (2 * u - 1) * math.sqrt(6 / math.prod(shape[1:])) * gain
            self.tensors[key] = torch.from_numpy(v.astype(np.float32).reshape(shape))
        return self.tensors[key]


class Network:
    def __init__(self, config, parameters):
        self.config, self.p = config, parameters

    def conv(self, x, key, outputs, kernel, stride=1, padding=0, bias=True, groups=1):
        w = self.p(key + ".weight", outputs, x.shape[1] // groups, kernel, kernel)
        return F.conv2d(x, w, self.p(key + ".bias", outputs) if bias else None, stride, padding, 1, groups)

    def norm(self, x, key):
        names = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(x, *(self.p(f"{key}.{n}", x.shape[1]) for n in names), eps=1e-5)

    # Backbones

    def resnet(self, x):
        first = self.config["width"]
        x = F.relu(self.norm(self.conv(x, "backbone.conv1", first, 7, 2, 3, bias=False), "backbone.bn1"))
        x, stages = F.max_pool2d(x, 3, 2, 1), []
        for stage, count in enumerate(self.config["blocks"]):
            width = first << stage
            for block in range(count):
                key, stride = f"backbone.layers.{stage}.{block}", 2 if stage and not block else 1
                y = F.relu(self.norm(self.conv(x, key + ".conv1", width, 1, bias=False), key + ".bn1"))
                if block in self.config["deformable"][stage]:
                    y = self.deformable(y, key + ".conv2", width, stride)
                else:
                    y = self.conv(y, key + ".conv2", width, 3, stride, 1, bias=False)
                y = F.relu(self.norm(y, key + ".bn2"))
                y = self.norm(self.conv(y, key + ".conv3", 4 * width, 1, bias=False), key + ".bn3")
                if not block:
                    x = self.conv(x, key + ".downsample.0", 4 * width, 1, stride, bias=False)
                    x = self.norm(x, key + ".downsample.1")
                x = F.relu(x + y)
            stages.append(x)
        return stages[1:]

    def deformable(self, x, key, outputs, stride):
        """Modulated deformable convolution, 3x3: nine sampled columns, then one matrix product."""
        offsets = self.conv(x, key + ".conv_offset_mask", 27, 3, stride, 1)
        _, channels, height, width = x.shape
        rows, cols = offsets.shape[2:]
        yy = torch.arange(rows).view(-1, 1) * stride - 1
        xx = torch.arange(cols).view(1, -1) * stride - 1
        flat, columns = x[0].reshape(channels, -1), []
        for tap in range(9):
            y = yy + tap // 3 + offsets[0, 2 * tap]
            z = xx + tap % 3 + offsets[0, 2 * tap + 1]
            y0, x0, total = y.floor(), z.floor(), 0
            for cy, wy in ((y0, 1 - (y - y0)), (y0 + 1, y - y0)):
                for cx, wx in ((x0, 1 - (z - x0)), (x0 + 1, z - x0)):
                    inside = (cy >= 0) & (cy < height) & (cx >= 0) & (cx < width)
                    at = (cy.clamp(0, height - 1) * width + cx.clamp(0, width - 1)).long()
                    total = total + flat[:, at.reshape(-1)].view(channels, rows, cols) * (wy * wx * inside)
            columns.append(total * torch.sigmoid(offsets[0, 18 + tap]))
        w = self.p(key + ".weight", outputs, channels, 3, 3)
        out = torch.einsum("ocn,nchw->ohw", w.reshape(outputs, channels, 9), torch.stack(columns))
        return (out + self.p(key + ".bias", outputs).view(-1, 1, 1))[None]

    def darknet(self, x):
        def unit(x, key, outputs, kernel, stride=1):
            x = self.conv(x, key + ".0", outputs, kernel, stride, kernel // 2, bias=False)
            return F.leaky_relu(self.norm(x, key + ".1"), 0.1)

        x, stages = unit(x, "backbone._preconv", 32, 3), []
        for stage, count in enumerate(self.config["blocks"]):
            width, key = 32 << stage, f"backbone.layers.{stage}"
            x = unit(x, key + ".0", 2 * width, 3, 2)
            for block in range(1, count + 1):
                y = unit(x, f"{key}.{block}.conv1", width, 1)
                x = x + unit(y, f"{key}.{block}.conv2", 2 * width, 3)
            stages.append(x)
        return stages[-3:]

    def mobilenet(self, x):
        """MobileNetV2 with the layers that YolactEdge selects; each unit is convolution, norm, ReLU6."""
        def unit(x, key, outputs, kernel, stride=1, groups=1):
            x = self.conv(x, key + ".0", outputs, kernel, stride, kernel // 2, bias=False, groups=groups)
            return F.relu6(self.norm(x, key + ".1"))

        x, stages = unit(x, "backbone.layers.0", 32, 3, 2), []
        table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2)]
        for stage, (expansion, outputs, count, stride) in enumerate(table, 1):
            for block in range(count):
                key, y, i = f"backbone.layers.{stage}.{block}.conv", x, 0
                if expansion > 1:
                    y, i = unit(y, f"{key}.0", expansion * x.shape[1], 1), 1
                y = unit(y, f"{key}.{i}", y.shape[1], 3, 1 if block else stride, y.shape[1])
                y = self.norm(self.conv(y, f"{key}.{i + 1}", outputs, 1, bias=False), f"{key}.{i + 2}")
                x = x + y if x.shape == y.shape else y
            if stage in (3, 4, 6):
                stages.append(x)
        return stages

    # Feature pyramid, prototypes, heads

    def pyramid(self, features):
        levels, x, n = [], None, self.config["features"]
        for i, feature in enumerate(reversed(features)):  # C5 first, as the keys count
            side = self.conv(feature, f"fpn.lat_layers.{i}", n, 1)
            if x is not None:
                side = side + F.interpolate(x, side.shape[2:], mode="bilinear", align_corners=False)
            x = side
            levels.insert(0, F.relu(self.conv(x, f"fpn.pred_layers.{i}", n, 3, 1, 1)))
        for i in range(2):
            levels.append(self.conv(levels[-1], f"fpn.downsample_layers.{i}", n, 3, 2, 1))
        return levels

    def prototypes(self, x):
        n = self.config["features"]
        layers = self.config["proto"] or [(n, 3)] * 3 + [(None, -2), (n, 3)]
        for i, (outputs, size) in enumerate(layers + [(self.config["k"], 1)]):
            if outputs is None:
                x = F.relu(F.interpolate(x, scale_factor=-size, mode="bilinear", align_corners=False))
            else:
                x = F.relu(self.conv(x, f"proto_net.{2 * i}", outputs, size, 1, size // 2))
        return x[0].permute(1, 2, 0).contiguous()

    def head(self, level, index, count):
        """Boxes, class logits, coefficients and (or None) mask scores of one of `count` levels."""
        config, key = self.config, f"prediction_layers.{0 if self.config['shared'] else index}."
        anchors = 3 * len(config["scales"][0])
        for i, outputs in enumerate(config["hidden"]):
            level = F.relu(self.conv(level, f"{key}upfeature.{2 * i}", outputs, 3, 1, 1))
        n = level.shape[1]
        if config["module"]:
            block = key + "block."
            y = F.relu(self.norm(self.conv(level, block + "conv1", n // 4, 1, bias=False), block + "bn1"))
            y = F.relu(self.norm(self.conv(y, block + "conv2", n // 4, 3, 1, 1, bias=False), block + "bn2"))
            y = self.norm(self.conv(y, block + "conv3", n, 1, bias=False), block + "bn3")
            side = F.relu(self.norm(self.conv(level, key + "conv", n, 1), key + "bn"))
            level = F.relu(level + y) + side

        def branch(name, depth, extra=0, kernel=config["kernel"]):
            x = level
            for i in range(extra):
                x = F.relu(self.conv(x, f"{key}{name}_extra.{2 * i}", n, 3, 1, 1))
            name = key + name + "_layer"
            x = self.conv(x, name, anchors * depth, kernel, 1, kernel // 2)
            return x.permute(0, 2, 3, 1).reshape(-1, depth)

        share = config["k"] // count if config["split"] else config["k"] + config["constant"]
        boxes, classes, masks = (
            branch(name, depth, extra)
            for name, depth, extra in zip(("bbox", "conf", "mask"), (4, config["classes"], share), config["extra"])
        )
        masks = torch.tanh(masks)
        if config["gate"]:
            masks = masks * torch.sigmoid(branch("gate", share, 0, 3))
        if config["split"]:
            masks = F.pad(masks, (index * share, (count - index - 1) * share))
        return boxes, classes, masks, branch("score", 1) if config["mask_score"] else None

    def scores(self, logits, mask_scores):
        kind = self.config["scoring"]
        if kind == "softmax":
            return F.softmax(logits, 1)
        if kind == "sigmoid":
            return torch.sigmoid(logits) * (1 if mask_scores is None else torch.sigmoid(mask_scores))
        first, rest = torch.sigmoid(logits[:, :1]), F.softmax(logits[:, 1:], 1)
        if kind == "objectness":
            return torch.cat([1 - first, first * rest], 1)
        return torch.cat([logits[:, :1], (first > 0.1) * rest], 1)

    def priors(self, sizes):
        rows, s = [], self.config["size"]
        for (h, w), scales, ratios in zip(sizes, self.config["scales"], self.config["ratios"]):
            for y in range(h):
                for x in range(w):
                    for scale in scales:
                        for ratio in ratios:
                            width = scale * math.sqrt(ratio) / s
                            height = width if self.config["square"] else scale / math.sqrt(ratio) / s
                            rows.append(((x + 0.5) / w, (y + 0.5) / h, width, height))
        return torch.tensor(rows, dtype=torch.float32)

    def preprocess(self, rgb):
        x = torch.tensor(rgb).permute(2, 0, 1)[None].float()
        x = F.interpolate(x, (self.config["size"],) * 2, mode="bilinear", align_corners=False)
        if self.config["backbone"] == "darknet":
            return x / 255
        mean = torch.tensor((123.68, 116.78, 103.94)).view(1, 3, 1, 1)
        return (x - mean) / torch.tensor((58.40, 57.12, 57.38)).view(1, 3, 1, 1)

    def __call__(self, rgb):
        """Every named tensor of one picture, uint8 [height, width, 3]."""
        x = self.preprocess(rgb)
        stages = getattr(self, self.config["backbone"])(x)
        levels = self.pyramid(stages)
        result = dict(input=x[0])
        result.update({f"c{3 + i}": t[0] for i, t in enumerate(stages)})
        result.update({f"p{3 + i}": t[0] for i, t in enumerate(levels)})
        result["proto"] = self.prototypes(levels[0])
        feature, inputs = result["proto"].permute(2, 0, 1)[None], []
        for level in levels:
            if self.config["feed"]:
                feature = F.interpolate(feature, level.shape[2:], mode="bilinear", align_corners=False)
                level = torch.cat([level, feature], 1)
            inputs.append(level)
        rows = list(zip(*(self.head(t, i, len(levels)) for i, t in enumerate(inputs))))
        result["loc"], logits, result["coef"] = (torch.cat(r) for r in rows[:3])
        result["conf"] = self.scores(logits, torch.cat(rows[3]) if self.config["mask_score"] else None)
        result["priors"] = self.priors([t.shape[2:] for t in levels])
        return result

    # Masks

    def masks(self, proto, found, width, height):
        """Binary masks [n, height, width] of `found`, and the scores after mask re-scoring."""
        h, w, _ = proto.shape
        if self.config["constant"]:
            proto = torch.cat([proto, torch.ones(h, w, 1)], 2)
        soft = torch.sigmoid(proto @ found["coef"].T)
        box = found["box"]
        x1, x2 = (f(box[:, 0], box[:, 2]) * w for f in (torch.minimum, torch.maximum))
        y1, y2 = (f(box[:, 1], box[:, 3]) * h for f in (torch.minimum, torch.maximum))
        cols, rows = torch.arange(w).view(1, -1, 1), torch.arange(h).view(-1, 1, 1)
        across = (cols >= (x1 - 1).clamp(min=0)) & (cols < (x2 + 1).clamp(max=w))
        down = (rows >= (y1 - 1).clamp(min=0)) & (rows < (y2 + 1).clamp(max=h))
        soft = (soft * (across & down)).permute(2, 0, 1)
        rescored = found["score"]
        if self.config["maskiou"]:
            y = soft[:, None]
            for i, outputs in enumerate((8, 16, 32, 64, 128)):
                y = F.relu(self.conv(y, f"maskiou_net.maskiou_net.{2 * i}", outputs, 3, 2))
            y = F.relu(self.conv(y, "maskiou_net.maskiou_net.10", self.config["classes"] - 1, 1))
            rescored = rescored * y.amax((2, 3)).gather(1, found["class"][:, None])[:, 0]
        full = F.interpolate(soft[None], (height, width), mode="bilinear", align_corners=False)[0]
        return full > 0.5, rescored


# Detection


def decode(loc, priors):
    centre = priors[:, :2] + loc[:, :2] * 0.1 * priors[:, 2:]
    size = priors[:, 2:] * torch.exp(loc[:, 2:] * 0.2)
    corner = centre - size / 2
    return torch.cat([corner, corner + size], 1)


def overlap(a, b, extra=0.0):
    """IoU of boxes [..., n, 4] and [..., m, 4]; `extra` is 1 for pixel boxes."""
    low = torch.maximum(a[..., :, None, :2], b[..., None, :, :2])
    high = torch.minimum(a[..., :, None, 2:], b[..., None, :, 2:])
    both = (high - low + extra).clamp(min=0).prod(-1)
    area = [(t[..., 2:] - t[..., :2] + extra).prod(-1) for t in (a, b)]
    return both / (area[0][..., :, None] + area[1][..., None, :] - both)


def detect(t, mode, size, threshold=0.05, top_k=200, nms=0.5, most=100):
    scores = t["conf"][:, 1:]
    kept = (scores.amax(1) > threshold).nonzero()[:, 0]
    scores, boxes = scores[kept], decode(t["loc"], t["priors"])[kept]
    if mode == "fast":
        order = scores.T.argsort(1, descending=True)[:, :top_k]
        sorted_scores = scores.T.gather(1, order)
        worst = overlap(boxes[order], boxes[order]).triu(1).amax(1)
        klass, rank = (worst <= nms).nonzero(as_tuple=True)
        anchor, score = order[klass, rank], sorted_scores[klass, rank]
        best = score.argsort(descending=True)[:most]
        anchor, klass, score = anchor[best], klass[best], score[best]
    elif mode == "cross-class":
        score, klass = scores.max(1)
        order = score.argsort(descending=True)[:top_k]
        anchor = order[overlap(boxes[order], boxes[order]).triu(1).amax(0) <= nms]
        klass, score = klass[anchor], score[anchor]
    else:
        pixel, rows = boxes * size, []
        for c in range(scores.shape[1]):
            left = [i for i in scores[:, c].argsort(descending=True).tolist() if scores[i, c] > threshold]
            while left:
                first = left.pop(0)
                rows.append((float(scores[first, c]), c, first))
                if left:
                    iou = overlap(pixel[first][None], pixel[left], 1.0)[0]
                    left = [i for i, v in zip(left, iou.tolist()) if v < nms]
        rows = sorted(rows, key=lambda r: -r[0])[:most]
        score, klass, anchor = (torch.tensor([r[i] for r in rows]) for i in range(3))
    return {"score": score, "class": klass, "box": boxes[anchor], "coef": t["coef"][kept][anchor]}


def pixel_boxes(box, width, height):
    x = (box[:, [0, 2]] * width).sort(1).values.clamp(0, width).long()
    y = (box[:, [1, 3]] * height).sort(1).values.clamp(0, height).long()
    return torch.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], 1)
