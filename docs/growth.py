"""How time and memory grow, measured with `sgc bench` and drawn: docs/pictures/growth.svg.

    python docs/growth.py

Each time is the fastest of several: neighbors of the machine add to times and take nothing away. Needs a quiet machine for
some minutes, and matplotlib.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SIZES = [(64, 32), (128, 64), (256, 128), (512, 256)]
BATCHES = [1, 2, 4, 8, 16, 32]
ROUNDS = 3
CODES = [256, 1024, 4096, 16384, 65536]


def bench(command: Path, *options: object) -> dict:
    """What `sgc bench` says of the preset `drive-64x128`."""
    words = [command, "bench", "--preset", "drive-64x128", "--json", "--seconds", 1, *options]
    return json.loads(subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True).stdout)


def best(command: Path, runs: list[tuple]) -> list[dict]:
    """What `sgc bench` says of each, the fastest of some rounds over all of them: a machine can be slow for minutes."""
    rounds = [[bench(command, *options) for options in runs] for _ in range(ROUNDS)]
    return [
        {work: min((run[work] for run in same), key=lambda test: test["fastest_seconds"]) for work in same[0]}
        for same in zip(*rounds)
    ]


def search(size: int) -> tuple[float, float]:
    """The fewest seconds in which 4,608 latents of 32 numbers find their codes among `size`, and the most MiB that the
    process had. In a process of its own."""
    sys.path.insert(0, str(ROOT / "bindings" / "python" / "src"))
    os.environ.setdefault("SGC_LIBRARY", str(ROOT / "build" / "lib" / "libsgc.so"))
    import sgc

    model = {"channels": 32, "channel_multipliers": [1, 1], "residual_blocks": 1, "latent_channels": 32, "resolution": 32}
    model["attention_resolutions"] = []
    quantizer = {"kind": "vq", "codebook_size": size, "code_dimension": 32}
    latents = np.random.default_rng(0).standard_normal((4608, 32), np.float32)
    samples = []
    with sgc.Trainer({"model": model, "quantizer": quantizer}) as trainer, trainer.snapshot() as tokenizer:
        for _ in range(10):
            began = time.perf_counter()
            tokenizer.quantize(latents)
            samples.append(time.perf_counter() - began)
    status = Path("/proc/self/status").read_text()
    return min(samples), int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def draw(axes: Any, x: list[float], lines: dict[str, list[float]], labels: tuple[str, str], title: str) -> None:
    """One picture, both axes logarithmic."""
    from matplotlib.ticker import LogLocator, StrMethodFormatter

    for name, values in lines.items():
        axes.plot(x, values, marker="o", label=name)
    axes.set(xlabel=labels[0], ylabel=labels[1], title=title, xscale="log", yscale="log")
    axes.set_xticks(x, [f"{value:g}" for value in x])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sgc", type=Path, default=ROOT / "build" / "bin" / "sgc")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures" / "growth.svg")
    options = parser.parse_args()
    command = options.sgc.resolve()
    threads = list(range(1, len(os.sched_getaffinity(0)) + 1))
    runs = [("--size", f"{width}x{height}", "--batch", 1) for width, height in SIZES]
    runs += [("--batch", batch) for batch in BATCHES]
    runs += [("--threads", count, "--batch", 8) for count in threads]
    results = iter(best(command, runs))
    sizes = [next(results) for _ in SIZES]
    batches = [next(results)["step"] for _ in BATCHES]
    threaded = [next(results) for _ in threads]
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        searches = list(processes.map(search, CODES))

    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "libsgc"
    figure, ((a, b), (c, d), (e, f), (g, h)) = plt.subplots(4, 2, figsize=(11, 16), layout="constrained")
    pixels = [width * height for width, height in SIZES]
    works = {"encode": "encode", "decode": "decode", "step": "training step, 1 image"}
    times = {title: [1000 * size[work]["fastest_seconds"] for size in sizes] for work, title in works.items()}
    draw(a, pixels, times, ("pixels", "ms"), "Time against pixels")
    memory = {title: [size[work]["peak_memory_bytes"] / 2**20 for size in sizes] for work, title in works.items()}
    draw(b, pixels, memory, ("pixels", "MiB"), "Memory against pixels")
    per_image = [1000 * step["fastest_seconds"] / batch for step, batch in zip(batches, BATCHES)]
    draw(c, BATCHES, {"training step": per_image}, ("images in a batch", "ms per image"), "Time against the batch")
    c.set(ylim=(min(per_image) / 2, max(per_image) * 2))
    memory = [step["peak_memory_bytes"] / 2**20 for step in batches]
    draw(d, BATCHES, {"training step": memory}, ("images in a batch", "MiB"), "Memory against the batch")
    name = "4,608 latents of 32"
    milliseconds = [1000 * seconds for seconds, _ in searches]
    draw(e, CODES, {name: milliseconds}, ("codes", "ms"), "Nearest code against the codebook")
    memory = [mebibytes for _, mebibytes in searches]
    draw(f, CODES, {f"{name}, Python and all": memory}, ("codes", "MiB"), "Memory against the codebook")
    works["step"] = "training step, 8 images"
    times = {title: [1000 * run[work]["fastest_seconds"] for run in threaded] for work, title in works.items()}
    draw(g, threads, times, ("threads", "ms"), "Time against threads")
    memory = {title: [run[work]["peak_memory_bytes"] / 2**20 for run in threaded] for work, title in works.items()}
    draw(h, threads, memory, ("threads", "MiB"), "Memory against threads")
    with tempfile.NamedTemporaryFile(suffix=".svg", dir=options.out.parent, delete=False) as file:
        figure.savefig(file.name, metadata={"Date": None})
    Path(file.name).replace(options.out)
    options.out.chmod(0o644)


if __name__ == "__main__":
    main()
