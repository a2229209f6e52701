"""Runtimes that compute ONNX files, behind one small interface."""

from __future__ import annotations

from pathlib import Path

import numpy as np


class OnnxRuntime:
    """ONNX Runtime's CPU provider, which has no bfloat16: it always computes in float32."""

    def __init__(self, path: Path, input_name: str, shape: tuple[int, ...], threads: int, precision: str) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.input_name = input_name

    @staticmethod
    def version() -> str:
        import onnxruntime

        return f"ONNX Runtime {onnxruntime.__version__}"

    def run(self, value: np.ndarray, output: str | None = None) -> np.ndarray:
        """The output of that name, or the only one."""
        return self.session.run([output] if output else None, {self.input_name: value})[0]


class OpenVINO:
    """OpenVINO's CPU plugin, compiled for one shape."""

    def __init__(self, path: Path, input_name: str, shape: tuple[int, ...], threads: int, precision: str) -> None:
        import openvino

        core = openvino.Core()
        hint = {"float32": "f32", "bfloat16": "bf16"}[precision]
        core.set_property("CPU", {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": hint})
        model = core.read_model(str(path))
        model.reshape({input_name: shape})
        self.request = core.compile_model(model, "CPU").create_infer_request()

    @staticmethod
    def version() -> str:
        import openvino

        return f"OpenVINO {openvino.__version__}"

    def run(self, value: np.ndarray, output: str | None = None) -> np.ndarray:
        """The output of that name, or the only one."""
        self.request.infer([value])
        tensor = self.request.get_tensor(output) if output else self.request.get_output_tensor()
        return tensor.data.copy()
