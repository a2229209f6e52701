"""How many tokens an encoder in int8 gives as the one in float32 does, by ONNX Runtime's own quantization.

    PYTHONPATH=bindings/python/src build/bench-venv/bin/python docs/int8.py out/experiments/compare/sgc-seed1/model 128x64

The encoder is written as an ONNX graph and quantized: convolutions and matrix products, weights per channel, activations
calibrated on 64 scenes. Latents of 64 other scenes then find their codes with libsgc's own search. Beside it bfloat16.
`make bench` makes the environment; this needs Pillow in it, too.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import sgc
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks"))
import graph  # noqa: E402

COUNT = 64


def scenes(seed: int, size: str) -> list[np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        command = [ROOT / "build/bin/sgc", "scenes", "--seed", str(seed), "--count", str(COUNT), "--size", size, "--out", folder]
        subprocess.run(command, check=True, capture_output=True)
        return [np.asarray(Image.open(path).convert("RGB")) for path in sorted(Path(folder, "images").iterdir())]


class Scenes(CalibrationDataReader):
    """What activations are calibrated on: scenes of another seed than those to measure on."""

    def __init__(self, size: str) -> None:
        self.images = iter(scenes(1, size))

    def get_next(self) -> dict[str, np.ndarray] | None:
        image = next(self.images, None)
        return None if image is None else {"images": image[None].astype(np.float32) / 255}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("size", help="of the scenes, such as 128x64")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    images = scenes(2, options.size)
    with tempfile.TemporaryDirectory() as folder, sgc.Tokenizer(options.model) as tokenizer:
        whole, prepared = Path(folder, "whole.onnx"), Path(folder, "prepared.onnx")
        graph.write(options.model, "latents", (1, *images[0].shape), whole)
        quant_pre_process(whole, prepared)
        expected = np.concatenate([tokenizer.encode(image).tokens.ravel() for image in images])

        def agreement(path: Path) -> float:
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            latents = [session.run(None, {"images": image[None].astype(np.float32) / 255})[0] for image in images]
            return float((tokenizer.quantize(np.concatenate(latents))[0] == expected).mean())

        print(f"{len(expected)} tokens; ONNX Runtime in float32: {agreement(whole):.4f} of them as libsgc's")
        for method in (CalibrationMethod.MinMax, CalibrationMethod.Entropy, CalibrationMethod.Percentile):
            for kinds in (["Conv"], ["Conv", "MatMul"]):
                path = Path(folder, "int8.onnx")
                with contextlib.redirect_stdout(None):
                    quantize_static(
                        prepared, path, Scenes(options.size), quant_format=QuantFormat.QDQ, per_channel=True,
                        op_types_to_quantize=kinds, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                        calibrate_method=method,
                    )  # fmt: skip
                print(f"int8, {' and '.join(kinds)}, calibrated by {method.name}: {agreement(path):.4f}", flush=True)
        with sgc.Tokenizer(options.model, precision="bfloat16") as half:
            tokens = np.concatenate([half.encode(image).tokens.ravel() for image in images])
        print(f"bfloat16: {(tokens == expected).mean():.4f}")


if __name__ == "__main__":
    main()
