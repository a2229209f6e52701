"""Rows of the table: what was measured, its ratio, and its verdict."""

from __future__ import annotations

from statistics import median
from typing import Any

from duel import Times, Worker


def time_row(
    name: str, peer_name: str, times: Times, target: float | None, agreement: dict[str, Any] | None,
    gflop: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Times of a case; with the operations of one call in billions also its rates."""
    ours, peer = median(times.ours), median(times.peer)
    rates = {} if gflop is None else {"gflop": gflop, "ours_gflops": gflop / ours, "peer_gflops": gflop / peer}
    samples = {"ratio_spread": times.spread, "ours_samples": times.ours, "peer_samples": times.peer}
    return _row(name, peer_name, ours, peer, "s", times.ratio, target, agreement) | samples | rates


def memory_row(
    name: str, peer_name: str, ours: Worker, peer: Worker, target: float | None, agreement: dict[str, Any] | None
) -> dict[str, Any]:
    """The most memory of the two processes, interpreters and libraries included."""
    a, b = (worker.call("peak_memory") / 2**20 for worker in (ours, peer))
    return _row(f"{name}, peak memory", peer_name, a, b, "MiB", a / b, target, agreement)


def size_row(name: str, peer_name: str, ours: float, peer: float) -> dict[str, Any]:
    """Bytes on the disk."""
    return _row(name, peer_name, ours / 2**20, peer / 2**20, "MiB", ours / peer, None, None)


def share_row(name: str, rate: float, unit: str, peak: float, target: float | None) -> dict[str, Any]:
    """A rate in GFLOP/s or GB/s as a share of the machine's: here more is better."""
    what = {"GFLOP/s": "share of the peak", "GB/s": "share of the memory's rate"}[unit]
    row = _row(f"{name}, {what}", "the machine", rate, peak, unit, rate / peak, target, None)
    return row | {"ok": None if target is None else row["ratio"] >= target}


def _row(
    name: str, peer_name: str, ours: float, peer: float, unit: str, ratio: float, target: float | None,
    agreement: dict[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    """`ok` is None where there is nothing to reach; outputs that differ are never all right."""
    ok = None if target is None else ratio <= target
    return {
        "name": name, "ours": ours, "peer": peer, "peer_name": peer_name, "unit": unit, "ratio": ratio,
        "target": target, "ok": ok if agreement is None or agreement["ok"] else False, "agreement": agreement,
    }  # fmt: skip


# ---- The table ----

HEADER = f"{'':62} {'ours':>11} {'peer':>11} {'GFLOP/s':>11} {'ratio':>6} {'spread':>13} {'target':>6}  {'peer':16}"


def line(row: dict[str, Any]) -> str:
    """One row for people."""
    scale, unit, digits = (1000, "ms", 1) if row["unit"] == "s" else (1, row["unit"], 0)
    values = " ".join(f"{f'{scale * row[side]:.{digits}f} {unit}':>11}" for side in ("ours", "peer"))
    rates = f"{row['ours_gflops']:5.0f} {row['peer_gflops']:5.0f}" if "ours_gflops" in row else ""
    spread = "{:6.2f}-{:<6.2f}".format(*row["ratio_spread"]) if "ratio_spread" in row else ""
    target = "" if row["target"] is None else f"{row['target']:.2f}"
    agreement = row["agreement"]
    if agreement and not agreement["ok"]:
        word = f"OUTPUTS DIFFER ({agreement['what']} {agreement['value']:.3g})"
    else:
        word = {None: "", True: "ok", False: "missed"}[row["ok"]]
    return f"{row['name']:62} {values} {rates:>11} {row['ratio']:6.2f} {spread:>13} {target:>6}  {row['peer_name']:16}  {word}".rstrip()
