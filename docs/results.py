"""Puts the tables of finished experiments into docs/RESULTS.md and README.md.

    python docs/results.py                 # from out/experiments
    python docs/results.py --check         # says which tables differ, and changes nothing

Between `<!-- experiment NAME -->` and `<!-- end -->` a page has what `sgc experiment NAME` measured, in all columns or in those
that the mark names: `<!-- experiment NAME: psnr usage -->`. The text around is written by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "docs" / "RESULTS.md", ROOT / "README.md"]
BLOCK = re.compile(r"(<!-- experiment ([\w-]+)(?:: ([^>]*?))? -->\n).*?(<!-- end -->\n)", re.DOTALL)
#: Figures of results.json, their titles and digits.
COLUMNS = [
    ("psnr", "PSNR", 2), ("ssim", "SSIM", 3), ("usage", "codes in use", 3), ("uniqueness_0.5", "unique > .5", 3),
    ("uniqueness_0.9", "unique > .9", 3), ("silhouette_high", "silhouette, high", 3),
    ("davies_bouldin_high", "DBI, high", 3), ("silhouette_full", "silhouette, full", 3),
    ("davies_bouldin_full", "DBI, full", 3), ("class_kept", "class kept", 3), ("class_right", "kept and right", 3), ("seconds", "minutes", 1),
]  # fmt: skip


def figure(cell: dict, key: str, digits: int) -> str:
    """Mean and, with several seeds, standard deviation."""
    scale = 60 if key == "seconds" else 1
    mean, spread = cell["mean"][key], cell["spread"][key]
    if mean is None:
        return "–"
    return f"{mean / scale:.{digits}f}" + (f" ± {spread / scale:.{digits}f}" if spread is not None else "")


def table(results: dict, keys: list[str]) -> str:
    """The budget and the table of the columns with these keys; of all without keys."""
    columns = [column for column in COLUMNS if not keys or column[0] in keys]
    settings = results["configuration"]
    run, data = settings["run"], settings["data"]
    rows = [[""] + [title for _, title, _ in columns], ["---"] * (len(columns) + 1)]
    rows += [
        [f"**{cell['name']}**: {cell['summary']}"] + [figure(cell, key, digits) for key, _, digits in columns]
        for cell in results["cells"]
    ]
    seeds = ", ".join(map(str, results["seeds"]))
    return (
        f"{run['steps']} steps of {run['batch']} images of {data['width']}x{data['height']}, "
        f"{settings['quantizer']['codebook_size']} codes, seed{'s' * (len(results['seeds']) > 1)} {seeds}, "
        f"measured on {run['evaluate_images']} unseen images.\n\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=Path, default=ROOT / "out" / "experiments")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a table differs")
    options = parser.parse_args()
    different = []

    def replaced(match: re.Match) -> str:
        path = options.experiments / match[2] / "results.json"
        results = json.loads(path.read_text()) if path.exists() else {"finished": 0, "planned": "all"}
        # Cells that were left out are no gap; one with fewer seeds than the others is.
        results["cells"] = [cell for cell in results.get("cells", []) if cell["runs"]]
        seeds = {len(cell["runs"]) for cell in results["cells"]}
        if seeds != {len(results.get("seeds", []))}:
            finished = f"{results['finished']} of {results['planned']} runs are finished"
            print(f"{match[2]}: {finished} in {path.parent}; its table stays", file=sys.stderr)
            return match[0]
        block = f"{match[1]}{table(results, (match[3] or '').split())}{match[4]}"
        if block != match[0]:
            different.append(match[2])
        return block

    for page in PAGES:
        text = BLOCK.sub(replaced, page.read_text())
        if not options.check:
            page.write_text(text)
    if options.check:
        sys.exit(f"differ: {', '.join(different)}" if different else 0)


if __name__ == "__main__":
    main()
