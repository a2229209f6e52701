"""Random numbers, tensors and files of the goldens.

The rule by which every input and weight is rebuilt (README.md has the same text):

    word[e]  = word number e of RandomSource(seed: S, stream: i)           (Philox 4x32-10)
    u[e]     = 2 * (word[e] >> 8) * 2^-24 - 1                              in [-1, 1), exact in float32
    value[e] = offset + scale * u[e]          float32 arithmetic, each operation rounded once, no fused multiply-add

for e = 0, 1, 2, ... in row-major order of the listed shape. Integers are (word[e] mod modulus) + offset. Two-sided
tensors are scale * u[e] + offset where u[e] >= 0 and scale * u[e] - offset where u[e] < 0. The seed S is written once
per group or case; stream, scale and offset are written beside each tensor in the JSON file. Images and activations are
[N, H, W, C], convolution weights [out, in / groups, kernel height, kernel width].
"""

import json
import math
import os

import numpy as np
import torch
from safetensors.numpy import save_file

FOLDER = os.path.dirname(os.path.abspath(__file__))
VERSION = 1
PROJECTIONS = 8
PROJECTION_STREAM = 1_000_000
INPUT_STREAM = 2_000_000
BATCH_WORDS = 1 << 20


def philox_block(counter, key):
    """Ten rounds of Philox 4x32 on counters [4] of uint64 arrays (32 bits used) and a key of two integers."""
    low = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        first = c0 * np.uint64(0xD2511F53)
        second = c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (
            (second >> shift) ^ c1 ^ np.uint64(k0),
            second & low,
            (first >> shift) ^ c3 ^ np.uint64(k1),
            first & low,
        )
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def words(seed, stream, count):
    """The first `count` words of RandomSource(seed:, stream:), uint32 [count]."""
    key = (seed & 0xFFFFFFFF, seed >> 32)
    result = np.empty(((count + 3) // 4, 4), np.uint32)
    for start in range(0, len(result), BATCH_WORDS):
        index = np.arange(start, min(start + BATCH_WORDS, len(result)), dtype=np.uint64)
        counter = (
            index & np.uint64(0xFFFFFFFF),
            index >> np.uint64(32),
            np.full_like(index, stream & 0xFFFFFFFF),
            np.full_like(index, stream >> 32),
        )
        for lane, column in enumerate(philox_block(counter, key)):
            result[start : start + len(index), lane] = column
    return result.reshape(-1)[:count]


def check_philox():
    """The known answers of Random123's kat_vectors for philox4x32 with 10 rounds."""
    ones = 0xFFFFFFFF
    pi = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
    for counter, key, expected in [
        ([0, 0, 0, 0], (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([ones] * 4, (ones, ones), "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (pi, (0xA4093822, 0x299F31D0), "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ]:
        block = philox_block([np.array([c], np.uint64) for c in counter], key)
        got = " ".join(f"{int(w[0]):08x}" for w in block)
        assert got == expected, (got, expected)


def uniform(seed, stream, shape, scale=1.0, offset=0.0):
    """A float32 array by the rule above."""
    count = math.prod(shape)
    u = (words(seed, stream, count) >> 8).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    return (np.float32(offset) + np.float32(scale) * u).astype(np.float32).reshape(shape)


def two_sided(seed, stream, shape, scale, offset):
    """A float32 array whose values keep the distance `offset` from zero, by the rule above."""
    u = uniform(seed, stream, shape)
    return np.float32(scale) * u + np.where(u < 0, -np.float32(offset), np.float32(offset))


def integers(seed, stream, shape, modulus, offset=0):
    """An int64 array by the rule above."""
    return (words(seed, stream, math.prod(shape)).astype(np.int64) % modulus + offset).reshape(shape)


def signs(seed, parameter, projection, count):
    """The vector of -1 and +1 of a projection: -1 where the top bit of the word is set. int8 [count]."""
    word = words(seed, PROJECTION_STREAM + PROJECTIONS * parameter + projection, count)
    return np.where(word >> 31, -1, 1).astype(np.int8)


def projections(seed, parameter, *arrays):
    """Dot products of each flattened array with the eight sign vectors of `parameter`. float64 [arrays, 8]."""
    flat = np.stack([np.ascontiguousarray(a, np.float64).reshape(-1) for a in arrays])
    return np.stack([flat @ signs(seed, parameter, j, flat.shape[1]).astype(np.float64) for j in range(PROJECTIONS)], 1)


def strided(count, samples):
    """Flat indices floor(s * count / samples) for s = 0 ..< samples, or every index when there are fewer."""
    samples = min(count, samples)
    return np.arange(samples, dtype=np.int64) * count // samples


def single(value):
    """The float32 nearest to a number, as a Python float that prints exactly."""
    return float(np.float32(value))


def relative_difference(a, b):
    """max |a - b| / max |b|; absolute where b is zero."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if b.size == 0:
        return 0.0
    top = np.abs(b).max()
    return float(np.abs(a - b).max() / (top if top > 0 else 1.0))


def nchw(x):
    """[N, H, W, C] to [N, C, H, W]."""
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    """[N, C, H, W] to [N, H, W, C]."""
    return x.permute(0, 2, 3, 1)


class Group:
    """One golden file: arrays for NAME.safetensors and their description for NAME.json."""

    def __init__(self, name, seed):
        self.name, self.seed = name, seed
        self.arrays = {}
        self.description = {"format": "libsgc golden", "version": VERSION, "group": name, "seed": seed}
        self.worst = (0.0, "")

    def store(self, name, value):
        """Keeps a floating array as float32, an integer array as int32."""
        array = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        kind = np.float32 if array.dtype.kind == "f" else np.int32
        assert name not in self.arrays, name
        assert np.isfinite(array).all(), name
        self.arrays[name] = np.ascontiguousarray(array.astype(kind))

    def note(self, name, difference):
        """Remembers how far a float32 run was from the stored float64 values."""
        self.worst = max(self.worst, (difference, name))

    def write(self):
        """Writes both files and prints their sizes."""
        path = os.path.join(FOLDER, self.name)
        save_file(self.arrays, path + ".safetensors", {"format": f"libsgc golden {VERSION}"})
        os.chmod(path + ".safetensors", 0o644)
        with open(path + ".json", "w") as file:
            file.write(encode(self.description) + "\n")
        size = os.path.getsize(path + ".safetensors")
        assert size < 200_000, (self.name, size)
        print(
            f"{self.name}: {len(self.arrays)} tensors, {size / 1000:.1f} KB;"
            f" PyTorch float32 against float64: {self.worst[0]:.1e} {self.worst[1]}"
        )


def encode(value, indent=0):
    """JSON with one line per object or list that fits in 180 characters."""
    line = json.dumps(value)
    if len(line) + indent <= 180 or not isinstance(value, (dict, list)):
        return line
    pad, end = " " * (indent + 1), " " * indent
    if isinstance(value, dict):
        rows = [f"{pad}{json.dumps(k)}: {encode(v, indent + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{end}}}"
    return "[\n" + ",\n".join(pad + encode(v, indent + 1) for v in value) + f"\n{end}]"
