"""Ratios that must not get worse: kept in a file, by kind of machine, and checked by a run with --limits.

Ratios to a peer in the same run carry over between machines of one kind, seconds do not.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

#: How much worse a row may be than the stored ratio.
TOLERANCE = 1.15
#: How often a row is measured before it counts as worse: other guests of a machine come and go.
ATTEMPTS = 6
#: How often it is measured to be stored.
REPEATS = 3


def _kind(about: dict[str, Any]) -> str:
    """Machines that compute alike."""
    return f"{about['family']}, {about['threads']} threads"


def _key(row: dict[str, Any]) -> str:
    return f"{row['name']} | {row['peer_name']}"


def _ratios(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Of each time row, the ratio of the fastest samples, which other guests of the machine disturb least; of a case
    that was measured again the lowest."""
    ratios: dict[str, float] = {}
    for row in rows:
        if row["unit"] == "s":
            ratio = min(row["ours_samples"]) / min(row["peer_samples"])
            ratios[_key(row)] = min(ratio, ratios.get(_key(row), ratio))
    return ratios


def _read(path: Path) -> dict[str, dict[str, float]]:
    return json.loads(path.read_text()) if path.exists() else {}


def store(path: Path, bench: Any, cases: list[Any]) -> None:
    """Writes the ratios of this kind of machine into the file; all others stay. Every case is measured several times, and
    the median counts."""
    attempts = [_ratios(bench.rows)]
    while len(attempts) < REPEATS:
        first = len(bench.rows)
        for case in cases:
            bench.run(case)
        attempts.append(_ratios(bench.rows[first:]))
    known, kind = _read(path), _kind(bench.machine)
    medians = {name: round(statistics.median(ratios[name] for ratios in attempts), 3) for name in attempts[0]}
    known.setdefault(kind, {}).update(medians)
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    print(f"stored for {kind} in {path}")


def check(path: Path, bench: Any, cases: list[Any], *, is_complete: bool) -> bool:
    """Whether no ratio stays above what is allowed; rows that are, are measured again first.

    A run that is complete must have all rows of the file: another name would take a row out of sight.
    """
    stored = _read(path).get(_kind(bench.machine))
    if stored is None:
        print(f"{path} has no ratios of {_kind(bench.machine)}: nothing is checked (--store writes them)")
        return True
    for attempt in range(ATTEMPTS):
        ratios = _ratios(bench.rows)
        worse = {name for name, ratio in ratios.items() if ratio > TOLERANCE * stored.get(name, float("inf"))}
        if not worse or attempt == ATTEMPTS - 1:
            break
        for case in cases:
            if any(name.startswith(case.name) for name in worse):
                bench.run(case)
    for name in sorted(ratios):
        before = f"{stored[name]:.2f} stored" if name in stored else "not stored"
        print(f"{name}: {ratios[name]:.2f}, {before}{', WORSE' if name in worse else ''}")
    missing = sorted(set(stored) - set(ratios)) if is_complete else []
    for name in missing:
        print(f"{name}: stored and NOT MEASURED")
    return not worse and not missing
