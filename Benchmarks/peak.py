"""What this machine can compute and move: rates of large products and copies in PyTorch, whose libraries nobody here wrote."""

from __future__ import annotations

import time
from pathlib import Path


class Peak:
    """A worker that multiplies square matrices, and convolves: on some processors one library is slow and another is not."""

    SIDE, ROUNDS = 2048, 12
    CHANNELS, PIXELS = 256, 64

    def __init__(self, case: None, path: Path, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self.torch = torch

    def rate(self, precision: str) -> float:
        """The best rate of several, in GFLOP/s: the clock may rise meanwhile."""
        torch, kind = self.torch, getattr(self.torch, precision)
        generator = torch.Generator().manual_seed(0)
        a, b = (torch.randn(self.SIDE, self.SIDE, generator=generator).to(kind) for _ in range(2))
        image = torch.randn(1, self.CHANNELS, self.PIXELS, self.PIXELS, generator=generator).to(kind)
        image = image.to(memory_format=torch.channels_last)
        convolution = torch.nn.Conv2d(self.CHANNELS, self.CHANNELS, 3, padding=1).to(kind)
        convolution = convolution.to(memory_format=torch.channels_last)
        with torch.inference_mode():
            product = self._seconds(lambda: a @ b)
            direct = self._seconds(lambda: convolution(image))
        operations = 2 * self.SIDE**3, 18 * self.CHANNELS**2 * self.PIXELS**2
        return max(operations[0] / product, operations[1] / direct) / 1e9

    def memory_rate(self) -> float:
        """The best rate of several copies that no cache holds, in GB/s: read and written."""
        source, target = (self.torch.ones(2**28, dtype=self.torch.uint8) for _ in range(2))
        return 2 * 2**28 / self._seconds(lambda: target.copy_(source)) / 1e9

    def _seconds(self, work) -> float:
        """The least of several."""
        best = float("inf")
        for _ in range(self.ROUNDS):
            began = time.perf_counter()
            work()
            best = min(best, time.perf_counter() - began)
        return best
