"""Measures tokenizers: encoding, decoding, training steps, checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import cost
from cases import Case
from duel import Conditions, Worker, alternate
from peers import PEERS
from rows import memory_row, time_row
from sides import Ours, graphs, spread_codebook


def measure(case: Case, conditions: Conditions) -> Iterator[dict[str, Any]]:
    """The rows of one case, for each of its peers."""
    directory = trained(case, conditions) if case.task == "step" else model(case, conditions)
    sides = (case, directory, conditions.threads)
    for name, target in case.targets.items():
        with Worker(Ours, *sides) as ours, Worker(PEERS[name], *sides) as peer:
            conditions.note_versions(ours, peer)
            arguments = []
            if case.task == "decode":
                arguments = [np.random.default_rng(5).integers(0, case.model.codebook_size, case.token_shape, np.int32)]
            agrees = same_reconstruction if name == "ONNX Runtime forward" else AGREEMENTS[case.task]
            agreement = agrees(case, ours, peer, *arguments)
            times = alternate(ours, peer, case.task, *arguments, is_quick=conditions.is_quick)
            # Another kind of work has no rate of this one, and what the discriminator does is not counted.
            operations = None if name == "ONNX Runtime forward" or case.has_discriminator else gflop(case)
            row = time_row(case.name, name, times, target, agreement, operations)
            yield row if case.task == "step" else row | {"gigabytes": gigabytes(case)}
            yield memory_row(case.name, name, ours, peer, case.memory_target, agreement)
            if case.has_checkpoint:
                yield from checkpoints(case, name, ours, peer, conditions)


def checkpoints(case: Case, name: str, ours: Worker, peer: Worker, conditions: Conditions) -> Iterator[dict[str, Any]]:
    """Weights and both moments of Adam, to the disk and back. Ours is on the disk when the call returns, and is checked
    when it is read."""
    for word, method in (("save", "save"), ("load", "restore")):
        for worker in (ours, peer):
            worker.call(method)
        times = alternate(ours, peer, method, is_quick=conditions.is_quick)
        yield time_row(f"checkpoint {word} {case.model.name}", name, times, None, None)


def model(case: Case, conditions: Conditions) -> Path:
    """The directory of the case's model for inference, made once: fresh weights, but codes that lie among the latents;
    beside it the graphs that runtimes need, for the case's shape."""
    fresh, target = (conditions.folder / case.model.name / name for name in ("fresh", "spread"))
    if not target.exists():
        fresh.parent.mkdir(exist_ok=True)
        with Worker(Ours, case, fresh, conditions.threads):
            pass
        with Worker(spread_codebook, case, fresh, conditions.threads):
            pass
    with Worker(graphs, case, target, conditions.threads):
        pass
    return target


def trained(case: Case, conditions: Conditions) -> Path:
    """The directory of the weights that a training starts with, and the graph for the case's shape."""
    directory = conditions.folder / case.model.name / "trained"
    directory.parent.mkdir(exist_ok=True)
    for make in (Ours, graphs):
        with Worker(make, case, directory, conditions.threads):
            pass
    return directory


HALVES = {"encode": cost.encode, "decode": cost.decode}


def gflop(case: Case) -> float:
    """Billions of floating-point operations of a case."""
    size = (case.model, case.height, case.width)
    if case.task == "step":
        return cost.step(*size, case.batch) / 1e9
    return case.batch * HALVES[case.task](*size).operations / 1e9


def gigabytes(case: Case) -> float:
    """What the operations of encoding or decoding read and write, one after the other."""
    return HALVES[case.task](case.model, case.height, case.width).gigabytes(case.batch, case.precision)


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


def same_reconstruction(case: Case, ours: Worker, peer: Worker) -> dict[str, Any]:
    """The relative difference of the first step's loss."""
    a, b = (worker.call("step")["reconstruction"] for worker in (ours, peer))
    return {"what": "loss difference", "value": abs(a - b) / abs(b), "ok": abs(a - b) <= 1e-3 * abs(b)}


AGREEMENTS = {"encode": same_tokens, "decode": same_images, "step": same_training}
