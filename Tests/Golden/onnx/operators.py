"""Lists the operators of ONNX files: python operators.py FOLDER [FOLDER ...]

One line per (domain, operator, opset of the file): nodes, files, and each attribute with its values.
"""

import collections
import pathlib
import sys

import onnx

SHOWN = 8  # values of an attribute; more are counted


def text(attribute):
    """The value of an attribute, short."""
    value = onnx.helper.get_attribute_value(attribute)
    if isinstance(value, onnx.TensorProto):
        return f"tensor({onnx.TensorProto.DataType.Name(value.data_type).lower()}, {list(value.dims)})"
    if isinstance(value, onnx.GraphProto):
        return f"graph({len(value.node)} nodes)"
    return value.decode() if isinstance(value, bytes) else str(value)


def nodes(holder):
    """All nodes of a graph or function, those of its subgraphs too."""
    waiting = list(holder.node)
    while waiting:
        node = waiting.pop()
        yield node
        for attribute in node.attribute:
            waiting += attribute.g.node


def main():
    files = collections.defaultdict(set)
    counts = collections.Counter()
    attributes = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    paths = sorted(path for folder in sys.argv[1:] for path in pathlib.Path(folder).glob("**/*.onnx"))
    for path in paths:
        model = onnx.load(path, load_external_data=False)
        versions = {each.domain: each.version for each in model.opset_import}
        for holder in [model.graph, *model.functions]:
            for node in nodes(holder):
                key = (node.domain or "ai.onnx", node.op_type, versions.get(node.domain, 0))
                counts[key] += 1
                files[key].add(path)
                given = "".join("x" if name else "-" for name in node.input)
                attributes[key][f"inputs ({len(node.output)} outputs)"][given] += 1
                for attribute in node.attribute:
                    attributes[key][attribute.name][text(attribute)] += 1
    print(f"{len(paths)} files, {len({key[:2] for key in counts})} operators")
    for key in sorted(counts):
        domain, name, version = key
        print(f"\n{domain} {name} opset {version}: {counts[key]} nodes in {len(files[key])} files")
        for attribute, values in sorted(attributes[key].items()):
            most = ", ".join(f"{value} x{count}" for value, count in values.most_common(SHOWN))
            print(f"    {attribute}: {most}" + (f", and {len(values) - SHOWN} more" if len(values) > SHOWN else ""))


if __name__ == "__main__":
    main()
