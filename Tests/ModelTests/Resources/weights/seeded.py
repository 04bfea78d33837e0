"""Writes seeded.json: values of SeededParameters as the reference implementation (seeded.py of the golden numbers) makes them.

    python seeded.py DIRECTORY_OF_THE_REFERENCE

Of each parameter: the FNV-1a hash of all bit patterns (little-endian uint32) and some of the patterns.
"""
import json, os, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from importlib.machinery import SourceFileLoader
reference = SourceFileLoader('reference', os.path.join(sys.argv[1], 'seeded.py')).load_module()

cases = [
    ('backbone.conv1.weight', (64, 3, 7, 7)), ('backbone.bn1.weight', (64,)), ('backbone.bn1.bias', (64,)), ('backbone.bn1.running_mean', (64,)),
    ('backbone.bn1.running_var', (64,)), ('backbone.layers.0.0.bn3.weight', (256,)), ('backbone.layers.2.1.conv2.1.weight', (64,)),
    ('backbone.layers.0.0.downsample.1.weight', (256,)), ('fpn.lat_layers.0.weight', (16, 32, 1, 1)), ('fpn.lat_layers.0.bias', (16,)),
    ('prediction_layers.0.conf_layer.weight', (7, 16, 3, 3)), ('prediction_layers.0.bbox_layer.weight', (12, 16, 3, 3)),
    ('prediction_layers.0.mask_layer.weight', (8, 16, 3, 3)), ('backbone.layers.1.0.conv2.conv_offset_mask.weight', (27, 16, 3, 3)),
    ('prediction_layers.0.mask_layer.bias', (8,)), ('proto_net.0.weight', (8, 16, 3, 3)), ('a.weight', (3, 5)), ('ü.weight', (2, 1, 3, 3)), ('single.weight', (1,))]


def digest(data):
    h = 0xcbf29ce484222325
    for b in data: h = ((h ^ b) * 0x100000001b3) & (1 << 64) - 1
    return h


rows = []
for salt in (0, 1, 0x123456789ABCDEF0, 2**64 - 1):
    for key, shape in cases:
        bits = reference.value(key, shape, salt).astype('<f4').view('<u4').flatten()
        rows.append({'salt': str(salt), 'key': key, 'shape': shape, 'hash': str(digest(bits.tobytes())), 'first': bits[:3].tolist(), 'last': int(bits[-1])})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'seeded.json'), 'w') as out:
    out.write('[\n' + ',\n'.join(map(json.dumps, rows)) + '\n]\n')
