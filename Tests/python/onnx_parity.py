"""Compares libsgc with ONNX Runtime on exported networks.

    python Tests/python/onnx_parity.py EXPORTS        a folder that Tests/Golden/onnx/parity_models.py made
    python Tests/python/onnx_parity.py                the small ones that the tests use

Prints a line for every export: the largest difference, relative to the largest output, over all runs.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

ARCHIVE = Path(__file__).resolve().parents[1] / "Golden" / "onnx" / "exports.tar.xz"


@dataclass(frozen=True)
class Export:
    """One network, as one exporter wrote it."""

    path: Path
    #: As in manifest.json.
    entry: dict[str, Any]

    @property
    def name(self) -> str:
        return self.path.stem

    def inputs(self) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
        """Random inputs for each of the sizes, `BATCHxHEIGHTxWIDTH` or `BATCHxLENGTH`."""
        for run in self.entry["runs"]:
            batch, *sizes = map(int, run.split("x"))
            random = np.random.default_rng(zlib.crc32(f"{self.entry['model']} {run}".encode()))
            given: dict[str, np.ndarray] = {}
            for name in self.entry["inputs"]:
                if name == "input_ids":
                    given[name] = random.integers(1, 40, (batch, sizes[0]))
                    given[name][:, -1] = 63
                elif name == "attention_mask":
                    given[name] = np.ones((batch, sizes[0]), np.int64)
                else:
                    given[name] = random.standard_normal((batch, 3, *sizes)).astype(np.float32)
            yield run, given


def filled(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with random weights where it has none: variances positive, matrices scaled to their inputs."""
    variances = {n.input[4] for n in model.graph.node if n.op_type == "BatchNormalization"}
    for index, tensor in enumerate(model.graph.initializer):
        shape = tuple(tensor.dims)
        if tensor.data_type != onnx.TensorProto.FLOAT or tensor.raw_data or tensor.float_data or prod(shape) == 0:
            continue
        values = np.random.default_rng(index).standard_normal(shape) / max(1, prod(shape[1:])) ** 0.5
        if tensor.name in variances:
            values = 0.5 + np.abs(values)
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))
    return model


def packed(folder: Path) -> list[Export]:
    """The small exports, unpacked into `folder`; those of PyTorch's newer exporter keep their weights beside them."""
    exports = []
    with tarfile.open(ARCHIVE) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive.getmembers()}
    for entry in json.loads(files["manifest.json"])["exports"]:
        model = filled(onnx.load_model_from_string(files[entry["file"]]))
        path = folder / entry["file"]
        onnx.save(
            model, path, save_as_external_data=entry["exporter"] == "new", location=path.name + ".data",
            size_threshold=256,
        )  # fmt: skip
        exports.append(Export(path, entry))
    return exports


def listed(folder: Path) -> list[Export]:
    """The exports of a folder with a manifest."""
    entries = json.loads((folder / "manifest.json").read_text())["exports"]
    return [Export(folder / entry["file"], entry) for entry in entries if "file" in entry]


def difference(export: Export, precision: str = "float32") -> float:
    """The largest difference of any output in any run, relative to the largest number of that output."""
    import sgc

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(export.path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    worst = 0.0
    with sgc.Teacher(export.path, precision=precision) as teacher:
        for run, given in export.inputs():
            results = teacher.evaluate(given, names)
            for name, expected in zip(names, session.run(names, given)):
                if results[name].shape != expected.shape:
                    raise AssertionError(f"{run} {name}: expected {expected.shape}, got {results[name].shape}")
                scale = max(float(np.abs(expected).max()), 1e-6)
                worst = max(worst, float(np.abs(results[name] - expected).max()) / scale)
    return worst


def main() -> int:
    import sgc

    failures = 0
    with tempfile.TemporaryDirectory() as temporary:
        for export in listed(Path(sys.argv[1])) if len(sys.argv) > 1 else packed(Path(temporary)):
            try:
                result = difference(export)
                good = result <= 1e-3
                print(f"{export.name:36} {result:.1e} {'' if good else 'TOO LARGE'}", flush=True)
            except (sgc.Error, AssertionError) as error:
                good = False
                print(f"{export.name:36} {error}", flush=True)
            failures += not good
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
