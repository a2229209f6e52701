"""Photographs the report of `sgc experiment compare` for README.md and docs/RESULTS.md: a page, three pictures.

    build/venv/bin/python docs/pictures.py          # from out/experiments/compare/report.html, with Chromium

`make test` installs Chromium and makes the environment.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "python"))
from browser import Browser  # noqa: E402

#: Name of each picture, and the section of the page that it shows.
PICTURES = {
    "compare-tokens": ".explorer",
    "compare-drive": ".explorer ~ section:not(.explorer)",
    "compare-codebook": "#codebook",
}
MARGIN = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", type=Path, default=ROOT / "out" / "experiments" / "compare" / "report.html")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    options = parser.parse_args()
    with Browser() as browser:
        browser.open(options.report)
        page = browser.screenshot(whole=True)
        for name, selector in PICTURES.items():
            box = browser.run(f"""(() => {{
                const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();
                return [box.top + scrollY, box.left, box.bottom + scrollY, box.right].map(Math.round);
            }})()""")
            top, left, bottom, right = np.array(box) + [-MARGIN, -MARGIN, MARGIN, MARGIN]
            picture = Image.fromarray(page[max(0, top) : bottom, max(0, left) : right])
            # Smaller than PNG; full color resolution, for the text.
            picture.save(options.out / f"{name}.jpg", quality=85, subsampling=0)


if __name__ == "__main__":
    main()
