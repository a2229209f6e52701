"""Packs exports for the tests: what they compute, without weights, documentation and names for debugging.

    python Tests/Golden/onnx/pack_exports.py EXPORTS Tests/Golden/onnx/exports.tar.xz

EXPORTS is a folder that parity_models.py made. Weights of more than 16 numbers are left out: the tests fill in random
ones, and ask ONNX Runtime for the outputs. Needs `onnx`.
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
from math import prod
from pathlib import Path

import onnx

#: Numbers up to which a constant is kept: scales and sizes, which mean something.
KEPT = 16


def stripped(path: Path) -> bytes:
    """The graph with short names and without its weights."""
    model = onnx.load(path, load_external_data=False)
    model.doc_string = ""
    del model.metadata_props[:]
    del model.graph.value_info[:]
    names = {info.name: info.name for info in [*model.graph.input, *model.graph.output]}

    def short(name: str) -> str:
        return names.setdefault(name, f"{len(names):x}") if name else name

    for node in model.graph.node:
        node.name = node.doc_string = ""
        del node.metadata_props[:]
        node.input[:] = [short(name) for name in node.input]
        node.output[:] = [short(name) for name in node.output]
    for tensor in model.graph.initializer:
        tensor.name, tensor.doc_string = short(tensor.name), ""
        del tensor.metadata_props[:]
        if tensor.data_type == onnx.TensorProto.FLOAT and prod(tensor.dims) > KEPT:
            for field in ("raw_data", "float_data", "external_data", "data_location"):
                tensor.ClearField(field)
    return model.SerializeToString(deterministic=True)


def main() -> None:
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    manifest = json.loads((folder / "manifest.json").read_text())
    entries = [
        {key: entry[key] for key in ("model", "exporter", "opset", "file", "runs", "outputs")} | {"inputs": {}}
        for entry in manifest["exports"] if "file" in entry
    ]  # fmt: skip
    files = {}
    for entry in entries:
        files[entry["file"]] = stripped(folder / entry["file"])
        source = next(e for e in manifest["exports"] if e.get("file") == entry["file"])
        entry["inputs"], entry["outputs"] = source["inputs"], list(source["outputs"])
    files["manifest.json"] = json.dumps({"versions": manifest["versions"], "exports": entries}, indent=1).encode()
    with tarfile.open(target, "w:xz") as archive:
        for name in sorted(files):
            info = tarfile.TarInfo(name)
            info.size = len(files[name])
            archive.addfile(info, io.BytesIO(files[name]))


if __name__ == "__main__":
    main()
