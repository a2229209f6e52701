"""How often tokens have the right class in cells of one class, and in cells with a border.

    build/bin/sgc scenes --seed 2 --count 512 --size 128x64 --out out/unseen
    PYTHONPATH=bindings/python/src build/venv/bin/python docs/borders.py out/experiments/compare/sgc-seed1/model out/unseen

The right class is that of most of a cell's pixels.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import sgc
from PIL import Image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a model directory")
    parser.add_argument("scenes", type=Path, help="what `sgc scenes` wrote")
    options = parser.parse_args()
    right = {True: [], False: []}
    with sgc.Tokenizer(options.model) as tokenizer:
        for path in sorted((options.scenes / "images").iterdir()):
            labels = np.asarray(Image.open(options.scenes / "labels" / path.name))
            encoding = tokenizer.encode(np.asarray(Image.open(path).convert("RGB")))
            rows, columns = encoding.tokens.shape
            cells = labels.reshape(rows, labels.shape[0] // rows, columns, -1).swapaxes(1, 2).reshape(rows, columns, -1)
            counts = (cells[..., None] == np.arange(cells.max() + 1)).sum(2)
            is_right = encoding.classes == counts.argmax(-1)
            is_whole = counts.max(-1) == cells.shape[-1]
            for kind in right:
                right[kind].append(is_right[is_whole == kind])
    whole, border = (np.concatenate(right[kind]) for kind in (True, False))
    print(f"cells with a border: {border.size / (border.size + whole.size):.3f} of all")
    print(f"right class: {whole.mean():.3f} of the cells of one class, {border.mean():.3f} of those with a border")


if __name__ == "__main__":
    main()
