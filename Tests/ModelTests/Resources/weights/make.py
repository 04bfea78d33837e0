"""Writes the PyTorch files beside it and what they hold (expected.json).

    python make.py        (made with torch 2.15, numpy 2.4)

The files are committed, so that the tests need no Python; run this only to add to them.
"""
import argparse, collections, datetime, functools, io, json, os, pathlib, pickle, struct, warnings, zipfile
import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))
expected = {}


def path(name): return os.path.join(here, name)


def expect(name, tensors):
    expected[name] = {
        key: {'dtype': str(t.dtype).removeprefix('torch.'), 'shape': list(t.shape), 'values': t.detach().double().flatten().tolist()}
        for key, t in tensors.items()}


def write(name, value, tensors, legacy=False, protocol=2, check=True):
    torch.save(value, path(name), _use_new_zipfile_serialization=not legacy, pickle_protocol=protocol)
    expect(name, tensors)


def values(*shape): return (torch.arange(1, 1 + int(torch.tensor(shape).prod()), dtype=torch.float64) / 7 - 1).reshape(shape).float()


torch.manual_seed(0)
net = torch.nn.Sequential(collections.OrderedDict(conv=torch.nn.Conv2d(3, 4, 3), bn=torch.nn.BatchNorm2d(4)))
state = net.state_dict()

# The two formats, with the attributes (_metadata) that a state dict has.
write('legacy.pth', state, state, legacy=True)
write('zip.pth', state, state)
write('zip_protocol4.pth', state, state, protocol=4)

# Locations other than the processor's.
location = torch.serialization.location_tag
torch.serialization.location_tag = lambda storage: 'cuda:0'
write('legacy_cuda.pth', state, state, legacy=True)
torch.serialization.location_tag = location

# Element types.
types = {
    'float64': torch.tensor([[1 / 3, -2.5], [1e300, 0]], dtype=torch.float64), 'float16': values(2, 3).half(), 'bfloat16': values(5).bfloat16(),
    'int64': torch.tensor([1, -2, 1 << 40]), 'int32': torch.tensor([1, -2], dtype=torch.int32), 'int16': torch.tensor([300, -2], dtype=torch.int16),
    'int8': torch.tensor([-128, 127], dtype=torch.int8), 'uint8': torch.tensor([0, 255], dtype=torch.uint8), 'bool': torch.tensor([True, False]),
    'scalar': torch.tensor(4.25), 'empty': torch.zeros(0, 3)}
write('legacy_types.pth', types, types, legacy=True)
write('zip_types.pth', types, types)
unsigned = {'uint16': torch.tensor([1, 65535], dtype=torch.uint16), 'float32': values(2)}
write('zip_untyped_storage.pth', unsigned, unsigned)

# Views: one storage, several tensors.
base = values(4, 6)
views = {
    'base': base, 'transposed': base.t(), 'part': base[1:3, 2:5], 'column': base[:, 1], 'every_second': base.flatten()[1::2],
    'expanded': base[0, :1].expand(3, 2), 'permuted': values(2, 3, 4).permute(2, 0, 1), 'tied': base}
write('legacy_views.pth', views, views, legacy=True)
write('zip_views.pth', views, views)

# What training programs write.
wrapped = {'module.' + k: v for k, v in state.items()}
write('legacy_module.pth', collections.OrderedDict(wrapped), state, legacy=True)
optimizer = torch.optim.SGD(net.parameters(), lr=.1, momentum=.9)
net(values(1, 3, 5, 5)).sum().backward()
optimizer.step()
state = collections.OrderedDict((k, v.clone()) for k, v in net.state_dict().items())
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
training = {'epoch': 3, 'loss': .25, 'optimizer': optimizer.state_dict(), 'scheduler': {k: v for k, v in scheduler.state_dict().items() if k != '_get_lr_called_within_step'}}
write('zip_optimizer.pth', training | {'state_dict': {'module.' + k: v for k, v in state.items()}}, state)
write('legacy_optimizer.pth', training | {'model': {'model_state_dict': state}}, state, legacy=True)
parameters = {'weight': torch.nn.Parameter(values(2, 2)), 'bias': torch.nn.Parameter(values(2), requires_grad=False)}
write('zip_parameters.pth', parameters, parameters)

# The zip format with every size in its 64-bit form.
def zip64(entries):
    out, directory = io.BytesIO(), b''
    for name, data in entries:
        start, crc, full = out.tell(), zipfile.crc32(data), 0xFFFFFFFF
        out.write(struct.pack('<IHHHHHIIIHH', 0x04034b50, 45, 0, 0, 0, 33, crc, full, full, len(name), 20))
        out.write(name.encode() + struct.pack('<HHQQ', 1, 16, len(data), len(data)) + data)
        directory += struct.pack('<IHHHHHHIIIHHHHHII', 0x02014b50, 45, 45, 0, 0, 0, 33, crc, full, full, len(name), 28, 0, 0, 0, 0, full)
        directory += name.encode() + struct.pack('<HHQQQ', 1, 24, len(data), len(data), start)
    start = out.tell()
    out.write(directory)
    end = out.tell()
    out.write(struct.pack('<IQHHIIQQQQ', 0x06064b50, 44, 45, 45, 0, 0, len(entries), len(entries), len(directory), start))
    out.write(struct.pack('<IIQI', 0x07064b50, 0, end, 1))
    out.write(struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    return out.getvalue()


with zipfile.ZipFile(path('zip_parameters.pth')) as source:
    entries = [(name.replace('zip_parameters', 'any name'), source.read(name)) for name in source.namelist()]
open(path('zip64.pth'), 'wb').write(zip64(entries))
expect('zip64.pth', parameters)

# Legacy storages that are views of others, as PyTorch 0.x wrote them.
class Identified:
    def __init__(self, identifier): self.identifier = identifier


class Rebuilt:
    def __init__(self, *arguments): self.arguments = arguments
    def __reduce__(self): return torch._utils._rebuild_tensor_v2, self.arguments


class Pickler(pickle._Pickler):
    def persistent_id(self, value): return value.identifier if isinstance(value, Identified) else None


def pickled(value):
    out = io.BytesIO()
    Pickler(out, 2).dump(value)
    return out.getvalue()


def legacy_file(root, keys=(), storages=b'', system={'protocol_version': 1001, 'little_endian': True, 'type_sizes': {}}):
    return b''.join(map(pickled, (0x1950a86a20f9469cfc6c, 1001, system, root, list(keys)))) + storages


root_values = values(10)
def view(key, start, count): return Identified(('storage', torch.FloatStorage, 'root', 'cpu', 10, (key, start, count)))
old = {'first': Rebuilt(view('a', 2, 4), 0, (2, 2), (2, 1), False, collections.OrderedDict()),
       'second': Rebuilt(view('b', 6, 4), 1, (3,), (1,), False, collections.OrderedDict())}
data = struct.pack('<q', 10) + root_values.numpy().tobytes()
open(path('legacy_storage_views.pth'), 'wb').write(legacy_file(old, ['root'], data))
expect('legacy_storage_views.pth', {'first': root_values[2:6].reshape(2, 2), 'second': root_values[7:10]})

for name, tensors in expected.items():
    loaded = torch.load(path(name), weights_only='protocol4' not in name, map_location='cpu')
    for inner in ('state_dict', 'model', 'model_state_dict'): loaded = loaded.get(inner, loaded)
    loaded = {k.removeprefix('module.'): v for k, v in loaded.items()}
    assert loaded.keys() == tensors.keys(), name
    for key, tensor in tensors.items():
        assert loaded[key].detach().double().flatten().tolist() == tensor['values'] and list(loaded[key].shape) == tensor['shape'], (name, key)

# Whatever a training program keeps beside the weights, and networks inside of larger ones. PyTorch itself loads these with weights_only=False alone.
class Settings(dict):
    def __init__(self, **values): self.__dict__ = values


def other_objects():
    return {
        'ap': np.float64(.3), 'array': np.arange(3), 'random': np.random.RandomState(0).get_state(), 'args': argparse.Namespace(lr=.1, size=(1, 2)),
        'device': torch.device('cpu'), 'path': pathlib.PurePosixPath('/a'), 'day': datetime.date(2020, 1, 2), 'set': {1, 2}, 'frozen': frozenset('ab'),
        'default': collections.defaultdict(list, a=[1]), 'queue': collections.deque([1, 2]), 'complex': 1j, 'settings': Settings(a=1),
        'complex tensor': torch.zeros(2, dtype=torch.complex64), 'dtype': torch.complex64, 'bytes': bytearray(b'ab'), 'function': functools.partial(print, 1)}


network = {name + end: values(*shape) for name, shape in (('backbone.conv1', (2, 3, 1, 1)), ('prediction_layers.0.bbox_layer', (4, 2, 1, 1))) for end, shape in (('.weight', shape), ('.bias', shape[:1]))}
lightning = {'model.net.' + k: v for k, v in network.items()} | {'loss.weight': values(2)}
averages = {k: v + 1 for k, v in network.items()}
without_complex = {k: v for k, v in other_objects().items() if 'complex' not in k}
for name, contents, tensors in (
        ('training', {'anything': {'at all': state}} | other_objects(), state),
        ('lightning', {'epoch': 1, 'hyper_parameters': argparse.Namespace(a=1), 'state_dict': lightning}, network),
        ('several', {'optimizer': {'state': {k: torch.zeros(9) for k in 'abcdefgh'}}, 'student': {'weights': network}, 'ema': {'module': averages}}, network)):
    write('zip_' + name + '.pth', contents, tensors)
    write('zip_protocol4_' + name + '.pth', contents, tensors, protocol=4)
    # The legacy reader has to know how long each storage is.
    write('legacy_' + name + '.pth', contents if name != 'training' else contents | without_complex | {'complex tensor': 0}, tensors, legacy=True)
json.dump(expected, open(path('expected.json'), 'w'), indent=1, sort_keys=True)

# Networks saved whole, and as programs.
warnings.simplefilter('ignore')
torch.save(net, path('zip_whole.pth'))
torch.save({'epoch': 1, 'my model': net}, path('zip_whole_inside.pth'))
torch.jit.script(torch.nn.Conv2d(1, 2, 3)).save(path('script.pt'))

# Files that must be refused. Nothing here is ever loaded by Python.
class Hostile:
    def __reduce__(self): return os.system, ('echo hostile > /tmp/yolact-video-hostile',)


open(path('hostile_legacy.pth'), 'wb').write(legacy_file({'weight': Hostile()}))
open(path('hostile_plain.pth'), 'wb').write(pickle.dumps(Hostile(), 2))
open(path('hostile_protocol0.pth'), 'wb').write(pickle.dumps(Hostile(), 0))
open(path('hostile_protocol4.pth'), 'wb').write(pickle.dumps(Hostile(), 4))
def write_zip(name, replaced, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path('zip_parameters.pth')) as source, zipfile.ZipFile(path(name), 'w', compression) as target:
        for entry in source.namelist(): target.writestr(zipfile.ZipInfo(entry), replaced.get(entry.split('/', 1)[1], source.read(entry)), compression)


write_zip('hostile_zip.pth', {'data.pkl': pickle.dumps({'weight': Hostile()}, 2)})
write_zip('zip_big_endian.pth', {'byteorder': b'big'})
write_zip('zip_compressed.pth', {}, zipfile.ZIP_DEFLATED)
open(path('legacy_big_endian.pth'), 'wb').write(legacy_file({}, system={'protocol_version': 1001, 'little_endian': False}))
open(path('plain_pickle.pth'), 'wb').write(pickle.dumps({'a': [1, 2.5]}, 2))
