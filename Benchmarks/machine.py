"""What the times were measured on."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Any

_SETS = (
    "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16",
    "asimd", "sve", "bf16",
)  # fmt: skip


def _processor() -> dict[str, str]:
    """The first processor's fields in /proc/cpuinfo."""
    fields = {}
    for line in Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines():
        name, _, value = line.partition(":")
        fields[name.strip()] = value.strip()
    return fields


def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; otherwise it is emulated and slower than float32."""
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(instruction_sets()))


def instruction_sets() -> list[str]:
    """Those that matter here."""
    fields = _processor()
    flags = set((fields.get("flags") or fields.get("Features") or "").split())
    return [name for name in _SETS if name in flags]


def busy_share(seconds: float = 1.0) -> float:
    """The share of the processors' time that is in use while this process sleeps; a guest sees its host's part, too."""

    def read() -> tuple[int, int]:
        ticks = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(ticks), ticks[3] + ticks[4]

    all_before, idle_before = read()
    time.sleep(seconds)
    all_after, idle_after = read()
    return 1 - (idle_after - idle_before) / max(1, all_after - all_before)


def describe(threads: int) -> dict[str, Any]:
    """Processor, system and settings."""
    fields = _processor()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    settings = {name: value for name, value in sorted(os.environ.items()) if name.startswith(("OMP_", "GOMP_", "KMP_"))}
    return {
        "processor": fields.get("model name", platform.processor() or platform.machine()),
        "family": " ".join(fields.get(name, "?") for name in ("vendor_id", "cpu family", "model", "stepping")),
        "processors": len(os.sched_getaffinity(0)),
        "threads": threads,
        "instruction_sets": instruction_sets(),
        "memory_bytes": memory,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "settings": settings,
        "busy_before": round(busy_share(), 3),
    }
