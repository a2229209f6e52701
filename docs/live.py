"""A small model beside the larger one that it imitates: how fast, how good, and how often it gives the same token.

    build/bin/sgc train --preset drive-288x512 --out out/drive
    build/bin/sgc train --preset live-288x512 --teacher out/drive --out out/live
    build/bin/sgc train --preset live-288x512 --out out/live-alone
    PYTHONPATH=bindings/python/src build/venv/bin/python docs/live.py out/drive out/live out/live-alone

Times need a machine with nothing else to do. What each run measured of itself is in its metrics.json; the images that are
encoded and decoded here are scenes of another seed than those that were trained on.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import sgc
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ROOT / "build/bin/sgc"
HEAD = (
    "| | steps | encode, float32 | bfloat16 | decode, float32 | PSNR | through the larger's decoder | tokens as the larger's "
    "| codes in use | unique > .5 | class right |"
)


def scenes(count: int, size: str) -> list[np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        command = [COMMAND, "scenes", "--seed", "2", "--count", str(count), "--size", size, "--out", folder]
        subprocess.run(command, check=True, capture_output=True)
        return [np.asarray(Image.open(path).convert("RGB")) for path in sorted(Path(folder, "images").iterdir())]


def speeds(run: Path, precision: str) -> dict[str, str]:
    """Of each part: the time of an image, and how many there are in a second."""
    command = [COMMAND, "bench", run / "model", "--size", size_of(run), "--precision", precision, "--json"]
    result = json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout)
    return {part: f"{1000 * test['seconds']:.1f} ms, {test['images_per_second']:.0f} /s" for part, test in result.items()}


def size_of(run: Path) -> str:
    data = json.loads((run / "config.json").read_text())["data"]
    return f"{data['width']}x{data['height']}"


def decibels(images: list[np.ndarray], decoded: list[np.ndarray]) -> float:
    """The mean PSNR."""
    errors = [((a.astype(float) - b) ** 2).mean() / 255**2 for a, b in zip(images, decoded, strict=True)]
    return float(np.mean(-10 * np.log10(errors)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("larger", type=Path)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=64, help="scenes to encode and decode")
    options = parser.parse_args()
    images = scenes(options.count, size_of(options.larger))
    rows = [HEAD, "|" + "---|" * (HEAD.count("|") - 1)]
    with sgc.Tokenizer(options.larger / "model") as larger:
        expected = [larger.encode(image).tokens for image in images]
        for run in (options.larger, *options.runs):
            measured = json.loads((run / "metrics.json").read_text())
            with sgc.Tokenizer(run / "model") as tokenizer:
                tokens = [tokenizer.encode(image).tokens for image in images]
                own = decibels(images, [tokenizer.decode(grid) for grid in tokens])
                shares_codes = np.array_equal(tokenizer.codebook, larger.codebook)
            other = agreement = "–"
            if shares_codes and run != options.larger:
                other = f"{decibels(images, [larger.decode(grid) for grid in tokens]):.2f}"
                agreement = f"{np.mean([(a == b).mean() for a, b in zip(tokens, expected, strict=True)]):.3f}"
            times = speeds(run, "float32")
            rows.append(
                f"| {run.name} | {measured['steps']} | {times['encode']} | {speeds(run, 'bfloat16')['encode']} "
                f"| {times['decode']} | {own:.2f} | {other} | {agreement} | {measured['usage']:.3f} "
                f"| {measured['uniqueness']['0.5']:.3f} | {measured['token_accuracy']:.3f} |"
            )
    print("\n".join(rows))


if __name__ == "__main__":
    main()
