"""Ground of the tests that go through the real libsgc.so, found by SGC_LIBRARY or in build/lib.

Run with `python -m pytest Tests/python` after `make lib`. Nothing here needs Swift on the machine.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "bindings" / "python" / "src"
LIBRARY = Path(os.environ.get("SGC_LIBRARY") or ROOT / "build" / "lib" / "libsgc.so").resolve()
COMMAND = ROOT / "build" / "bin" / "sgc"
os.environ["SGC_LIBRARY"] = str(LIBRARY)
sys.path.insert(0, str(SOURCES))

#: The model of the tests: as small as the configuration allows, so that a few steps take a second.
TINY = json.loads((Path(__file__).parent / "tiny.json").read_text())


def scenes(count: int, height: int = 32, width: int = 32, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of two colored halves with noise, uint8 [N, H, W, 3], and their classes, uint8 [N, H, W]."""
    random = np.random.default_rng(seed)
    classes = np.zeros((count, height, width), np.uint8)
    for i, edge in enumerate(random.integers(width // 4, 3 * width // 4, count)):
        classes[i, :, edge:] = 1
    colors = random.integers(20, 235, (2, 3))
    images = colors[classes] + random.integers(-20, 20, (count, height, width, 3))
    return images.astype(np.uint8), classes


def child(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs Python code in a fresh process that finds the binding; fails the test when it fails or hangs."""
    paths = os.pathsep.join([str(SOURCES), str(Path(__file__).parent)])
    variables = {**os.environ, "PYTHONPATH": paths, "SGC_LIBRARY": str(LIBRARY), **environment}
    result = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code, *arguments],
        env=variables, capture_output=True, text=True, timeout=120, preexec_fn=_heed_interrupts,
    )  # fmt: skip
    assert result.returncode == 0, f"exit {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result


def _heed_interrupts() -> None:
    """A shell's background jobs ignore Ctrl-C, and so would their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(*arguments: object, status: int = 0) -> subprocess.CompletedProcess:
    """The command on one thread; fails the test when it ends otherwise than expected."""
    command = [str(part) for part in (COMMAND, *arguments, "--threads", "1")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode == status, f"exit {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result


# ---- These need the models: a tiny one is trained for a few steps through the C interface. ----


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a tiny model."""
    import sgc

    directory = tmp_path_factory.mktemp("model") / "tiny"
    with sgc.Trainer(TINY) as trainer:
        for step in range(3):
            trainer.step(*scenes(4, seed=step))
        trainer.export(directory)
    return directory


@pytest.fixture
def tokenizer(model: Path):
    """A tokenizer of the tiny model."""
    import sgc

    with sgc.Tokenizer(model) as tokenizer:
        yield tokenizer


@pytest.fixture
def trainer():
    """A fresh trainer of the tiny model."""
    import sgc

    with sgc.Trainer(TINY) as trainer:
        yield trainer
