"""How pure codes could be if they carried nothing but the class, as well as a SegFormer knows it.

    build/bin/sgc scenes --seed 2 --count 512 --size 128x64 --out out/unseen
    build/venv/bin/python docs/oracle.py examples/teachers/segformer.onnx out/unseen

Clusters the network's class probabilities for every cell of 4x4 pixels into as many groups as a codebook has codes, and
measures the groups as `sgc eval` measures codes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image
from sklearn.cluster import MiniBatchKMeans


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path, help="a segmentation network with logits at a quarter of the resolution")
    parser.add_argument("scenes", type=Path, help="what `sgc scenes` wrote")
    parser.add_argument("--codes", type=int, default=2048)
    options = parser.parse_args()
    session = onnxruntime.InferenceSession(options.network)
    mean, deviation = (np.float32(values) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    features, classes = [], []
    for path in sorted((options.scenes / "images").iterdir()):
        pixels = np.asarray(Image.open(path).convert("RGB"), np.float32) / 255
        labels = np.asarray(Image.open(options.scenes / "labels" / path.name))
        x = ((pixels - mean) / deviation).transpose(2, 0, 1)[None]
        logits = session.run(None, {session.get_inputs()[0].name: x})[0][0]
        count, rows, columns = logits.shape
        cells = labels.reshape(rows, labels.shape[0] // rows, columns, -1).swapaxes(1, 2).reshape(rows * columns, -1)
        classes.append((cells[..., None] == np.arange(count)).sum(1).argmax(-1))
        odds = np.exp(logits - logits.max(0)).reshape(count, -1).T
        features.append(odds / odds.sum(1, keepdims=True))
    chances, truth = np.concatenate(features), np.concatenate(classes)
    print(f"cells whose most likely class is right: {(chances.argmax(1) == truth).mean():.3f}")
    groups = MiniBatchKMeans(options.codes, batch_size=16384, n_init=1, random_state=1).fit_predict(chances)
    hits = np.zeros((options.codes, chances.shape[1]))
    np.add.at(hits, (groups, truth), 1)
    purity = hits.max(1) / np.maximum(hits.sum(1), 1)
    for threshold in (0.5, 0.9):
        print(f"unique > {threshold}: {(purity > threshold).mean():.3f} of the groups")
    print(f"cells in groups purer than .9: {hits.sum(1)[purity > 0.9].sum() / hits.sum():.3f}")


if __name__ == "__main__":
    main()
