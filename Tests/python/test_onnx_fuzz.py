"""Damaged ONNX models end in errors. `SGC_FUZZ_CASES` and `SGC_FUZZ_SEED` make more of them and others."""

from __future__ import annotations

import os

import onnx_fuzz


def test_damaged_models_are_survived():
    cases, seed = (int(os.environ.get(f"SGC_FUZZ_{name}", value)) for name, value in (("CASES", 400), ("SEED", 0)))
    assert onnx_fuzz.fuzz(cases, seed) == []
