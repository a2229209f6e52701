"""Compares libsgc with its peers on this machine: same weights, inputs and threads, in one run. See README.md.

    python Benchmarks/run.py --out out/bench
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import cost
import machine
import networks
from cases import FULL, QUICK, Case
from duel import Times, Worker, alternate
from networks import NetworkCase
from sides import PEERS, Ours, PyTorch


class Bench:
    """Runs cases and keeps their rows."""

    def __init__(self, out: Path, threads: int, is_quick: bool) -> None:
        self.out, self.threads, self.is_quick = out, threads, is_quick
        self.machine = machine.describe(threads)
        self.rows: list[dict[str, Any]] = []
        self.models: dict[str, Path] = {}

    def run(self, case: Case, folder: Path) -> None:
        """Measures one case against each of its peers."""
        directory = folder / f"{case.model.name}-trained" if case.task == "step" else self._model(case, folder)
        sides = (case, directory, self.threads)
        for name, target in case.targets.items():
            with Worker(Ours, *sides) as ours, Worker(PEERS[name], *sides) as peer:
                self._note_versions(ours, peer)
                arguments = []
                if case.task == "decode":
                    size = case.model.codebook_size
                    arguments = [np.random.default_rng(5).integers(0, size, case.token_shape, np.int32)]
                agreement = {"encode": same_tokens, "decode": same_images, "step": same_training}[case.task](
                    case, ours, peer, *arguments
                )
                times = alternate(ours, peer, case.task, *arguments, is_quick=self.is_quick)
                self._add(time_row(case.name, name, times, gflop(case), target, agreement))
                if case.task == "step":
                    self._add(memory_row(case.name, name, ours, peer, case.memory_target, agreement))

    def run_network(self, case: NetworkCase, folder: Path) -> None:
        """Measures one teacher's network against each of its peers."""
        sides = (case, folder / f"{case.network}.onnx", self.threads)
        with Worker(networks.Exporter, *sides):
            pass
        for name, target in case.targets.items():
            with Worker(networks.OursNetwork, *sides) as ours, Worker(networks.PEERS[name], *sides) as peer:
                self._note_versions(ours, peer)
                agreement = same_values(case, ours, peer)
                times = alternate(ours, peer, "run", is_quick=self.is_quick)
                self._add(time_row(case.name, name, times, case.gflop, target, agreement))
                limit = 1.0 if name == "ONNX Runtime" else None
                self._add(memory_row(case.name, name, ours, peer, limit, agreement))

    def _note_versions(self, *workers: Worker) -> None:
        known = self.machine.setdefault("versions", [])
        known += [version for version in (worker.call("version") for worker in workers) if version not in known]

    def _model(self, case: Case, folder: Path) -> Path:
        """The directory of the case's model for inference: fresh weights, but codes that lie among the latents."""
        name = case.model.name
        if name not in self.models:
            fresh, target = folder / name / "fresh", folder / name / "spread"
            fresh.parent.mkdir()
            plain = Case(case.model, "encode", 1, case.height, case.width)
            with Worker(Ours, plain, fresh, self.threads):
                pass
            with Worker(PyTorch, plain, fresh, self.threads) as peer:
                peer.call("spread_codebook", target)
            self.models[name] = target
        return self.models[name]

    def _add(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        print(line(row), flush=True)
        self.out.mkdir(parents=True, exist_ok=True)
        document = {"machine": self.machine, "results": self.rows}
        (self.out / "results.json").write_text(json.dumps(document, indent=1) + "\n")


# ---- Times are only worth something when both sides compute the same. ----


def same_tokens(case: Case, ours: Worker, peer: Worker) -> dict[str, Any]:
    """The share of equal tokens; bfloat16 moves latents over borders between codes."""
    share = float(np.mean(ours.call("encode") == peer.call("encode")))
    return {"what": "equal tokens", "value": share, "ok": share >= (0.999 if case.precision == "float32" else 0.9)}


def same_images(case: Case, ours: Worker, peer: Worker, tokens: np.ndarray) -> dict[str, Any]:
    """The largest difference of a pixel, as a share of the range of the peer's pixels."""
    a, b = ours.call("decode", tokens), peer.call("decode", tokens)
    difference = float(np.abs(a - b).max() / np.ptp(b))
    limit = 1e-4 if case.precision == "float32" else 0.1
    return {"what": "pixel difference", "value": difference, "ok": a.shape == b.shape and difference <= limit}


def same_training(case: Case, ours: Worker, peer: Worker) -> dict[str, Any]:
    """The largest relative difference of a loss in two steps, the second of which sees the first one's update, and of
    the first gradient's norm."""
    worst = 0.0
    for step in range(2):
        a, b = ours.call("step"), peer.call("step")
        if step == 0:
            a["gradient_norm"], b["gradient_norm"] = ours.call("gradient_norm"), peer.call("gradient_norm")
        worst = max([worst, *(abs(a[name] - b[name]) / abs(b[name]) for name in b)])
    limit = 1e-3 if case.precision == "float32" else 0.05
    return {"what": "loss difference", "value": worst, "ok": bool(worst <= limit)}


def same_values(case: NetworkCase, ours: Worker, peer: Worker) -> dict[str, Any]:
    """The largest difference of a value, as a share of the largest of the peer's."""
    a, b = ours.call("run"), peer.call("run")
    difference = float(np.abs(a - b).max() / np.abs(b).max())
    limit = 1e-3 if case.precision == "float32" else 0.1
    return {"what": "difference", "value": difference, "ok": a.shape == b.shape and difference <= limit}


# ---- Rows ----


def gflop(case: Case) -> float:
    """Billions of floating-point operations of a case."""
    size = (case.model, case.height, case.width)
    if case.task == "step":
        return cost.step(*size, case.batch) / 1e9
    return case.batch * (cost.encode(*size) if case.task == "encode" else cost.decode(*size)) / 1e9


def time_row(
    name: str, peer_name: str, times: Times, gflop: float, target: float | None, agreement: dict[str, Any]
) -> dict[str, Any]:
    """Times of a case, with its rates."""
    ours, peer = median(times.ours), median(times.peer)
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "peer_name": peer_name,
        "unit": "s",
        "ratio": times.ratio,
        "target": target,
        "ok": verdict(times.ratio, target, agreement),
        "ratio_spread": times.spread,
        "ours_samples": times.ours,
        "peer_samples": times.peer,
        "gflop": gflop,
        "ours_gflops": gflop / ours,
        "peer_gflops": gflop / peer,
        "agreement": agreement,
    }


def memory_row(
    name: str, peer_name: str, ours: Worker, peer: Worker, target: float | None, agreement: dict[str, Any]
) -> dict[str, Any]:
    """The most memory of the two processes, interpreters and libraries included."""
    a, b = ours.call("peak_memory"), peer.call("peak_memory")
    return {
        "name": f"{name}, peak memory",
        "ours": a / 2**20,
        "peer": b / 2**20,
        "peer_name": peer_name,
        "unit": "MiB",
        "ratio": a / b,
        "target": target,
        "ok": verdict(a / b, target, agreement),
        "agreement": agreement,
    }


def verdict(ratio: float, target: float | None, agreement: dict[str, Any]) -> bool | None:
    """None where there is nothing to reach; outputs that differ are never all right."""
    if not agreement["ok"]:
        return False
    return None if target is None else ratio <= target


# ---- The table ----

HEADER = f"{'':60} {'ours':>10} {'peer':>10} {'GFLOP/s':>11} {'ratio':>6} {'spread':>13} {'target':>6}  {'peer':16}"


def line(row: dict[str, Any]) -> str:
    """One row for people."""
    if row["unit"] == "s":
        values = f"{1000 * row['ours']:7.1f} ms {1000 * row['peer']:7.1f} ms"
        rates = f"{row['ours_gflops']:5.0f} {row['peer_gflops']:5.0f}"
        spread = "{:6.2f}-{:<6.2f}".format(*row["ratio_spread"])
    else:
        values, rates, spread = f"{row['ours']:6.0f} MiB {row['peer']:6.0f} MiB", "", ""
    target = "" if row["target"] is None else f"{row['target']:.2f}"
    agreement = row["agreement"]
    if not agreement["ok"]:
        word = f"OUTPUTS DIFFER ({agreement['what']} {agreement['value']:.3g})"
    else:
        word = {None: "", True: "ok", False: "above its target"}[row["ok"]]
    figures = f"{values} {rates:>11} {row['ratio']:6.2f} {spread:>13} {target:>6}"
    return f"{row['name']:60} {figures}  {row['peer_name']:16}  {word}".rstrip()


def main() -> int:
    """Returns 1 when outputs differ: then no time means anything. A missed target is a result and not an error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="folder of results.json")
    parser.add_argument("--threads", type=int, default=2, help="of either side")
    parser.add_argument("--quick", action="store_true", help="a small model and few rounds: does it run, is it right")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases whose name contains the text")
    options = parser.parse_args()
    packages = ("torch", "onnx", "onnxruntime", "openvino", "safetensors", "transformers")
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        print(f"{', '.join(missing)} missing: pip install -r Benchmarks/requirements.txt", file=sys.stderr)
        return 1

    # Read by either side's OpenMP when its process starts.
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    bench = Bench(options.out, options.threads, options.quick)
    about = bench.machine
    print(f"{about['processor']} ({about['family']}), {about['processors']} processors, {about['threads']} threads")
    print("instruction sets: " + " ".join(about["instruction_sets"]))
    if about["busy_before"] > 0.1:
        print(f"This machine is {about['busy_before']:.0%} busy with something else: times mean little.")
    cases = QUICK if options.quick else [*FULL, *networks.cases()]
    cases = [case for case in cases if options.only in case.name]
    skipped = [case.name for case in cases if case.precision == "bfloat16" and not machine.has_bfloat16()]
    about["skipped"] = {name: "the processor has no bfloat16 instructions" for name in skipped}
    for name in skipped:
        print(f"skipped: {name}: {about['skipped'][name]}")
    print(HEADER, flush=True)
    with tempfile.TemporaryDirectory(prefix="sgc-bench-") as folder:
        for case in cases:
            if case.name in about["skipped"]:
                continue
            (bench.run_network if isinstance(case, NetworkCase) else bench.run)(case, Path(folder))
    print("\n".join(about.get("versions", [])))
    print(f"{bench.out}/results.json")
    return 0 if all(row["agreement"]["ok"] for row in bench.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
