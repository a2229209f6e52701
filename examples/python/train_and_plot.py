"""Trains a tokenizer on NumPy arrays, encodes and decodes an unseen image, and plots what came out as a PNG.

    python train_and_plot.py [--steps N] [--configuration FILE.json] [--output FILE.png]

With matplotlib the picture has titles; without it, it is the three panels side by side.
"""

from __future__ import annotations

import argparse
import struct
import zlib
from pathlib import Path

import numpy as np

import sgc

SIZE = 64

#: A tokenizer small enough to learn this within a minute: 8x8 pixels per token, 64 codes.
SMALL = {
    "model": {
        "channels": 32,
        "channel_multipliers": [1, 1, 2, 2],
        "residual_blocks": 1,
        "attention_resolutions": [],
        "resolution": SIZE,
        "latent_channels": 64,
    },
    "quantizer": {
        "codebook_size": 64,
        "code_dimension": 16,
        "semantics": {"classes": 3, "class_names": ["background", "disc", "square"]},
    },
    "optimizer": {"learning_rate": 3e-4},
}


def scene(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A picture of a disc and a square on a gradient, uint8 [SIZE, SIZE, 3], and its classes, uint8 [SIZE, SIZE]."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    pixels = np.stack([x * 2 + 60, y * 2 + 60, 200 - x - y // 2], axis=-1).astype(np.float32)
    classes = np.zeros((SIZE, SIZE), np.uint8)
    center, radius = random.uniform(12, SIZE - 12, 2), random.uniform(6, 14)
    disc = (x - center[0]) ** 2 + (y - center[1]) ** 2 < radius**2
    pixels[disc], classes[disc] = (220, 60, 40), 1
    corner, side = random.integers(2, SIZE - 22, 2), int(random.integers(8, 20))
    square = np.s_[corner[1] : corner[1] + side, corner[0] : corner[0] + side]
    pixels[square], classes[square] = (40, 90, 200), 2
    pixels += random.normal(0, 6, pixels.shape)
    return pixels.clip(0, 255).astype(np.uint8), classes


def batch(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """`count` scenes as arrays [N, H, W, 3] and [N, H, W]."""
    images, labels = zip(*(scene(random) for _ in range(count)))
    return np.stack(images), np.stack(labels)


def token_colors(tokens: np.ndarray, codebook_size: int) -> np.ndarray:
    """One color for each token, enlarged to the image's size."""
    palette = np.random.default_rng(1).integers(40, 255, (codebook_size, 3), dtype=np.uint8)
    factor = SIZE // tokens.shape[0]
    return palette[tokens].repeat(factor, axis=0).repeat(factor, axis=1)


def write_png(path: Path, pixels: np.ndarray) -> None:
    """A PNG by hand: signature, header, one compressed block, end."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def plot(path: Path, panels: dict[str, np.ndarray]) -> None:
    """Writes the panels side by side."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as pyplot
    except ImportError:
        gap = np.full((SIZE, 4, 3), 255, np.uint8)
        row = [part for panel in panels.values() for part in (panel, gap)][:-1]
        write_png(path, np.concatenate(row, axis=1).repeat(3, axis=0).repeat(3, axis=1))
        return
    figure, axes = pyplot.subplots(1, len(panels), figsize=(3 * len(panels), 3.3))
    for axis, (title, panel) in zip(axes, panels.items()):
        axis.imshow(panel, interpolation="nearest")
        axis.set_title(title)
        axis.axis("off")
    figure.savefig(path, dpi=100, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--configuration", type=Path, help="JSON, in place of the small one here")
    parser.add_argument("--output", type=Path, default=Path("train_and_plot.png"))
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    configuration = arguments.configuration.read_text() if arguments.configuration else SMALL

    with sgc.Trainer(configuration) as trainer:
        for step in range(arguments.steps):
            metrics = trainer.step(*batch(random, 4))
            if step % 10 == 0 or step == arguments.steps - 1:
                print(f"step {step + 1}: loss {metrics['loss']:.4f}")
        tokenizer = trainer.snapshot()

    with tokenizer:
        image, _ = scene(random)
        encoding = tokenizer.encode(image)
        decoded = tokenizer.decode(encoding)
        error = np.abs(decoded.astype(np.float32) - image).mean()
        different = np.unique(encoding.tokens).size
        print(f"{encoding.tokens.size} tokens, {different} different, mean error {error:.1f} of 255")
        colors = token_colors(encoding.tokens, tokenizer.codebook_size)
        plot(arguments.output, {"image": image, "tokens": colors, "decoded": decoded})
        print(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
