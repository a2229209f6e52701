"""The paper's order in a minute, and `sgc doctor` on what the runs left."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import COMMAND

#: The list `quick` on smaller views with fewer codes: three quarters of a minute on two cores.
SETTINGS = [
    "data.width=64", "data.height=32", "data.count=800", "quantizer.codebook_size=64", "run.evaluate_images=96",
    "run.semantics_images=96", "run.sample_images=0",
]  # fmt: skip

#: The target table of SGC-VQGAN's claims, by the names that results.csv and results.json use.
TARGETS = [
    "psnr", "usage", "uniqueness_0.5", "uniqueness_0.9", "silhouette_high", "davies_bouldin_high", "class_kept",
]  # fmt: skip


def sgc(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(part) for part in (COMMAND, *arguments)], capture_output=True, text=True, timeout=300, **options)


@pytest.fixture(scope="module")
def quick(tmp_path_factory) -> Path:
    """A finished experiment with the cells vq, cvq and sgc."""
    out = tmp_path_factory.mktemp("quick")
    settings = [argument for setting in SETTINGS for argument in ("--set", setting)]
    result = sgc("experiment", "quick", "--steps", 100, "--out", out, *settings)
    assert result.returncode == 0, result.stderr
    return out


def test_quick_shows_what_guidance_adds(quick):
    results = json.loads((quick / "results.json").read_text())
    vq, cvq, sgc = (cell["mean"] for cell in results["cells"])
    assert all(sgc[key] is not None for key in TARGETS)
    header = (quick / "results.csv").read_text().splitlines()[0].split(",")
    assert set(TARGETS) <= set(header)
    titles = (quick / "results.md").read_text()
    assert all(
        f" {title} " in titles
        for title in ("PSNR", "usage", "unique > 0.5", "unique > 0.9", "silhouette, high", "Davies-Bouldin, high", "class kept")
    )
    assert min(sgc["usage"], cvq["usage"]) > 0.9 and vq["usage"] < 0.6
    assert sgc["uniqueness_0.5"] > 0.5 and sgc["uniqueness_0.5"] > 2 * cvq["uniqueness_0.5"]
    assert sgc["psnr"] > cvq["psnr"] - 3 > 14


def test_the_doctor_tells_the_collapsed_run_from_the_others(quick):
    result = sgc("doctor", quick / "vq-seed1", "--json")
    assert result.returncode == 1, result.stderr
    diagnosis = json.loads(result.stdout)
    assert (diagnosis["steps"], diagnosis["worst"], diagnosis["healthy"]) == (100, "critical", False)
    collapse = diagnosis["findings"][0]
    assert collapse["rule"] == "codebook-collapse" and "perplexity" in collapse["seen"]
    assert collapse["changes"][0]["setting"] == "quantizer.kind=cvq"
    for cell in ("cvq", "sgc"):
        result = sgc("doctor", quick / f"{cell}-seed1", "--json")
        assert result.returncode == 0, result.stdout
        # Waiting for data depends on what else the machine does.
        assert {finding["rule"] for finding in json.loads(result.stdout)["findings"]} <= {"data-wait"}, result.stdout


def test_its_advice_can_be_typed(quick, tmp_path):
    run = quick / "vq-seed1"
    result = sgc("doctor", run)
    assert result.returncode == 1
    assert "critical: codebook-collapse" in result.stdout and "--set quantizer.kind=cvq" in result.stdout
    assert result.stdout.splitlines()[-1].startswith(f"A run with changed settings: sgc train --config {run}/config.json")
    again = sgc("train", "--config", run / "config.json", "--set", "quantizer.kind=cvq", "--out", tmp_path / "run", "--dry-run")
    assert again.returncode == 0, again.stderr


def test_what_is_no_run_is_said(tmp_path):
    result = sgc("doctor", tmp_path)
    assert result.returncode == 1 and result.stdout == ""
    assert "expected a run directory, found no config.json" in result.stderr
    assert "Exit status: 0" in sgc("doctor", "--help").stdout
