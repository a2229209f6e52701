"""What computing an image in tiles changes, and what memory it takes.

    PYTHONPATH=bindings/python/src build/venv/bin/python docs/tiles.py out/experiments/compare/sgc-seed1/model

Compares scenes in tiles with the same scenes computed at once; then encodes and decodes an image of 4096x4096 pixels, made
of scenes, in a process of its own. For models of factor 4 or 8.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import sgc
from PIL import Image

COMMAND = Path(__file__).parent.parent / "build/bin/sgc"


def scenes(count: int, size: str) -> list[np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        command = [COMMAND, "scenes", "--seed", "9", "--count", str(count), "--size", size, "--out", folder]
        subprocess.run(command, check=True, capture_output=True)
        return [np.asarray(Image.open(path).convert("RGB")) for path in sorted(Path(folder, "images").iterdir())]


def compare(model: Path, tile_size: int) -> None:
    """Tokens that are equal, and the difference of the pixels that the same tokens give: overall, and of the steps over
    the borders of cores, which would show seams (tiles have margins of eight tokens)."""
    equal, decibels, steps = [], [], []
    with sgc.Tokenizer(model) as whole, sgc.Tokenizer(model, tile_size=tile_size) as tiled:
        f = whole.downsampling_factor
        for image in scenes(4, "512x256"):
            expected = whole.encode(image)
            equal.append((expected.tokens == tiled.encode(image).tokens).mean())
            a, b = (tokenizer.decode(expected).astype(float) for tokenizer in (whole, tiled))
            decibels.append(-10 * np.log10(((a - b) ** 2).mean() / 255**2))
            columns = expected.tokens.shape[1]
            tiles = -(-columns // (tile_size // f - 16))
            borders = [f * (columns * tile // tiles) for tile in range(1, tiles)]
            steps.append([np.abs(np.diff(x, axis=1))[:, [c - 1 for c in borders]].mean() for x in (a, b)])
    print(
        f"tiles of {tile_size}, images of 512x256: {np.mean(equal):.3f} of the tokens are equal; pixels of the same tokens agree "
        f"to {min(decibels):.1f}-{max(decibels):.1f} dB; steps over borders {np.mean(steps, 0)[1]:.2f} of 255, "
        f"computed at once {np.mean(steps, 0)[0]:.2f}"
    )


def large(model: str, tile_size: int, side: int) -> None:
    parts = scenes(64, "512x512")
    image = np.concatenate([np.concatenate(parts[8 * row : 8 * row + 8], 1) for row in range(8)])[:side, :side]
    with sgc.Tokenizer(model, tile_size=tile_size) as tokenizer:
        start = time.monotonic()
        encoding = tokenizer.encode(image)
        middle = time.monotonic()
        pixels = tokenizer.decode(encoding)
        end = time.monotonic()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    error = ((pixels.astype(np.float32) - image) ** 2).mean() / 255**2
    print(
        f"{side}x{side} in tiles of {tile_size}: encoded in {middle - start:.0f} s, decoded in {end - middle:.0f} s, "
        f"{-10 * np.log10(error):.2f} dB, at most {memory:.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--large", type=int, help="only the large image, with tiles of this side")
    parser.add_argument("--side", type=int, default=4096, help="of the large image")
    options = parser.parse_args()
    if options.large:
        return large(str(options.model), options.large, options.side)
    for tile_size in (192, 256):
        compare(options.model, tile_size)
    subprocess.run([sys.executable, __file__, options.model, "--large", "512"], check=True)


if __name__ == "__main__":
    main()
