"""The examples: compiled by their build file and run as their texts say."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import LIBRARY, ROOT, SOURCES, TINY, scenes


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cmake")
    if subprocess.run(["which", "cmake"], capture_output=True).returncode:
        pytest.skip("cmake is not on this machine")
    configure = ["cmake", "-S", ROOT, "-B", folder, f"-DSGC_LIBRARY={LIBRARY}", "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON"]
    flags = {"CFLAGS": "-Werror", "CXXFLAGS": "-Werror"}
    for command in (configure, ["cmake", "--build", folder]):
        result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **flags})
        assert result.returncode == 0, result.stdout + result.stderr
    return folder


def run(*command) -> str:
    environment = {**os.environ, "LD_LIBRARY_PATH": str(LIBRARY.parent), "PYTHONPATH": str(SOURCES)}
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, env=environment)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_c_encodes_and_decodes(programs, model, tokenizer, tmp_path):
    image = scenes(1, 30, 45)[0][0]
    (tmp_path / "in.ppm").write_bytes(b"P6\n45 30\n255\n" + image.tobytes())
    output = run(programs / "encode_decode", model, tmp_path / "in.ppm", tmp_path / "out.ppm")
    encoding = tokenizer.encode(image)
    rows = [[int(cell.split("(")[0]) for cell in line.split()] for line in output.splitlines()[1:]]
    np.testing.assert_array_equal(rows, encoding.tokens)
    written = (tmp_path / "out.ppm").read_bytes()
    assert written.startswith(b"P6\n45 30\n255\n")
    pixels = np.frombuffer(written[len(b"P6\n45 30\n255\n") :], np.uint8).reshape(image.shape)
    np.testing.assert_array_equal(pixels, tokenizer.decode(encoding))


def test_c_says_what_is_wrong(programs, tmp_path):
    result = subprocess.run(
        [programs / "encode_decode", tmp_path, "missing.ppm", "x.ppm"], capture_output=True, text=True,
        env={**os.environ, "LD_LIBRARY_PATH": str(LIBRARY.parent)},
    )  # fmt: skip
    assert result.returncode == 1 and "missing.ppm" in result.stderr


def test_cpp_simulator_trains_in_process(programs, tmp_path):
    (tmp_path / "tiny.json").write_text(json.dumps(TINY))
    output = run(programs / "simulator", 3, tmp_path / "tiny.json")
    lines = output.splitlines()
    assert [line.split()[1] for line in lines[:3]] == ["1", "2", "3"]
    assert any("tokens out of" in line for line in lines)
    assert lines[-1].startswith("mean absolute error")


def test_python_trains_and_plots(tmp_path):
    (tmp_path / "tiny.json").write_text(json.dumps(TINY))
    picture = tmp_path / "plot.png"
    script = ROOT / "examples" / "python" / "train_and_plot.py"
    output = run(sys.executable, script, "--steps", 3, "--configuration", tmp_path / "tiny.json", "--output", picture)
    assert "step 3: loss" in output
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
