"""Runs ONNX's own operator tests through the binding, and writes docs/onnx.md from what came out.

    python Tests/python/onnx_operators.py --write docs/onnx.md

The cases are those of the `onnx` package (`onnx.backend.test`, kind "node"): each is a graph of one operator, or the
expansion of one into others, with inputs and outputs.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests

#: The versions of the operator set that libsgc reads.
OPSETS = range(11, 23)

#: Cases whose expected values are wrong: ONNX Runtime gives what libsgc gives.
WRONG_CASES = {"test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True"}


@dataclass(frozen=True)
class Outcome:
    """What came out of one case."""

    case: str
    #: The operator that the case is about.
    operator: str
    opset: int
    #: "passed", "unsupported" or "failed".
    verdict: str
    message: str = ""


def cases() -> Iterator[tuple[object, onnx.ModelProto]]:
    """Every case of the default domain in an operator set that libsgc reads, with its graph."""
    for case in load_model_tests(kind="node"):
        model = onnx.load(Path(case.model_dir) / "model.onnx", load_external_data=False)
        versions = {entry.domain: entry.version for entry in model.opset_import}
        if set(versions) == {""} and versions[""] in OPSETS and case.name not in WRONG_CASES:
            yield case, model


def operator_of(case: object, model: onnx.ModelProto) -> str:
    """The operator a case is about: the graph's only one, or the one whose expansion it is."""
    operators = {node.op_type for node in model.graph.node if node.op_type != "Constant"}
    if len(operators) == 1:
        return operators.pop()
    words = re.sub(r"_expanded.*", "", case.name.removeprefix("test_")).replace("_", "")
    known = [name for name in ALL_OPERATORS if words.startswith(name.lower())]
    return f"{max(known, key=len)} (expanded)" if known else "several"


ALL_OPERATORS = {schema.name for schema in onnx.defs.get_all_schemas_with_history() if schema.domain == ""}


def read(path: Path, info: onnx.ValueInfoProto) -> np.ndarray | None:
    """A tensor of a case; `None` for what is no tensor, or has a type that NumPy lacks."""
    if not info.type.HasField("tensor_type") or info.type.tensor_type.elem_type == onnx.TensorProto.BFLOAT16:
        return None
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return numpy_helper.to_array(tensor)


def run(case: object, model: onnx.ModelProto) -> Outcome:
    """Loads and runs one case with all its data."""
    import sgc

    operator = operator_of(case, model)
    opset = model.opset_import[0].version

    def outcome(verdict: str, message: str = "") -> Outcome:
        return Outcome(case.name, operator, opset, verdict, message)

    directory = Path(case.model_dir)
    try:
        with sgc.Teacher(directory / "model.onnx") as teacher:
            for data in sorted(directory.glob("test_data_set_*")):
                inputs = [read(data / f"input_{i}.pb", info) for i, info in enumerate(model.graph.input)]
                outputs = [read(data / f"output_{i}.pb", info) for i, info in enumerate(model.graph.output)]
                if any(value is None for value in inputs + outputs):
                    return outcome("unsupported", "a value that NumPy cannot hold")
                names = [info.name for info in model.graph.output]
                given = {info.name: value for info, value in zip(model.graph.input, inputs)}
                results = teacher.evaluate(given, names)
                for name, expected in zip(names, outputs):
                    result = results[name]
                    if result.shape != expected.shape or result.dtype != expected.dtype:
                        return outcome(
                            "failed",
                            f"{name}: expected {expected.dtype} {expected.shape}, got {result.dtype} {result.shape}",
                        )
                    if np.issubdtype(expected.dtype, np.floating):
                        close = np.allclose(
                            result.astype(np.float64), expected.astype(np.float64), case.rtol, max(case.atol, 1e-5),
                            equal_nan=True,
                        )  # fmt: skip
                    else:
                        close = np.array_equal(result, expected)
                    if not close:
                        return outcome("failed", f"{name}: other values")
    except sgc.Error as error:
        verdict = "unsupported" if error.name == "SGC_E_UNSUPPORTED" else "failed"
        # The page is the same wherever the package lies: a case goes by its folder's name.
        return outcome(verdict, str(error).replace(f"{directory.parent}/", ""))
    return outcome("passed")


def outcomes() -> list[Outcome]:
    return [run(case, model) for case, model in cases()]


def page(results: list[Outcome]) -> str:
    """docs/onnx.md."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for result in results:
        groups[result.operator].append(result)
    rows = []
    for operator in sorted(groups):
        group = groups[operator]
        passed = sum(result.verdict == "passed" for result in group)
        if not passed:
            continue
        left = sorted({result.message for result in group if result.verdict == "unsupported"})
        reasons = "; ".join(message.split("): ", 1)[-1] for message in left)
        rows.append(f"| {operator} | {passed} / {len(group)} | {reasons} |")
    supported = [row for row in rows if "(expanded)" not in row]
    missing = sorted(
        operator for operator, group in groups.items()
        if "(expanded)" not in operator and all(result.verdict != "passed" for result in group)
    )  # fmt: skip
    passed = sum(result.verdict == "passed" for result in results)
    failed = sum(result.verdict == "failed" for result in results)
    return "\n".join(
        [
            "# ONNX operators",
            "",
            "<!-- Made by Tests/python/onnx_operators.py; the tests compare this page with what it finds. -->",
            "",
            f"libsgc reads files of IR 3 to 11 with the default operator set in versions {OPSETS.start} to "
            f"{OPSETS.stop - 1}. Of the {len(results)} operator tests that the",
            f"`onnx` package {onnx.__version__} has for these versions, {passed} pass, {failed} fail, and "
            f"{len(results) - passed - failed} use something that libsgc refuses to load or run",
            f"with `SGC_E_UNSUPPORTED`. {len(supported)} operators pass at least one; \"expanded\" cases write an operator "
            "out in others.",
            "",
            "| operator | official cases passed | refused |",
            "|---|---|---|",
            *rows,
            "",
            "Operators with official cases of which none runs: " + ", ".join(missing) + ".",
            "",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", type=Path, help="the page to write")
    parser.add_argument("--all", action="store_true", help="list refused cases, too")
    arguments = parser.parse_args()
    results = outcomes()
    for result in results:
        if result.verdict == "failed" or (arguments.all and result.verdict != "passed"):
            print(f"{result.verdict}: {result.case}: {result.message}")
    if arguments.write:
        arguments.write.write_text(page(results))
    counts = {verdict: sum(r.verdict == verdict for r in results) for verdict in ("passed", "unsupported", "failed")}
    print(counts)
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
