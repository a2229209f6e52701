"""Cold starts: from the start of a process to the first tokens.

    python Benchmarks/starts.py PEER MODEL DIRECTORY THREADS RESULT

is such a process: it imports what the side needs, loads the model, encodes one image and writes the tokens.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cases import VQGAN, Case, Model
from duel import Conditions, Times
from rows import size_row, time_row

MODELS = {VQGAN.name: VQGAN}


@dataclass(frozen=True)
class StartCase:
    """One image of 256x256 through a model that no process has loaded yet; its files are in the system's cache."""

    model: Model
    #: By peer, the ratio of times that must not be exceeded.
    targets: dict[str, float | None] = field(default_factory=dict)
    precision = "float32"

    @property
    def name(self) -> str:
        """Unique among the cases."""
        return f"cold start to first tokens {self.model.name}"


def cases() -> list[StartCase]:
    """The published size."""
    return [StartCase(VQGAN, {"PyTorch": 0.25, "ONNX Runtime": None, "OpenVINO": None})]


def measure(case: StartCase, conditions: Conditions) -> Iterator[dict[str, Any]]:
    """The rows of one case, for each of its peers: times, and the files that have to be on the disk for them."""
    from tokenizer_rows import model

    directory = model(encoding(case.model), conditions)
    for name, target in case.targets.items():
        seconds: dict[str, list[float]] = {"libsgc": [], name: []}
        tokens: dict[str, np.ndarray] = {}
        for round_ in range(1 + (3 if conditions.is_quick else 5)):
            for side, samples in seconds.items():
                result = conditions.folder / "first-tokens.npy"
                arguments = [side, case.model.name, directory, conditions.threads, result]
                began = time.perf_counter()
                subprocess.run([sys.executable, __file__, *map(str, arguments)], check=True)
                # The first round fills the system's cache.
                if round_ > 0:
                    samples.append(time.perf_counter() - began)
                tokens[side] = np.load(result)
        share = float(np.mean(tokens["libsgc"] == tokens[name]))
        agreement = {"what": "equal tokens", "value": share, "ok": share >= 0.999}
        yield time_row(case.name, name, Times(*seconds.values()), target, agreement)
        yield size_row("installed size without Python and NumPy", name, *map(installed, ("libsgc", name)))


def encoding(model: Model) -> Case:
    """The first tokens' work."""
    return Case(model, "encode", 1, 256, 256)


def installed(side: str) -> float:
    """Bytes of the files that a side needs."""
    import os

    if side == "libsgc":
        library = Path(os.environ["SGC_LIBRARY"]).resolve()
        needed = subprocess.run(["ldd", library], check=True, capture_output=True, text=True).stdout
        paths = {Path(line.split("=>")[1].split()[0]).resolve() for line in needed.splitlines() if "=> /" in line}
        # The C and C++ runtime is on every system that has Python.
        system = ("libc.so", "libm.so", "libstdc++.so", "libgcc_s.so", "libz.so")
        return sum(path.stat().st_size for path in {library, *paths} if not path.name.startswith(system))
    from importlib.util import find_spec

    package = {"PyTorch": "torch", "ONNX Runtime": "onnxruntime", "OpenVINO": "openvino"}[side]
    folder = Path(find_spec(package).origin).parent
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """The process that is timed."""
    from peers import PEERS
    from sides import Ours

    side, model, directory, threads, result = sys.argv[1:]
    worker = (Ours if side == "libsgc" else PEERS[side])(encoding(MODELS[model]), Path(directory), int(threads))
    np.save(result, worker.encode())


if __name__ == "__main__":
    main()
