"""examples/photographs.py at its quick setting: its figures are scikit-image's own on what the command reconstructs."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from conftest import COMMAND, ROOT
from skimage import io, metrics


def test_photographs(tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, ROOT / "examples" / "photographs.py", "--quick", "--sgc", COMMAND, "--out", out]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert "to train on, 48 of 2 others to measure" in result.stdout
    figures = json.loads((out / "results.json").read_text())
    assert list(figures) == ["vq", "cvq", "sgc"]
    lines = result.stdout.splitlines()[-3:]
    for line, (kind, values) in zip(lines, figures.items()):
        assert line.split()[:2] == [kind, f"{values['psnr']:.3f}"]
        assert values["images"] == 48 and 0 < values["usage"] <= 1 and values["psnr"] > 10
        assert values["temporal"] is None and set(values["uniqueness"]) == {"0.1", "0.3", "0.5", "0.7", "0.9"}

    # The same again, by scikit-image from the pictures.
    result = subprocess.run(
        [COMMAND, "reconstruct", out / "unseen" / "images", "--model", out / "sgc", "--out", tmp_path / "again", "--json"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    items = json.loads(result.stdout)["images"]
    pairs = [(io.imread(item["input"]), io.imread(item["output"])) for item in items]
    psnr = [metrics.peak_signal_noise_ratio(a, b) for a, b in pairs]
    gaussian = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    # Only windows inside the image count.
    maps = [metrics.structural_similarity(a, b, channel_axis=2, full=True, **gaussian)[1] for a, b in pairs]
    ssim = [values[5:-5, 5:-5].mean() for values in maps]
    assert figures["sgc"]["psnr"] == pytest.approx(np.mean(psnr), abs=1e-5)
    assert figures["sgc"]["ssim"] == pytest.approx(np.mean(ssim), abs=1e-5)
