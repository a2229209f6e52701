"""Built-in driving scenes as arrays, written by the command `sgc scenes`."""

import json
import pathlib
import subprocess

import numpy
import torch
from PIL import Image


def load(options, seed, count, width, height):
    """Images `[N, H, W, 3]` and class ids `[N, H, W]`, both uint8, and the folder that holds them.

    Scenes that an earlier run wrote are used again. Two seeds have no scene in common.
    """
    folder = options.work / f"scenes-{seed}-{count}-{width}x{height}"
    packed = folder / "scenes.npz"
    if not packed.exists():
        print(f"writing {count} scenes of {width}x{height}", flush=True)
        command = [options.sgc, "scenes", "--out", folder, "--seed", seed, "--count", count]
        command += ["--size", f"{width}x{height}"]
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
        names = [f"{index:06}.png" for index in range(count)]
        images = numpy.stack([numpy.asarray(Image.open(folder / "images" / name).convert("RGB")) for name in names])
        labels = numpy.stack([numpy.asarray(Image.open(folder / "labels" / name)) for name in names])
        numpy.savez(packed, images=images, labels=labels)
    arrays = numpy.load(packed)
    return arrays["images"], arrays["labels"], folder


def classes(folder):
    """Names and colours of the classes, in the order of their ids."""
    listed = json.loads((folder / "classes.json").read_text())["classes"]
    return [each["name"] for each in listed], [each["color"] for each in listed]


def normalized(images, mean, std):
    """uint8 `[N, H, W, 3]` -> float `[N, 3, H, W]`, as the networks want it."""
    pixels = torch.from_numpy(numpy.ascontiguousarray(images)).permute(0, 3, 1, 2) / 255
    return (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)


def crop(images, labels, random, width, height):
    """The same random window of each image and its labels."""
    x = random.integers(images.shape[2] - width + 1)
    y = random.integers(images.shape[1] - height + 1)
    return images[:, y : y + height, x : x + width], labels[:, y : y + height, x : x + width]


def arguments(parser):
    """The options that both trainings have."""
    root = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--sgc", type=pathlib.Path, default=root / "build/bin/sgc", help="the command (make lib)")
    parser.add_argument("--work", type=pathlib.Path, default=root / "out/teachers", help="scenes and checkpoints")
    parser.add_argument("--out", type=pathlib.Path, default=root / "examples/teachers", help="where the ONNX files go")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long; the same command goes on later")
    return parser
