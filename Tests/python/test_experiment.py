"""`sgc experiment` as a person runs it: interrupted from the keyboard, started again, and its tables read."""

from __future__ import annotations

import csv
import json
import signal
import statistics
import subprocess
import time
from pathlib import Path

import pytest
from conftest import COMMAND

#: Two cells of the list `quick`, so small that a step takes milliseconds.
SETTINGS = [
    "data.width=32", "data.height=16", "data.count=12", "model.channels=4", "model.channel_multipliers=[1,2]",
    "model.latent_channels=8", "model.norm_groups=2", "quantizer.codebook_size=16", "quantizer.code_dimension=8",
    "run.batch=3", "run.evaluate_images=3", "run.semantics_images=4", "run.sample_images=0",
]  # fmt: skip


def experiment(out: Path, steps: int, *more: str) -> list[str]:
    settings = [argument for setting in SETTINGS for argument in ("--set", setting)]
    return [
        str(COMMAND), "experiment", "quick", "--only", "vq,sgc", "--seeds", "2", "--steps", str(steps),
        "--out", str(out), "--threads", "1", *settings, *more,
    ]  # fmt: skip


def wait_for(condition, process: subprocess.Popen) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert process.poll() is None and time.monotonic() < end, "the experiment ended or hangs"
        time.sleep(0.01)


def test_an_experiment_survives_an_interruption(tmp_path):
    out, steps = tmp_path / "out", 80
    process = subprocess.Popen(experiment(out, steps), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    log = out / "sgc-seed1" / "metrics.csv"
    # The first cell is in the tables, and the second is on its way.
    wait_for(lambda: log.exists() and log.read_text().count("\n") > 20, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT, errors
    early = json.loads((out / "results.json").read_text())
    assert (early["finished"], early["planned"]) == (1, 6)
    assert [len(cell["runs"]) for cell in early["cells"]] == [1, 0, 0]
    first = out / "vq-seed1" / "metrics.json"
    written = first.stat().st_mtime_ns

    result = subprocess.run(experiment(out, steps, "--json"), capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    runs = [line for line in result.stderr.splitlines() if line.startswith("run ")]
    assert [run.split(":")[0] for run in runs] == ["run 1 of 3", "run 2 of 3", "run 3 of 3"]
    assert "sgc, seed 1 goes on after step" in runs[0] and runs[1].endswith("vq, seed 2")
    assert first.stat().st_mtime_ns == written
    assert [int(line.split(",")[0]) for line in log.read_text().splitlines()[1:]] == list(range(1, steps + 1))

    table = list(csv.DictReader((out / "results.csv").open()))
    assert [(row["cell"], row["seed"]) for row in table] == [
        (cell, seed) for cell in ("vq", "sgc") for seed in ("1", "2", "mean", "spread")
    ]
    final = json.loads(result.stdout)
    assert final == json.loads((out / "results.json").read_text())
    assert final["finished"] == 4
    for start, cell in ((0, final["cells"][0]), (4, final["cells"][2])):
        runs = [json.loads((Path(run["run"]) / "metrics.json").read_text()) for run in cell["runs"]]
        for key in ("psnr", "usage", "seconds"):
            values = [run[key] for run in runs]
            assert [float(row[key]) for row in table[start : start + 2]] == values
            assert float(table[start + 2][key]) == pytest.approx(statistics.mean(values))
            assert float(table[start + 3][key]) == pytest.approx(statistics.stdev(values), abs=1e-12)
        assert [float(row["uniqueness_0.5"]) for row in table[start : start + 2]] == [
            run["uniqueness"]["0.5"] for run in runs
        ]
        assert cell["runs"][0]["figures"]["class_kept"] == runs[0]["temporal"]["surface_class_agreement"]
        assert all((Path(run["run"]) / "report.html").exists() for run in cell["runs"])
    # Only SGC has high levels.
    assert [row["silhouette_high"] == "" for row in table[::4]] == [True, False]
    assert all(row["silhouette_full"] for row in table[::4])
    text = (out / "results.md").read_text()
    assert "4 of 6 runs are finished" in text and "± " in text


def test_a_dry_run_lists_cells_and_cost_and_trains_nothing(tmp_path):
    out = tmp_path / "out"
    result = subprocess.run(experiment(out, 7, "--dry-run", "--json"), capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    runs = json.loads(result.stdout)["runs"]
    assert [(run["cell"], run["seed"], run["state"], run["steps"]) for run in runs] == [
        (cell, seed, "to do", 7) for seed in (1, 2) for cell in ("vq", "sgc")
    ]
    assert all(run["operations_per_step"] > 1e6 and run["parameters"] > 1000 for run in runs)
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["quik"], "did you mean quick?"),
        (["quick", "--only", "cqv"], "did you mean"),
        (["quick", "--set", "quantizer.kind=vq"], "differ in"),
        (["quick", "--set", "seed=3"], "seed"),
        (["quick", "--steps", "0"], "run.steps"),
        (["labels", "--set", "data.labelled=false"], "label_noise"),
    ],
)
def test_what_is_wrong_is_said(arguments, message, tmp_path):
    command = [COMMAND, "experiment", *arguments, "--out", tmp_path / "out"]
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1 and message in result.stderr, result.stderr
    assert not (tmp_path / "out").exists()
