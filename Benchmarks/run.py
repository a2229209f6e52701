"""Compares libsgc with its peers on this machine: same weights, inputs and threads, in one run. See README.md.

    python Benchmarks/run.py --out out/bench
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import codes
import limits
import machine
import networks
import starts
import tokenizer_rows
from cases import FULL, LARGE, QUICK, Case
from duel import Conditions, Worker
from peak import Peak
from rows import HEADER, line, share_row

#: By the kind of a case, who measures it.
MEASURES = {
    Case: tokenizer_rows.measure, networks.NetworkCase: networks.measure, codes.CodeCase: codes.measure,
    starts.StartCase: starts.measure,
}  # fmt: skip

#: What a peer needs to be installed.
PACKAGES = {
    "PyTorch": ("torch",), "PyTorch compiled": ("torch",), "ONNX Runtime": ("onnxruntime",), "OpenVINO": ("openvino",),
    "diffusers": ("torch", "diffusers"), "ONNX Runtime forward": ("onnxruntime",), "FAISS": ("faiss",),
}  # fmt: skip


class Bench:
    """Runs cases and keeps their rows."""

    def __init__(self, out: Path, conditions: Conditions) -> None:
        self.out, self.conditions = out, conditions
        self.machine = machine.describe(conditions.threads)
        self.rows: list[dict[str, Any]] = []
        #: GFLOP/s by precision, and GB/s.
        self.peaks: dict[str, float] = {}
        self.memory_rate = 0.0

    def run(self, case: Any) -> None:
        """Measures one case against each of its peers."""
        wants_peak = getattr(case, "peak_target", None) is not None and find_spec("torch") is not None
        if wants_peak:
            self._measure_peak(case.precision)
        first = len(self.rows)
        for row in MEASURES[type(case)](case, self.conditions):
            self._add(row)
        if wants_peak:
            self._measure_peak(case.precision)
            best = max((row for row in self.rows[first:] if "ours_gflops" in row), key=lambda row: row["ours_gflops"])
            self._add(share_row(case.name, best["ours_gflops"], "GFLOP/s", self.peaks[case.precision], case.peak_target))
            self._add(share_row(case.name, best["gigabytes"] / best["ours"], "GB/s", self.memory_rate, None))

    @property
    def is_right(self) -> bool:
        """Whether all outputs agreed."""
        return all(row["agreement"] is None or row["agreement"]["ok"] for row in self.rows)

    def _measure_peak(self, precision: str) -> None:
        """The best of all measurements so far: the machine's clock changes."""
        with Worker(Peak, None, self.out, self.conditions.threads) as worker:
            self.peaks[precision] = max(self.peaks.get(precision, 0), worker.call("rate", precision))
            self.memory_rate = max(self.memory_rate, worker.call("memory_rate"))

    def _add(self, row: dict[str, Any]) -> None:
        self.rows.append(row)
        print(line(row), flush=True)
        self.out.mkdir(parents=True, exist_ok=True)
        peaks = {"peak_gflops": self.peaks, "peak_gb_per_second": self.memory_rate}
        about = self.machine | {"versions": self.conditions.versions} | peaks
        document = {"machine": about, "results": self.rows}
        (self.out / "results.json").write_text(json.dumps(document, indent=1) + "\n")


def chosen(options: argparse.Namespace) -> list[Any]:
    """The cases that the options leave, with the peers that they leave."""
    cases: list[Any] = [*QUICK, *codes.quick_cases()] if options.quick else [*FULL, *codes.cases(), *starts.cases(), *networks.cases(), *LARGE]
    wanted = options.peers.split(",") if options.peers else list(PACKAGES)
    unknown = [name for name in wanted if name not in PACKAGES]
    if unknown:
        sys.exit(f"--peers: expected some of {', '.join(PACKAGES)}, got {', '.join(unknown)}")
    cases = [case for case in cases if options.only in case.name]
    cases = [replace(case, targets={k: v for k, v in case.targets.items() if k in wanted}) for case in cases]
    return [case for case in cases if case.targets]


def main() -> int:
    """Returns 1 when outputs differ, for then no time means anything, or when a ratio is above what --limits allows.
    A missed target is a result and not an error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="folder of results.json")
    parser.add_argument("--threads", type=int, default=2, help="of either side")
    parser.add_argument("--quick", action="store_true", help="small models and few rounds: does it run, is it right")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases whose name contains the text")
    parser.add_argument("--peers", default="", metavar="NAMES", help="only these, separated by commas")
    parser.add_argument("--limits", type=Path, metavar="FILE", help="fail when a ratio is 15 %% above the file's")
    parser.add_argument("--store", action="store_true", help="write this run's ratios into the file of --limits")
    options = parser.parse_args()
    cases = chosen(options)
    needed = {"onnx", "safetensors"} | {name for case in cases for peer in case.targets for name in PACKAGES[peer]}
    if any(isinstance(case, networks.NetworkCase) for case in cases):
        needed |= {"torch", "transformers", "onnxscript"}
    missing = sorted(name for name in needed if find_spec(name) is None)
    if missing:
        print(f"{', '.join(missing)} missing: pip install -r Benchmarks/requirements.txt", file=sys.stderr)
        return 1

    # Read by either side's OpenMP when its process starts.
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    with tempfile.TemporaryDirectory(prefix="sgc-bench-") as folder:
        bench = Bench(options.out, Conditions(Path(folder), options.threads, options.quick))
        about = bench.machine
        print(f"{about['processor']} ({about['family']}), {about['processors']} processors, {about['threads']} threads")
        print("instruction sets: " + " ".join(about["instruction_sets"]))
        if about["busy_before"] > 0.1:
            print(f"This machine is {about['busy_before']:.0%} busy with something else: times mean little.")
        skipped = [case.name for case in cases if case.precision == "bfloat16" and not machine.has_bfloat16()]
        about["skipped"] = {name: "the processor has no bfloat16 instructions" for name in skipped}
        for name in skipped:
            print(f"skipped: {name}: {about['skipped'][name]}")
        print(HEADER, flush=True)
        cases = [case for case in cases if case.name not in about["skipped"]]
        for case in cases:
            bench.run(case)
        print("\n".join(bench.conditions.versions))
        print(f"{bench.out}/results.json")
        if options.limits and options.store:
            limits.store(options.limits, bench, cases)
        elif options.limits:
            is_good = limits.check(options.limits, bench, cases, is_complete=not options.only)
            return 0 if is_good and bench.is_right else 1
        return 0 if bench.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
