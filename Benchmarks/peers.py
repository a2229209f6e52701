"""The sides of tokenizers' comparisons by the name of the peer."""

from diffusers_side import Diffusers
from sides import CompiledPyTorch, OnnxRuntimeForward, OnnxRuntimeTokenizer, OpenVINOTokenizer, PyTorch

PEERS = {
    "PyTorch": PyTorch, "PyTorch compiled": CompiledPyTorch, "diffusers": Diffusers, "ONNX Runtime": OnnxRuntimeTokenizer,
    "OpenVINO": OpenVINOTokenizer, "ONNX Runtime forward": OnnxRuntimeForward,
}  # fmt: skip
