"""ONNX's own operator tests run through the binding, and docs/onnx.md says what came out."""

from __future__ import annotations

import pytest
from conftest import ROOT

import onnx_operators


@pytest.fixture(scope="module")
def outcomes() -> list[onnx_operators.Outcome]:
    return onnx_operators.outcomes()


def test_no_official_case_gives_a_wrong_result(outcomes):
    failures = [f"{o.case}: {o.message}" for o in outcomes if o.verdict == "failed"]
    assert not failures


def test_at_least_120_operators_run(outcomes):
    passing = {o.operator for o in outcomes if o.verdict == "passed" and "(expanded)" not in o.operator}
    assert len(passing - {"several"}) >= 120


def test_the_page_is_what_the_tests_found(outcomes):
    assert (ROOT / "docs" / "onnx.md").read_text() == onnx_operators.page(outcomes)
