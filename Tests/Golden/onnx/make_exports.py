"""Small models as real exporters write them, and what is in them.

    python3 -m venv build/golden-onnx
    build/golden-onnx/bin/pip install numpy==2.4.6 torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2
    build/golden-onnx/bin/python Tests/Golden/onnx/make_exports.py

old-13        PyTorch's exporter over TorchScript, opset 13, dynamic batch
new-18        PyTorch's exporter over torch.export, opset 18, weights in new-18.onnx.data
functions-18  onnxscript: functions in the file, one with an attribute that has a default, one called inside another
if-17         an If with a constant condition (onnx.helper)

Each NAME.onnx has a NAME.json: versions, operators in order (functions inlined), inputs and outputs as "NAME: TYPE [EXTENTS]",
and initializers with the SHA-256 of their little-endian bytes behind that. Seed 20260101.
"""

import hashlib
import json
import pathlib

import onnx
import onnx.inliner
import onnxscript
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxscript import FLOAT, opset18 as op

HERE = pathlib.Path(__file__).parent


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.norm = torch.nn.LayerNorm(8)
        self.linear = torch.nn.Linear(8, 4)

    def forward(self, image):
        x = torch.nn.functional.silu(self.convolution(image))
        x = self.norm(x.flatten(2).transpose(1, 2))
        return torch.nn.functional.gelu(self.linear(x)).mean(1)


def export_old(path):
    torch.onnx.export(
        Block().eval(), (torch.zeros(1, 3, 8, 8),), str(path), dynamo=False, opset_version=13,
        input_names=["image"], output_names=["features"],
        dynamic_axes={"image": {0: "batch"}, "features": {0: "batch"}})


def export_new(path):
    torch.onnx.export(
        Block().eval(), (torch.zeros(2, 3, 8, 8),), str(path), dynamo=True, opset_version=18, external_data=True,
        input_names=["image"], output_names=["features"], dynamic_shapes={"image": {0: torch.export.Dim("batch")}},
        verbose=False)
    # Paths of the machine that exported.
    model = onnx.load(path, load_external_data=False)
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if "stack_trace" not in entry.key]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    path.write_bytes(model.SerializeToString())


domain = onnxscript.values.Opset("golden", 1)


@onnxscript.script(domain, default_opset=op)
def Scaled(x, alpha: float = 2.0):
    return op.LeakyRelu(x, alpha=alpha)


@onnxscript.script(domain, default_opset=op)
def Twice(x):
    return Scaled(Scaled(x), alpha=0.5)


@onnxscript.script(default_opset=op)
def main(x: FLOAT["N", 4]) -> FLOAT["N", 4]:
    return op.Add(Twice(x), Scaled(x))


def export_functions(path):
    onnx.save(main.to_model_proto(), path)


def export_if(path):
    def branch(name, factor):
        value = helper.make_tensor(f"{name}_factor", TensorProto.FLOAT, [], [factor])
        return helper.make_graph(
            [helper.make_node("Mul", ["x", f"{name}_factor"], [f"{name}_y"])], name, [],
            [helper.make_tensor_value_info(f"{name}_y", TensorProto.FLOAT, [2])], [value])

    graph = helper.make_graph(
        [
            helper.make_node("Constant", [], ["condition"], value=helper.make_tensor("", TensorProto.BOOL, [], [True])),
            helper.make_node("If", ["condition"], ["y"], name="choice", then_branch=branch("then", 2.0),
                             else_branch=branch("else", 3.0)),
        ],
        "if", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def describe(path):
    model = onnx.load(path)
    inlined = onnx.inliner.inline_local_functions(model)

    def info(value):
        tensor = value.type.tensor_type
        return f"{value.name}: {tensor.elem_type} [{', '.join(str(d.dim_param or d.dim_value) for d in tensor.shape.dim)}]"

    def weight(tensor):
        array = numpy_helper.to_array(tensor)
        return (f"{tensor.name}: {tensor.data_type} [{', '.join(map(str, array.shape))}] "
                f"{hashlib.sha256(array.tobytes()).hexdigest()}")

    description = {
        "ir": model.ir_version,
        "opset": next(o.version for o in model.opset_import if o.domain == ""),
        "producer": f"{model.producer_name} {model.producer_version}".strip(),
        "operators": [node.op_type for node in inlined.graph.node],
        "inputs": [info(value) for value in model.graph.input],
        "outputs": [info(value) for value in model.graph.output],
        "initializers": sorted(weight(tensor) for tensor in model.graph.initializer),
    }
    path.with_suffix(".json").write_text(json.dumps(description, indent=1) + "\n")


def main_script():
    torch.manual_seed(20260101)
    for name, export in [("old-13", export_old), ("new-18", export_new), ("functions-18", export_functions),
                         ("if-17", export_if)]:
        path = HERE / f"{name}.onnx"
        export(path)
        describe(path)


if __name__ == "__main__":
    main_script()
