"""Compares the three quantizers on photographs that no generator made: those inside scikit-image's and scikit-learn's wheels.

    python photographs.py [--sgc build/bin/sgc] [--out out/photographs] [--quick]

Nothing is downloaded. The photographs, not their crops, are divided: two of them no model ever sees. They come without
labels, which SGC needs: here a label is a cluster of superpixels by color and texture (SLIC and k-means, fitted to the
training photographs), and no object. So *unique* says how well codes follow color and texture, and nothing about things.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np
import skimage.data
import sklearn.datasets
from skimage import color, io, segmentation, transform, util
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

SKIMAGE = Path(skimage.data.__file__).parent
SKLEARN = Path(sklearn.datasets.__file__).parent / "images"
TRAINING = [
    *(SKIMAGE / f"{name}.png" for name in "astronaut brick camera coffee grass gravel motorcycle_left".split()),
    SKIMAGE / "rocket.jpg",
    SKLEARN / "flower.jpg",
]
UNSEEN = [SKIMAGE / "chelsea.png", SKLEARN / "china.jpg"]
CLASSES = 8
SIDE = 64
FIGURES = {"PSNR": "psnr", "SSIM": "ssim", "usage": "usage", "perplexity": "perplexity", "unique > .5": "0.5"}


def photograph(path: Path) -> np.ndarray:
    """A photograph whose shorter side has 256 pixels, uint8 [H, W, 3]."""
    pixels = io.imread(path)
    pixels = color.gray2rgb(pixels) if pixels.ndim == 2 else pixels[:, :, :3]
    scale = 256 / min(pixels.shape[:2])
    return util.img_as_ubyte(transform.rescale(pixels, scale, anti_aliasing=scale < 1, channel_axis=2).clip(0, 1))


def superpixels(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The superpixel of each pixel [H, W], and of each superpixel mean color and contrast [n, 4] in CIE L*a*b*."""
    lab = color.rgb2lab(pixels)
    segments = segmentation.slic(pixels, n_segments=pixels.shape[0] * pixels.shape[1] // 100, start_label=0)
    counts = np.bincount(segments.ravel())

    def mean(channel: np.ndarray) -> np.ndarray:
        return np.bincount(segments.ravel(), channel.ravel()) / counts

    means = [mean(lab[:, :, channel]) for channel in range(3)]
    contrast = np.sqrt(np.maximum(mean(lab[:, :, 0] ** 2) - means[0] ** 2, 0))
    return segments, np.stack([*means, contrast], axis=1)


def write_crops(folder: Path, photographs: list, step: int, scaler: StandardScaler, clusters: KMeans) -> int:
    """Writes crops with their label maps, `step` pixels apart, and returns their number."""
    count = 0
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    for pixels, segments, features in photographs:
        labels = clusters.predict(scaler.transform(features))[segments].astype(np.uint8)
        for top in range(0, pixels.shape[0] - SIDE + 1, step):
            for left in range(0, pixels.shape[1] - SIDE + 1, step):
                crop = np.s_[top : top + SIDE, left : left + SIDE]
                for kind, values in (("images", pixels), ("labels", labels)):
                    io.imsave(folder / kind / f"{count:05}.png", values[crop], check_contrast=False)
                count += 1
    return count


def measure(sgc: Path, out: Path, kind: str, settings: list[str]) -> dict:
    """Trains a model and returns what `sgc eval` says of the unseen photographs."""
    run = out / kind
    common = [
        "data.source=folder", f"data.images={out / 'training' / 'images'}", f"data.labels={out / 'training' / 'labels'}",
        f"data.width={SIDE}", f"data.height={SIDE}", "data.flip=true", "run.evaluate_images=0",
        f"quantizer.kind={kind}", f"quantizer.semantics.classes={CLASSES}",
    ]  # fmt: skip
    options = [part for setting in common + settings for part in ("--set", setting)]
    subprocess.run([sgc, "train", "--preset", "demo", "--out", run, *options], check=True, stdout=subprocess.DEVNULL)
    unseen = ["--images", out / "unseen" / "images", "--labels", out / "unseen" / "labels"]
    result = subprocess.run([sgc, "eval", run, *unseen, "--json"], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sgc", type=Path, default=Path("build/bin/sgc"), help="the command")
    parser.add_argument("--out", type=Path, default=Path("out/photographs"), help="a new folder")
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes: shows that it works, no more")
    arguments = parser.parse_args()
    out = arguments.out
    if out.exists():
        raise SystemExit(f"{out}: expected a new folder; remove it, or choose another --out")
    settings = ["run.steps=800"]
    if arguments.quick:
        settings = ["run.steps=30", "quantizer.codebook_size=64", "model.channels=8", "run.semantics_images=64"]

    seen, unseen = ([(p := photograph(path), *superpixels(p)) for path in paths] for paths in (TRAINING, UNSEEN))
    features = np.concatenate([item[2] for item in seen])
    scaler = StandardScaler().fit(features)
    clusters = KMeans(CLASSES, n_init=4, random_state=0).fit(scaler.transform(features))
    step = SIDE if arguments.quick else SIDE // 2
    counts = [write_crops(out / "training", seen, step, scaler, clusters), write_crops(out / "unseen", unseen, SIDE, scaler, clusters)]
    print(f"{counts[0]} crops of {len(TRAINING)} photographs to train on, {counts[1]} of {len(UNSEEN)} others to measure")

    results = {kind: measure(arguments.sgc, out, kind, settings) for kind in ("vq", "cvq", "sgc")}
    (out / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    print("".join(f"{name:>13}" for name in ["", *FIGURES]))
    for kind, figures in results.items():
        values = {**figures, **figures["uniqueness"]}
        print(f"{kind:>13}" + "".join(f"{values[key]:13.3f}" for key in FIGURES.values()))


if __name__ == "__main__":
    main()
