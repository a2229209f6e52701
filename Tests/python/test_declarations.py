"""The Python declarations against include/sgc.h, and the header against its compilers."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess

import pytest
from conftest import LIBRARY, ROOT

from sgc import _native

HEADER = ROOT / "include" / "sgc.h"
TEXT = HEADER.read_text()
CODE = re.sub(r"/\*.*?\*/", " ", TEXT, flags=re.S)

STRUCTURES = {
    "sgc_image": _native.Image,
    "sgc_mutable_image": _native.MutableImage,
    "sgc_label_map": _native.LabelMap,
    "sgc_engine_options": _native.EngineOptions,
    "sgc_encoding": _native.Encoding,
    "sgc_step_metrics": _native.StepMetrics,
    "sgc_teacher_answer": _native.TeacherAnswer,
    "sgc_tensor": _native.Tensor,
}


def functions() -> dict[str, tuple[str, list[str]]]:
    """name: (result, parameters) of every function in the header."""
    found = {}
    for result, name, parameters in re.findall(
        r"SGC_API\s+(?:SGC_CHECK_RESULT\s+)?([\w\s*]+?)\s*\b(sgc_\w+)\(([^)]*)\)\s*;", CODE
    ):
        parts = [re.sub(r"\s+", " ", part).strip() for part in parameters.split(",")]
        found[name] = (result.strip(), [] if parts == ["void"] else parts)
    return found


def kind(declaration: str) -> str:
    """What ctypes must use for a C declaration."""
    if declaration.count("*") == 0:
        base = declaration.replace("const ", "").split()[0]
        return {
            "int32_t": "c_int", "sgc_status": "c_int", "size_t": "c_ulong", "sgc_log_callback": "CFunctionType",
            "void": "None",
        }[base]  # fmt: skip
    base = declaration.replace("const ", "").split("*")[0].strip()
    if declaration.count("*") == 2:
        return "LP_c_void_p"
    if base in ("void", "sgc_tokenizer", "sgc_teacher", "sgc_trainer"):
        return "c_void_p"
    if base == "char":
        return "c_char_p"
    return "LP_" + {
        "int32_t": "c_int", "size_t": "c_ulong", "float": "c_float",
        **{name: structure.__name__ for name, structure in STRUCTURES.items()},
    }[base]  # fmt: skip


def test_the_header_and_the_binding_have_the_same_functions_in_the_same_order():
    assert len(functions()) > 20
    assert list(functions()) == list(_native.FUNCTIONS)


@pytest.mark.parametrize("name", _native.FUNCTIONS)
def test_each_function_has_the_header_s_parameters(name):
    result, parameters = functions()[name]
    declared_result, declared = _native.FUNCTIONS[name]
    assert len(declared) == len(parameters)
    assert (declared_result.__name__ if declared_result else "None") == kind(result + " ")
    assert [parameter.__name__ for parameter in declared] == [kind(parameter) for parameter in parameters]


def test_structures_have_the_compiler_s_sizes_and_offsets(tmp_path):
    lines = []
    for name, structure in STRUCTURES.items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        for field, _ in structure._fields_:
            lines.append(f'printf("{name}.{field} %zu\\n", offsetof({name}, {field}));')
    source = tmp_path / "sizes.c"
    source.write_text(f'#include <sgc.h>\n#include <stdio.h>\nint main(void) {{ {" ".join(lines)} return 0; }}\n')
    subprocess.run(["gcc", "-I", HEADER.parent, source, "-o", tmp_path / "sizes"], check=True)
    output = subprocess.run([tmp_path / "sizes"], check=True, capture_output=True, text=True).stdout
    compiled = dict(line.split() for line in output.splitlines())
    for name, structure in STRUCTURES.items():
        assert ctypes.sizeof(structure) == int(compiled[name]), name
        for field, _ in structure._fields_:
            assert getattr(structure, field).offset == int(compiled[f"{name}.{field}"]), f"{name}.{field}"
        header_fields = re.search(r"typedef struct " + name + r" \{(.*?)\}", CODE, re.S).group(1).count(";")
        assert header_fields == len(structure._fields_), name


def test_the_sizes_of_version_0_1_never_change():
    sizes = {name: ctypes.sizeof(structure) for name, structure in STRUCTURES.items()}
    assert sizes == {
        "sgc_image": 40, "sgc_mutable_image": 40, "sgc_label_map": 40, "sgc_engine_options": 32, "sgc_encoding": 96,
        "sgc_step_metrics": 120, "sgc_teacher_answer": 80, "sgc_tensor": 112,
    }  # fmt: skip


def test_constants_agree():
    header = {name: int(value) for name, value in re.findall(r"\b(SGC_\w+) = (-?\d+)", CODE)}
    assert {name: value for name, value in header.items() if name == "SGC_OK" or "_E_" in name} == _native.STATUSES
    for name, value in header.items():
        if name.startswith(("SGC_PIXEL_", "SGC_LABEL_", "SGC_PRECISION_")):
            assert getattr(_native, name[4:]) == value
    defined = {name: int(value) for name, value in re.findall(r"#define (SGC_\w+) (\d+)$", CODE, re.M)}
    version = tuple(defined[f"SGC_VERSION_{part}"] for part in ("MAJOR", "MINOR", "PATCH"))
    assert version == _native.VERSION
    assert defined["SGC_ABI_VERSION"] == _native.ABI_VERSION
    library = _native.library
    assert library.sgc_version() == version[0] * 1_000_000 + version[1] * 1_000 + version[2]
    assert library.sgc_version_string().decode() == ".".join(map(str, version))
    for name, value in _native.STATUSES.items():
        assert library.sgc_status_name(value).decode() == name
    assert library.sgc_status_name(1000).decode() == "SGC_E_?"


USE = """#include <sgc.h>
int main(void) {
    sgc_image image = SGC_IMAGE_INIT;
    sgc_mutable_image mutable_image = SGC_MUTABLE_IMAGE_INIT;
    sgc_label_map map = SGC_LABEL_MAP_INIT;
    sgc_engine_options options = SGC_ENGINE_OPTIONS_INIT;
    sgc_encoding encoding = SGC_ENCODING_INIT;
    sgc_step_metrics metrics = SGC_STEP_METRICS_INIT;
    sgc_teacher_answer answer = SGC_TEACHER_ANSWER_INIT;
    sgc_tensor tensor = SGC_TENSOR_INIT;
    return (int)(image.struct_size + mutable_image.struct_size + map.struct_size + options.struct_size +
                 encoding.struct_size + metrics.struct_size + answer.struct_size + tensor.struct_size) == 0;
}
"""


@pytest.mark.parametrize(
    "compiler, standard, suffix",
    [(c, s, ".c") for c in ("gcc", "clang") for s in ("c99", "c11")]
    + [(c, s, ".cpp") for c in ("g++", "clang++") for s in ("c++11", "c++17", "c++20")],
)
def test_the_header_compiles_without_a_warning(compiler, standard, suffix, tmp_path):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not on this machine")
    source = tmp_path / f"use{suffix}"
    source.write_text(USE)
    strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-missing-field-initializers"]
    if compiler in ("gcc", "g++"):
        strict.pop()
    command = [compiler, f"-std={standard}", *strict, "-I", HEADER.parent, "-c", source, "-o", tmp_path / "use.o"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_the_library_exports_the_header_s_functions_and_nothing_else():
    listing = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], check=True, capture_output=True, text=True).stdout
    symbols = [line.split() for line in listing.splitlines()]
    exported = {name.split("@")[0] for _, symbol_kind, name in symbols if symbol_kind != "A"}
    assert exported == set(functions())
    assert all(name.endswith("@@SGC_0") for _, symbol_kind, name in symbols if symbol_kind == "T")


def test_the_library_needs_no_swift_and_stays_loaded():
    needed = subprocess.run(["ldd", LIBRARY], check=True, capture_output=True, text=True).stdout
    assert "swift" not in needed.lower() and "dispatch" not in needed and "Foundation" not in needed
    dynamic = subprocess.run(["readelf", "-dW", LIBRARY], check=True, capture_output=True, text=True).stdout
    assert "[libsgc.so.0]" in dynamic
    assert "NODELETE" in dynamic
    assert "TEXTREL" not in dynamic and "STATIC_TLS" not in dynamic
    segments = subprocess.run(["readelf", "-lW", LIBRARY], check=True, capture_output=True, text=True).stdout
    assert not re.search(r"GNU_STACK.*E\s", segments)
