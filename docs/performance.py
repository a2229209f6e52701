"""Puts what `make bench` measured into docs/PERFORMANCE.md.

    python docs/performance.py             # from out/bench/results.json

Between `<!-- bench PATTERN -->` and `<!-- end -->` the page has the rows whose names the pattern matches, and for the pattern
`machine` what they were measured on. The text around is written by hand.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "PERFORMANCE.md"
BLOCK = re.compile(r"(<!-- bench (.+?) -->\n).*?(<!-- end -->\n)", re.DOTALL)
VERDICTS = {None: "", True: "met", False: "**missed**"}


def amount(value: float, unit: str) -> str:
    """A value with three digits that count."""
    value, unit = (1000 * value, "ms") if unit == "s" else (value, unit)
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}"


def table(rows: list[dict]) -> str:
    """A line for each row."""
    lines = ["| | ours | peer | | ratio | target | |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        ours, peer = (amount(row[side], row["unit"]) for side in ("ours", "peer"))
        spread = " ({:.2f}–{:.2f})".format(*row["ratio_spread"]) if "ratio_spread" in row else ""
        target = "" if row["target"] is None else f"{'≥' if row['unit'] == 'GFLOP/s' else '≤'} {row['target']:.2f}"
        differs = row["agreement"] is not None and not row["agreement"]["ok"]
        verdict = "**outputs differ**" if differs else VERDICTS[row["ok"]]
        lines.append(
            f"| {row['name']} | {ours} | {peer} | {row['peer_name']} | {row['ratio']:.2f}{spread} | {target} | {verdict} |"
        )
    return "\n".join(lines) + "\n"


def machine(about: dict) -> str:
    """Processor, peak and versions."""
    peaks = ", ".join(f"{rate:.0f} GFLOP/s in {precision}" for precision, rate in about["peak_gflops"].items())
    peaks += f", copies {about['peak_gb_per_second']:.0f} GB/s"
    return (
        f"{about['processor']} ({about['family']}), {about['threads']} threads of {about['processors']} processors, "
        f"{about['memory_bytes'] / 2**30:.0f} GiB; large products reach {peaks}; {about['system']}. "
        + "; ".join(version.split(";")[0] for version in about["versions"]) + ".\n"
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=ROOT / "out" / "bench" / "results.json")
    options = parser.parse_args()
    document = json.loads(options.results.read_text())

    def replaced(match: re.Match) -> str:
        if match[2] == "machine":
            return match[1] + machine(document["machine"]) + match[3]
        rows = [row for row in document["results"] if re.search(match[2], row["name"])]
        return match[1] + (table(rows) if rows else "Not measured in this run.\n") + match[3]

    PAGE.write_text(BLOCK.sub(replaced, PAGE.read_text()))


if __name__ == "__main__":
    main()
