"""What this machine can compute: the rate of large products in PyTorch, whose libraries nobody here wrote."""

from __future__ import annotations

import time
from pathlib import Path


class Peak:
    """A worker that multiplies square matrices."""

    SIDE, ROUNDS = 2048, 12

    def __init__(self, case: None, path: Path, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self.torch = torch

    def rate(self, precision: str) -> float:
        """The best rate of several, in GFLOP/s: the clock may rise meanwhile."""
        generator = self.torch.Generator().manual_seed(0)
        a, b = (self.torch.randn(self.SIDE, self.SIDE, generator=generator) for _ in range(2))
        a, b = (matrix.to(getattr(self.torch, precision)) for matrix in (a, b))
        best = float("inf")
        for _ in range(self.ROUNDS):
            began = time.perf_counter()
            a @ b
            best = min(best, time.perf_counter() - began)
        return 2e-9 * self.SIDE**3 / best
