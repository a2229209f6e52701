"""Exports random-weight networks through both of PyTorch's exporters, with what ONNX Runtime computes from them.

    python parity_models.py FOLDER [--tiny] [--models NAME ...] [--combinations old-11 new-20 ...]

Per export MODEL-EXPORTER-OPSET.onnx (new: with .onnx.data beside it) and per model MODEL.npz and, for each export,
MODEL-EXPORTER-OPSET.npz; manifest.json lists them with the reason where an exporter refused. README.md has the rest.
"""

import argparse
import gc
import json
import logging
import pathlib
import platform
import sys
import time
import warnings

import numpy
import onnx
import onnxruntime
import torch
import transformers

import models

COMBINATIONS = ["old-11", "old-13", "old-17", "old-18", "old-20", "new-18", "new-20"]
BATCHES = [1, 2]


def export_old(case, path, opset):
    """TorchScript's exporter: traces, one file with the weights inside."""
    axes = case.dynamic_axes() | {name: {0: "batch"} for name in case.outputs}
    torch.onnx.export(
        case.module, case.arguments(BATCHES[-1], case.sizes[0], 1), path, dynamo=False, opset_version=opset,
        input_names=case.inputs, output_names=case.outputs, dynamic_axes=axes,
    )  # fmt: skip


def capture(case):
    """What torch.export makes of the module, for the new exporter."""
    shapes = tuple({axis: torch.export.Dim.DYNAMIC for axis in axes} for axes in case.dynamic_axes().values())
    return torch.export.export(case.module, case.arguments(BATCHES[-1], case.sizes[0], 1), dynamic_shapes=shapes)


def export_new(case, program, path, opset):
    """The exporter over torch.export: weights in PATH.data, each function translated by onnxscript."""
    torch.onnx.export(
        program, (), path, dynamo=True, opset_version=opset, input_names=case.inputs, output_names=case.outputs,
        external_data=True, verbose=False,
    )  # fmt: skip


def runs(case):
    """The runs to compare: name -> inputs."""
    result = {}
    for number, size in enumerate(case.sizes):
        for batch in BATCHES:
            text = str(size) if case.words else f"{size[0]}x{size[1]}"
            result[f"{batch}x{text}"] = case.arguments(batch, size, 100 * number + batch)
    return result


def reference(case, folder, name):
    """Writes inputs, PyTorch's outputs and, for images, the gradient of one output; returns them."""
    arrays = {}
    for run, arguments in runs(case).items():
        image = not case.words
        if image:
            arguments[0].requires_grad_()
        outputs = case.module(*arguments)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        for key, value in zip(case.inputs, arguments):
            arrays[f"{run}/in/{key}"] = value.detach().numpy()
        for key, value in zip(case.outputs, outputs):
            arrays[f"{run}/out/{key}"] = value.detach().numpy()
        if image:
            random = torch.Generator().manual_seed(7)
            upstream = torch.randn(outputs[0].shape, generator=random)
            outputs[0].backward(upstream)
            arrays[f"{run}/upstream/{case.outputs[0]}"] = upstream.numpy()
            arrays[f"{run}/gradient/pixel_values"] = arguments[0].grad.numpy()
            case.module.zero_grad(set_to_none=True)
    numpy.savez(folder / f"{name}.npz", **arrays)
    return arrays


def measure(case, path, expected):
    """Runs the file with ONNX Runtime, writes its outputs, returns the largest difference from PyTorch."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    arrays, difference = {}, 0.0
    for run in runs(case):
        feeds = {each.name: expected[f"{run}/in/{each.name}"] for each in session.get_inputs()}
        for key, value in zip(case.outputs, session.run(case.outputs, feeds)):
            wanted = expected[f"{run}/out/{key}"]
            difference = max(difference, float(abs(value - wanted).max() / abs(wanted).max()))
            arrays[f"{run}/out/{key}"] = value
    numpy.savez(path.with_suffix(".npz"), **arrays)
    return difference


def describe(path):
    """What the file says about itself."""
    graph = onnx.load(path, load_external_data=False)
    shape = lambda value: [each.dim_param or each.dim_value for each in value.type.tensor_type.shape.dim]
    return dict(
        ir=graph.ir_version,
        opsets={each.domain: each.version for each in graph.opset_import},
        functions=len(graph.functions),
        nodes=len(graph.graph.node),
        inputs={each.name: shape(each) for each in graph.graph.input},
        outputs={each.name: shape(each) for each in graph.graph.output},
    )


def one_line(error):
    """The first line of an error that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]


def make(name, folder, combinations, tiny):
    """Exports one model in all combinations; yields an entry of the manifest for each."""
    case = models.build(name, tiny)
    expected = reference(case, folder, name)
    program = None
    for combination in combinations:
        exporter, opset = combination.split("-")[0], int(combination.split("-")[1])
        path = folder / f"{name}-{combination}.onnx"
        entry = dict(model=name, exporter=exporter, opset=opset)
        # Scaled-dot-product attention came with opset 14; older exports are made from the plain formula.
        entry["attention"] = "eager" if opset < 14 else "sdpa"
        start = time.monotonic()
        try:
            if exporter == "old":
                old = models.build(name, tiny, "eager") if opset < 14 else case
                export_old(old, path, opset)
            else:
                program = program or capture(case)
                export_new(case, program, path, opset)
            difference = measure(case, path, expected)
            entry |= dict(file=path.name, arrays=path.with_suffix(".npz").name, reference=f"{name}.npz")
            entry |= dict(runs=list(runs(case)), difference_from_pytorch=difference) | describe(path)
        except Exception as error:  # Whatever an exporter or ONNX Runtime refuses with is what we want to list.
            entry["refused"] = one_line(error)
            for left in folder.glob(f"{path.name}*"):
                left.unlink()
        entry["seconds"] = round(time.monotonic() - start, 2)
        said = entry.get("refused") or f"{entry['nodes']} nodes, {entry['difference_from_pytorch']:.1e} from PyTorch"
        print(f"{path.stem}: {said} ({entry['seconds']} s)", flush=True)
        yield entry
        gc.collect()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tiny", action="store_true", help="few and narrow layers, the same graph patterns")
    parser.add_argument("--models", nargs="+", choices=models.BUILDERS, help="default: all; tiny B0 and B2 are one")
    parser.add_argument("--combinations", nargs="+", choices=COMBINATIONS, default=COMBINATIONS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    manifest = options.folder / "manifest.json"
    entries = json.loads(manifest.read_text())["exports"] if manifest.exists() else []
    every = [name for name in models.BUILDERS if not (options.tiny and name == "segformer-b2")]
    for name in options.models or every:
        for entry in make(name, options.folder, options.combinations, options.tiny):
            same = ("model", "exporter", "opset")
            entries = [each for each in entries if any(each[key] != entry[key] for key in same)] + [entry]
        versions = dict(
            python=platform.python_version(), torch=torch.__version__, transformers=transformers.__version__,
            onnx=onnx.__version__, onnxruntime=onnxruntime.__version__,
        )  # fmt: skip
        manifest.write_text(json.dumps(dict(tiny=options.tiny, versions=versions, exports=entries), indent=1) + "\n")
    return 0 if all("file" in entry for entry in entries) else 1


if __name__ == "__main__":
    sys.exit(main())
