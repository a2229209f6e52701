"""Damaged ONNX models: each is loaded and run in another process, which must survive it.

    python Tests/python/onnx_fuzz.py --cases 100000 --seed 1 --keep FOLDER

Bytes are changed, and so is what the bytes mean: attributes, small tensors, extents, operators, edges, versions. A case
passes when every call gives a result or an error of a documented class within 5 seconds of processor time and 1 GiB of
memory. A case that does not is written to FOLDER; the last number in its name makes it again (`--start N --cases 1`).
"""

from __future__ import annotations

import argparse
import faulthandler
import functools
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto, helper, numpy_helper

import onnx_operators
import onnx_parity

GOLDEN = Path(__file__).resolve().parents[1] / "Golden" / "onnx"
#: Processor time of one case.
SECONDS = 5
#: The largest resident memory of the process that runs the cases.
MEMORY = 1 << 30

#: Numbers at which arithmetic breaks.
INTEGERS = [0, 1, -1, 2, 3, 7, -2, 8, 64, 255, 1 << 16, 1 << 20, 1 << 27, 1 << 31, (1 << 31) - 1, 1 << 32, 1 << 40,
            1 << 50, 1 << 62, (1 << 63) - 1, -(1 << 63), -(1 << 31)]  # fmt: skip
REALS = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-30, 1e30, -1e30, 1e9, 3.4e38, float("nan"), float("inf"), float("-inf")]


def written() -> dict[str, onnx.ModelProto]:
    """Shape arithmetic as exporters leave it, and graphs whose size is computed."""

    def model(nodes, constants=(), inputs=(("x", TensorProto.FLOAT, ["n", 3, "h", "w"]),), opset=18):
        graph = helper.make_graph(
            nodes, "g", [helper.make_tensor_value_info(*entry) for entry in inputs],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
            [numpy_helper.from_array(np.array(value), name) for name, value in constants],
        )  # fmt: skip
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)

    node = helper.make_node
    resize = [
        node("Shape", ["x"], ["s"]), node("Slice", ["s", "two", "four", "zero"], ["size"]),
        node("Mul", ["size", "two"], ["twice"]), node("Slice", ["s", "zero", "two", "zero"], ["rest"]),
        node("Concat", ["rest", "twice"], ["target"], axis=0),
        node("Resize", ["x", "", "", "target"], ["y"], mode="cubic", antialias=1),
    ]  # fmt: skip
    positions = [
        node("Shape", ["x"], ["s"]), node("Gather", ["s", "three"], ["w"]),
        node("Range", ["nought", "w", "one"], ["r"]), node("Cast", ["r"], ["f"], to=1),
        node("ConstantOfShape", ["s"], ["c"]), node("Add", ["c", "f"], ["y"]),
    ]  # fmt: skip
    repeated = [
        node("Expand", ["x", "shape"], ["e"]), node("Tile", ["e", "times"], ["t"]),
        node("Pad", ["t", "pads"], ["p"]), node("GatherND", ["p", "index"], ["g"]),
        node("Unsqueeze", ["g", "zero"], ["u"]), node("CumSum", ["u", "nought"], ["y"]),
    ]  # fmt: skip
    doubled = [node("Concat", [f"x{i}" if i else "x", f"x{i}" if i else "x"], [f"x{i + 1}"], axis=0) for i in range(8)]
    sampled = [
        node("AffineGrid", ["theta", "size"], ["grid"], align_corners=1),
        node("GridSample", ["x", "grid"], ["s"], mode="cubic", padding_mode="reflection"),
        node("RoiAlign", ["s", "boxes", "batch"], ["r"], output_height=2, output_width=3, sampling_ratio=2),
        node("LRN", ["r"], ["l"], size=3), node("MaxPool", ["l"], ["y"], kernel_shape=[2, 2], ceil_mode=1),
    ]  # fmt: skip
    product = [
        node("Einsum", ["x", "x"], ["e"], equation="nchw,ncvw->nhv"), node("ReduceSum", ["e", "one1"], ["r"], keepdims=0),
        node("TopK", ["r", "one1"], ["t", "i"]), node("OneHot", ["i", "three", "range"], ["y"], axis=-1),
    ]  # fmt: skip
    return {
        "resize": model(resize, [("two", [2]), ("four", [4]), ("zero", [0])]),
        "positions": model(positions, [("three", 3), ("nought", 0), ("one", 1)]),
        "repeated": model(
            repeated,
            [("shape", [2, 1, 1, 1]), ("times", [1, 2, 1, 2]), ("pads", [0, 0, 1, 1, 0, 0, 2, 0]), ("zero", [0]),
             ("index", [[0, 1], [1, 2]]), ("nought", 0)],
        ),
        "doubled": model([*doubled, node("ReduceMean", ["x8"], ["y"])]),
        "sampled": model(
            sampled,
            [("theta", np.array([[[1, 0, 0.1], [0.2, 1, 0]]], np.float32)), ("size", [1, 3, 4, 4]),
             ("boxes", np.array([[0, 0, 3, 3]], np.float32)), ("batch", [0])],
            inputs=[("x", TensorProto.FLOAT, [1, 3, "h", "w"])], opset=20,
        ),
        "product": model(product, [("one1", [1]), ("three", 3), ("range", np.array([0, 1], np.float32))]),
    }  # fmt: skip


def corpus(folder: Path) -> list[tuple[str, bytes]]:
    """Small models: those of Tests/Golden, some written here, exported networks, and ONNX's own cases."""
    models = [(path.name, path.read_bytes()) for path in sorted(GOLDEN.glob("*.onnx"))]
    models += [(name, model.SerializeToString()) for name, model in written().items()]
    for export in onnx_parity.packed(folder):
        if export.entry["opset"] in (13, 17, 20) and export.path.stat().st_size < 200_000:
            model = onnx.load(export.path)
            models.append((export.name, model.SerializeToString()))
    models += [(case.name, model.SerializeToString()) for case, model in onnx_operators.cases()]
    return models


def set_element(values: np.ndarray, r: random.Random) -> None:
    """Makes one element a number at which arithmetic breaks."""
    choice = r.choice(REALS if values.dtype.kind == "f" else INTEGERS)
    with np.errstate(all="ignore"):
        values.reshape(-1)[r.randrange(values.size)] = np.array(choice).astype(values.dtype)


class Damage:
    """Changes to a model, drawn from one seed."""

    def __init__(self, seed: str, models: list[tuple[str, bytes]]) -> None:
        self.random = random.Random(seed)
        self.models = models

    def draw(self) -> bytes:
        """A damaged model."""
        # Many cases begin with the models that have more than one operator.
        few = self.models[:24] if self.random.random() < 0.4 else self.models
        data = self.random.choice(few)[1]
        if self.random.random() < 0.85:
            model = onnx.load_model_from_string(data)
            changes = [self._attribute, self._tensor, self._extent, self._operator, self._edge, self._version, self._node]
            for _ in range(self.random.choice([1, 1, 1, 2, 3, 6])):
                self.random.choices(changes, [6, 6, 3, 2, 3, 1, 1])[0](model)
            data = model.SerializeToString()
        if self.random.random() < 0.25:
            for _ in range(self.random.choice([1, 1, 2, 4, 16])):
                data = self._bytes(data)
        return data

    def _bytes(self, data: bytes) -> bytes:
        r, place = self.random, self.random.randrange(len(data) + 1)
        length = r.choice([1, 1, 2, 4, 8, 64])
        kind = r.randrange(6)
        if kind == 0 and data:
            changed = bytearray(data)
            changed[place % len(data)] ^= 1 << r.randrange(8)
            return bytes(changed)
        if kind == 1 and data:
            changed = bytearray(data)
            changed[place % len(data)] = r.choice([0, 1, 0x7F, 0x80, 0xFF, r.randrange(256)])
            return bytes(changed)
        if kind == 2:
            return data[:place] + data[place + length :]
        if kind == 3:
            return data[:place] + r.randbytes(length) + data[place:]
        if kind == 4:
            other = r.choice(self.models)[1]
            start = r.randrange(len(other))
            return data[:place] + other[start : start + length] + data[place:]
        return data[:place] if r.random() < 0.2 else data[:place] + data[max(0, place - length) :]

    def _nodes(self, model: onnx.ModelProto) -> list[onnx.NodeProto]:
        found = list(model.graph.node)
        for node in found:
            for attribute in node.attribute:
                found += attribute.g.node
        for function in model.functions:
            found += function.node
        return found

    def _attribute(self, model: onnx.ModelProto) -> None:
        attributes = [each for node in self._nodes(model) for each in node.attribute]
        if not attributes:
            return self._tensor(model)
        each, r = self.random.choice(attributes), self.random
        if each.type == onnx.AttributeProto.INT:
            each.i = r.choice(INTEGERS)
        elif each.type == onnx.AttributeProto.FLOAT:
            each.f = r.choice(REALS)
        elif each.type == onnx.AttributeProto.INTS:
            self._list(each.ints, INTEGERS)
        elif each.type == onnx.AttributeProto.FLOATS:
            self._list(each.floats, REALS)
        elif each.type == onnx.AttributeProto.STRING:
            words = [b"", b"SAME_UPPER", b"SAME_LOWER", b"reflect", b"edge", b"wrap", b"cubic", b"linear", b"nearest",
                     b"tf_crop_and_resize", b"align_corners", b"max", b"ij,jk->ik", b"...i,i->...", b"ii->i", b"\xff"]  # fmt: skip
            each.s = r.choice(words)
        elif each.type == onnx.AttributeProto.TENSOR:
            self._change(each.t)

    def _list(self, values, choices: list) -> None:
        kind = self.random.randrange(4)
        if kind == 0 and len(values):
            del values[self.random.randrange(len(values))]
        elif kind == 1 or not len(values):
            values.append(self.random.choice(choices))
        else:
            values[self.random.randrange(len(values))] = self.random.choice(choices)

    def _tensor(self, model: onnx.ModelProto) -> None:
        tensors = list(model.graph.initializer)
        tensors += [each.t for node in self._nodes(model) for each in node.attribute if each.HasField("t")]
        if tensors:
            self._change(self.random.choice(tensors))

    def _change(self, tensor: TensorProto) -> None:
        """Another element, or other extents with as many elements as they say."""
        r = self.random
        if tensor.data_location == TensorProto.EXTERNAL:
            return
        try:
            values = numpy_helper.to_array(tensor)
        except (TypeError, ValueError, KeyError):
            return
        if r.random() < 0.3 and values.size < 1000:
            shape = [r.choice([0, 1, 2, 3, 5]) for _ in range(r.randrange(5))]
            values = np.resize(values, shape) if values.size else np.zeros(shape, values.dtype)
        elif r.random() < 0.1:
            tensor.dims.append(r.choice(INTEGERS))
            return
        values = values.copy()
        if values.size and values.dtype != object:
            set_element(values, r)
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))

    def _extent(self, model: onnx.ModelProto) -> None:
        r = self.random
        values = [each for each in [*model.graph.input, *model.graph.output] if each.type.HasField("tensor_type")]
        if not values:
            return
        kind = r.choice(values).type.tensor_type
        if r.random() < 0.2:
            kind.elem_type = r.randrange(18)
        elif kind.shape.dim and r.random() < 0.8:
            extent = r.choice(list(kind.shape.dim))
            extent.dim_value = r.choice([0, 1, 2, 3, 4, 5, 7, 8, 16, 64, *INTEGERS])
        else:
            kind.shape.dim.add().dim_value = r.choice([0, 1, 2, 3])

    def _operator(self, model: onnx.ModelProto) -> None:
        node = self.random.choice(self._nodes(model) or [onnx.NodeProto()])
        node.op_type = self.random.choice(sorted(onnx_operators.ALL_OPERATORS))

    def _edge(self, model: onnx.ModelProto) -> None:
        r = self.random
        nodes = self._nodes(model)
        if not nodes:
            return
        node = r.choice(nodes)
        names = [name for each in nodes for name in each.output] + [each.name for each in model.graph.input]
        names += [each.name for each in model.graph.initializer] + [""]
        values = node.output if r.random() < 0.1 else node.input
        self._list(values, names)

    def _version(self, model: onnx.ModelProto) -> None:
        if model.opset_import:
            model.opset_import[0].version = self.random.choice([0, 7, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23])

    def _node(self, model: onnx.ModelProto) -> None:
        nodes = model.graph.node
        if not len(nodes):
            return
        if self.random.random() < 0.5:
            del nodes[self.random.randrange(len(nodes))]
        else:
            nodes.append(nodes[self.random.randrange(len(nodes))])


def given(info: dict, r: random.Random) -> np.ndarray | None:
    """A small array for an input of a model; None when the model demands a large one."""
    generator = np.random.default_rng(r.randrange(1 << 32))
    types = {"float64": np.float64, "float32": np.float32, "float16": np.float16, "bool": np.bool_}
    kind = np.dtype(types.get(info["type"], info["type"] if info["type"] in _WHOLE else np.float32))
    shape = [extent if isinstance(extent, int) else int(generator.integers(0, 9)) for extent in info["shape"] or [2, 3]]
    if np.prod([float(max(1, extent)) for extent in shape]) > 1e5:
        return None
    values = (generator.normal(size=shape) if kind.kind == "f" else generator.integers(0, 5, shape)).astype(kind)
    if values.size and r.random() < 0.3:
        set_element(values, r)
    return values


_WHOLE = {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}


def attempt(path: Path, seed: int) -> str:
    """Loads and runs one file; the name of the status it ended with."""
    import sgc

    r = random.Random(seed)
    try:
        with sgc.Teacher(path, threads=1, memory_budget=256 << 20, operation_limit=1_000_000_000) as teacher:
            info = teacher.info
            inputs = {each["name"]: given(each, r) for each in info["inputs"]}
            if any(value is None for value in inputs.values()):
                return "too large"
            if info["kind"] in ("segmentation", "features"):
                teacher.features(np.frombuffer(r.randbytes(12 * 9 * 3), np.uint8).reshape(12, 9, 3))
            outputs = [each["name"] for each in info["outputs"]]
            inner = [name for name in info["values"] if name not in outputs]
            for names in (outputs, inner[seed % max(1, len(inner)) :][:1]):
                if names:
                    teacher.evaluate(inputs, names)
    except sgc.InternalError as error:
        raise AssertionError(f"{error.name}: {error}") from error
    except sgc.Error as error:
        assert len(str(error).encode()) < 512
        return error.name
    return "SGC_OK"


def work(folder: Path, seed: int, numbers: range) -> None:
    """Runs cases in this process; `folder` always has the one that is being run."""
    faulthandler.enable()
    with tempfile.TemporaryDirectory() as scratch:
        models = corpus(Path(scratch))
    path = folder / "case.onnx"
    shutil.copy(GOLDEN / "new-18.onnx.data", folder)
    counts: dict[str, int] = {}
    for number in numbers:
        try:
            data = Damage(f"{seed}:{number}", models).draw()
        except (DecodeError, ValueError):
            continue
        (folder / "number").write_text(str(number))
        path.write_bytes(data)
        # Its signal is not handled: what does not return in time ends the process.
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        verdict = attempt(path, number)
        signal.setitimer(signal.ITIMER_PROF, 0)
        counts[verdict] = counts.get(verdict, 0) + 1
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
        assert memory <= MEMORY, f"{memory >> 20} MiB of memory"
    print(counts)


def fuzz(cases: int, seed: int, keep: Path | None = None, start: int = 0, report: Callable = functools.partial(print, flush=True)) -> list[str]:
    """Runs cases in one process after another: a sentence for each that did not survive."""
    failures = []
    number, end = start, start + cases
    while number < end:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            arguments = ["--work", temporary, "--seed", str(seed), "--start", str(number), "--cases", str(end - number)]
            try:
                result = subprocess.run(
                    [sys.executable, __file__, *arguments], capture_output=True, text=True,
                    timeout=120 + (end - number), env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                )  # fmt: skip
                code, said = result.returncode, result.stdout + result.stderr
            except subprocess.TimeoutExpired:
                code, said = "timeout", ""
            if code == 0:
                report(said.strip())
                return failures
            if not (folder / "number").exists():
                raise RuntimeError(f"the cases cannot be made: exit {code}\n{said}")
            number = int((folder / "number").read_text())
            failures.append(f"case {number} of seed {seed}: exit {code}\n{said[-1500:]}")
            report(failures[-1])
            if keep:
                keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(folder / "case.onnx", keep / f"{seed}-{number}.onnx")
            number += 1
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.seed, range(options.start, options.start + options.cases))
        return 0
    return 1 if fuzz(options.cases, options.seed, options.keep, options.start) else 0


if __name__ == "__main__":
    sys.exit(main())
