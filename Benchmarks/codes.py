"""The nearest code alone: cases, who searches, and what is measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cases import SMALL
from duel import Conditions, Worker, alternate
from rows import time_row
from runtimes import OnnxRuntime


@dataclass(frozen=True)
class CodeCase:
    """The nearest of K codes for T latents of D numbers, by Euclidean distance."""

    latents: int
    codes: int
    dimension: int
    #: By peer, the ratio of times that must not be exceeded.
    targets: dict[str, float | None] = field(default_factory=dict)
    precision = "float32"

    @property
    def name(self) -> str:
        """Unique among the cases."""
        return f"nearest code {self.latents}x{self.codes}x{self.dimension}"

    @property
    def values(self) -> np.ndarray:
        """Latents, float32 [T, D], as far apart as the fresh codes are."""
        random = np.random.default_rng(2)
        return random.uniform(-1 / self.codes, 1 / self.codes, (self.latents, self.dimension)).astype(np.float32)


def measure(case: CodeCase, conditions: Conditions) -> Iterator[dict[str, Any]]:
    """The rows of one case, for each of its peers."""
    directory = conditions.folder / case.name.replace(" ", "-")
    with Worker(write, case, directory, conditions.threads):
        pass
    sides = (case, directory, conditions.threads)
    gflop = 2e-9 * case.latents * case.codes * case.dimension
    for name, target in case.targets.items():
        with Worker(OursCodes, *sides) as ours, Worker(PEERS[name], *sides) as peer:
            conditions.note_versions(ours, peer)
            share = float(np.mean(ours.call("search") == peer.call("search")))
            agreement = {"what": "equal tokens", "value": share, "ok": share >= 0.999}
            times = alternate(ours, peer, "search", is_quick=conditions.is_quick)
            yield time_row(case.name, name, times, target, agreement, gflop)


def write(case: CodeCase, directory: Path, threads: int) -> None:
    """A model whose encoder does not matter, the codebook for the others, and a graph of the search."""
    import onnx
    import sgc
    from onnx import TensorProto, helper, numpy_helper

    quantizer = {"kind": "vq", "codebook_size": case.codes, "code_dimension": case.dimension}
    with sgc.Trainer({"model": SMALL.configuration, "quantizer": quantizer}, threads=threads) as trainer:
        trainer.export(directory)
        with trainer.snapshot() as tokenizer:
            codebook = tokenizer.codebook
    np.save(directory / CODEBOOK, codebook)
    constants = {"factors": -2 * codebook.T, "lengths": np.square(codebook).sum(1)}
    nodes = [
        helper.make_node("MatMul", ["latents", "factors"], ["products"]),
        helper.make_node("Add", ["products", "lengths"], ["distances"]),
        helper.make_node("ArgMin", ["distances"], ["codes"], axis=1, keepdims=0),
    ]
    inputs = [helper.make_tensor_value_info("latents", TensorProto.FLOAT, [case.latents, case.dimension])]
    outputs = [helper.make_tensor_value_info("codes", TensorProto.INT64, [case.latents])]
    weights = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "search", inputs, outputs, weights)
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), directory / GRAPH)


CODEBOOK, GRAPH = "codebook.npy", "search.onnx"


class OursCodes:
    """libsgc, which also gives the margins."""

    def __init__(self, case: CodeCase, directory: Path, threads: int) -> None:
        import sgc

        self.latents, self.version = case.values, lambda: f"libsgc {sgc.__version__}"
        self.tokenizer = sgc.Tokenizer(directory, threads=threads)

    def search(self) -> np.ndarray:
        """Codes [T]."""
        return self.tokenizer.quantize(self.latents)[0]


class Faiss:
    """The exact index of FAISS."""

    def __init__(self, case: CodeCase, directory: Path, threads: int) -> None:
        import faiss

        faiss.omp_set_num_threads(threads)
        self.latents, self.version = case.values, lambda: f"FAISS {faiss.__version__}"
        self.index = faiss.IndexFlatL2(case.dimension)
        self.index.add(np.load(directory / CODEBOOK))

    def search(self) -> np.ndarray:
        """Codes [T]."""
        return self.index.search(self.latents, 1)[1][:, 0]


class PyTorchCodes:
    """All distances by the binomial formula, then the smallest, as the published quantizers do it."""

    def __init__(self, case: CodeCase, directory: Path, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self.torch, self.version = torch, lambda: f"PyTorch {torch.__version__}"
        self.latents, self.codebook = torch.from_numpy(case.values), torch.from_numpy(np.load(directory / CODEBOOK))

    def search(self) -> np.ndarray:
        """Codes [T]."""
        z, e = self.latents, self.codebook
        with self.torch.inference_mode():
            lengths = z.square().sum(1, keepdim=True) + e.square().sum(1)
            return (lengths - 2 * self.torch.einsum("td,kd->tk", z, e)).argmin(1).numpy()


class OnnxRuntimeCodes:
    """A product, a sum and an ArgMin."""

    def __init__(self, case: CodeCase, directory: Path, threads: int) -> None:
        self.latents, self.version = case.values, OnnxRuntime.version
        self.session = OnnxRuntime(directory / GRAPH, "latents", self.latents.shape, threads, "float32")

    def search(self) -> np.ndarray:
        """Codes [T]."""
        return self.session.run(self.latents)


#: Side by the name of the peer.
PEERS = {"FAISS": Faiss, "PyTorch": PyTorchCodes, "ONNX Runtime": OnnxRuntimeCodes}


def quick_cases() -> list[CodeCase]:
    """One that takes some milliseconds."""
    return [CodeCase(2048, 4096, 32, {"FAISS": None, "ONNX Runtime": None})]


def cases() -> list[CodeCase]:
    """A driving camera's tokens, and ImageNet's with the largest codebook of taming-transformers."""
    targets = {"FAISS": 1.0, "PyTorch": 0.15, "ONNX Runtime": None}
    return [CodeCase(4608, 8192, 32, targets), CodeCase(8192, 16384, 256, targets)]
