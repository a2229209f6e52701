"""Exported networks give what ONNX Runtime gives: CLIP, SegFormer, DINOv2, ConvNeXt, ResNet, VGG16 and Inception-v3, small
and with random weights, from both exporters of PyTorch, in operator sets 11 to 20, at two sizes and two batches."""

from __future__ import annotations

from pathlib import Path

import pytest

import onnx_parity


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[onnx_parity.Export]:
    return onnx_parity.packed(Path(tmp_path_factory.mktemp("exports")))


def test_every_export_agrees_with_onnx_runtime(exports, record_property):
    differences = {export.name: onnx_parity.difference(export) for export in exports}
    record_property("differences", differences)
    assert {name: value for name, value in differences.items() if value > 1e-3} == {}


def test_both_exporters_and_all_operator_sets_are_among_them(exports):
    combinations = {(export.entry["exporter"], export.entry["opset"]) for export in exports}
    assert {("old", 11), ("old", 13), ("old", 17), ("new", 18), ("new", 20)} <= combinations
    assert len({export.entry["model"] for export in exports}) >= 9


def test_bfloat16_stays_near(exports):
    chosen = [export for export in exports if export.entry["opset"] == 17]
    assert {e.name: d for e in chosen if (d := onnx_parity.difference(e, "bfloat16")) > 0.1} == {}
