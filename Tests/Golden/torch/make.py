"""Makes every golden of this folder again: python make.py [group ...]. Needs PyTorch from PyPI (requirements.txt)."""

import importlib
import sys

import torch

import golden

GROUPS = ["ops", "vqgan"]


def main():
    """Runs the named groups, or all of them, on one thread."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    golden.check_philox()
    for group in sys.argv[1:] or GROUPS:
        importlib.import_module(group).make()


if __name__ == "__main__":
    main()
