"""Networks that teachers bring: their cases, who runs them, and what is measured."""

from __future__ import annotations

import logging
import resource
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from duel import Conditions, Worker, alternate
from rows import memory_row, time_row
from runtimes import OnnxRuntime, OpenVINO

GOLDEN = Path(__file__).resolve().parents[1] / "Tests" / "Golden" / "onnx"
INPUT = "pixel_values"


@dataclass(frozen=True)
class NetworkCase:
    """One image through a network with random weights, exported by PyTorch's exporter at opset 18."""

    #: A name in Tests/Golden/onnx/models.py, and the output that is compared.
    network: str
    output: str
    side: int
    precision: str
    #: As `sgc teacher probe` counts.
    gflop: float
    #: By peer, the ratio of times that must not be exceeded. ONNX Runtime always computes in float32.
    targets: dict[str, float | None]

    @property
    def name(self) -> str:
        """Unique among the cases."""
        return f"teacher {self.network} {self.side}x{self.side} {self.precision}"

    @property
    def image(self) -> np.ndarray:
        """float32 [1, 3, H, W]; the same for the same case."""
        return np.random.default_rng(1).standard_normal((1, 3, self.side, self.side), dtype=np.float32)


def cases() -> list[NetworkCase]:
    """Both networks in both precisions."""
    networks = [("clip-image", "image_embeds", 224, 35.1), ("segformer-b0", "logits", 512, 16.8)]
    limits = {
        "float32": {"ONNX Runtime": 1.0, "OpenVINO": None},
        "bfloat16": {"ONNX Runtime": 0.6, "OpenVINO": None},
    }  # fmt: skip
    return [
        NetworkCase(name, output, side, precision, gflop, targets)
        for name, output, side, gflop in networks
        for precision, targets in limits.items()
    ]


def export(case: NetworkCase, folder: Path) -> Path:
    """The network as a file, made once."""
    path = folder / f"{case.network}.onnx"
    if not path.exists():
        sys.path.insert(0, str(GOLDEN))
        logging.disable(logging.WARNING)
        warnings.simplefilter("ignore")
        import models
        import parity_models

        network = models.build(case.network, tiny=False)
        parity_models.export_new(network, parity_models.capture(network), path, 18)
    return path


def measure(case: NetworkCase, conditions: Conditions) -> Iterator[dict[str, Any]]:
    """The rows of one network, for each of its peers."""
    sides = (case, conditions.folder / f"{case.network}.onnx", conditions.threads)
    with Worker(Exporter, *sides):
        pass
    for name, target in case.targets.items():
        with Worker(OursNetwork, *sides) as ours, Worker(PEERS[name], *sides) as peer:
            conditions.note_versions(ours, peer)
            agreement = same_values(case, ours, peer)
            times = alternate(ours, peer, "run", is_quick=conditions.is_quick)
            yield time_row(case.name, name, times, target, agreement, case.gflop)
            yield memory_row(case.name, name, ours, peer, 1.0 if name == "ONNX Runtime" else None, agreement)


def same_values(case: NetworkCase, ours: Worker, peer: Worker) -> dict[str, Any]:
    """The largest difference of a value, as a share of the largest of the peer's."""
    a, b = ours.call("run"), peer.call("run")
    difference = float(np.abs(a - b).max() / np.abs(b).max())
    limit = 1e-3 if case.precision == "float32" else 0.1
    return {"what": "difference", "value": difference, "ok": a.shape == b.shape and difference <= limit}


class NetworkSide:
    """What all sides have."""

    def __init__(self, case: NetworkCase, path: Path, threads: int) -> None:
        self.case, self.path, self.threads = case, path, threads
        self.image = case.image
        self.load()

    def peak_memory(self) -> float:
        """The most memory that this process held, in bytes."""
        return 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Exporter(NetworkSide):
    """Writes the file, so that nobody who is measured imports PyTorch."""

    def load(self) -> None:
        export(self.case, self.path.parent)


class OursNetwork(NetworkSide):
    """libsgc through its Python binding."""

    def load(self) -> None:
        import sgc

        self.teacher = sgc.Teacher(self.path, threads=self.threads, precision=self.case.precision)

    def version(self) -> str:
        import sgc

        return f"libsgc {sgc.__version__}"

    def run(self) -> np.ndarray:
        return self.teacher.evaluate({INPUT: self.image}, [self.case.output])[self.case.output]


class RuntimeNetwork(NetworkSide):
    """A runtime of runtimes.py."""

    runtime: type

    def load(self) -> None:
        shape = self.image.shape
        self.session = self.runtime(self.path, INPUT, shape, self.threads, self.case.precision)

    def version(self) -> str:
        return self.runtime.version()

    def run(self) -> np.ndarray:
        return self.session.run(self.image, self.case.output)


class OnnxRuntimeNetwork(RuntimeNetwork):
    runtime = OnnxRuntime


class OpenVINONetwork(RuntimeNetwork):
    runtime = OpenVINO


#: Side by the name of the peer.
PEERS = {"ONNX Runtime": OnnxRuntimeNetwork, "OpenVINO": OpenVINONetwork}
