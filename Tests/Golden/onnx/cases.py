"""Single nodes with inputs and expected outputs, as JSON: what the operator tests of SGCONNX read."""

import json
import math

import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

KINDS = {
    AttributeProto.INT: "integer",
    AttributeProto.FLOAT: "real",
    AttributeProto.STRING: "string",
    AttributeProto.INTS: "integers",
    AttributeProto.FLOATS: "reals",
    AttributeProto.TENSOR: "tensor",
}


def number(value):
    """JSON has no notation for NaN and infinity: they are strings."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def tensor(array):
    if array is None:
        return None
    array = np.asarray(array)
    name = str(array.dtype)
    values = array
    if name == "bool":
        values = array.astype(np.int64)
    elif name == "uint64":
        values = array.view(np.int64)
    elif array.dtype.kind not in "iu":
        values = array.astype(np.float64)
    # The shortest digits that give the same float32 back.
    flat = [float(str(v)) if name == "float32" else v.item() for v in (array if name == "float32" else values).reshape(-1)]
    return {"type": name, "shape": list(array.shape), "values": [number(v) for v in flat]}


def attribute(a):
    value = helper.get_attribute_value(a)
    kind = KINDS[a.type]
    if kind == "string":
        value = value.decode()
    elif kind == "tensor":
        value = tensor(numpy_helper.to_array(value))
    elif kind in ("integers", "reals"):
        value = [number(v) for v in value]
    return {"kind": kind, "value": number(value)}


def case(name, node, opset, inputs, outputs):
    return {
        "name": name,
        "op": node.op_type,
        "opset": opset,
        "attributes": {a.name: attribute(a) for a in node.attribute},
        "outputCount": len(node.output),
        "inputs": [tensor(x) for x in inputs],
        "outputs": [tensor(y) for y in outputs],
    }


def evaluated(op, opset, inputs, outputs=1, name=None, **attributes):
    """A case whose outputs the reference evaluator of the onnx package computes. Inputs may be None."""
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    results = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, names, results, **attributes)
    given = {n: np.asarray(x) for n, x in zip(names, inputs) if n}
    infos = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape) for n, x in given.items()]
    graph = helper.make_graph(
        [node], "case", infos, [helper.make_tensor_value_info(n, TensorProto.UNDEFINED, None) for n in results])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    computed = ReferenceEvaluator(model).run(results, given)
    return case(name or f"{op} {opset} {attributes}", node, opset, inputs, computed)


def expected(op, opset, inputs, outputs, name=None, **attributes):
    """A case whose outputs are given: where the reference evaluator is wrong, or another package is the judge."""
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    node = helper.make_node(op, names, [f"y{i}" for i in range(len(outputs))], **attributes)
    return case(name or f"{op} {opset} {attributes}", node, opset, inputs, outputs)


def write(path, cases):
    with open(path, "w") as file:
        file.write('{"onnx": "%s", "numpy": "%s", "cases": [\n' % (onnx.__version__, np.__version__))
        file.write(",\n".join(json.dumps(c) for c in cases))
        file.write("\n]}\n")
