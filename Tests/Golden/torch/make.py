"""Makes every golden of this folder again: python make.py [group ...]. Needs PyTorch from PyPI (requirements.txt)."""

import importlib
import platform
import sys

import numpy
import safetensors
import torch

import golden

GROUPS = ["ops", "vqgan", "discriminator", "quantizers", "semantic_losses", "adam"]


def main():
    """Runs the named groups, or all of them, on one thread."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    golden.check_philox()
    versions = f"PyTorch {torch.__version__}, NumPy {numpy.__version__}, safetensors {safetensors.__version__}"
    print(f"Python {platform.python_version()}, {versions}")
    for group in sys.argv[1:] or GROUPS:
        importlib.import_module(group).make()


if __name__ == "__main__":
    main()
