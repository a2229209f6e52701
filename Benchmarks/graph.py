"""Writes a model directory as ONNX graphs, for the runtimes that tokenizers are compared with. PyTorch is not needed.

The graphs are what PyTorch's exporters make of VQGAN: group norms as instance norms of groups, SiLU as a product with a
sigmoid. Images are NHWC in 0...1 and tokens int64 on either side, so that runtimes do the same work as libsgc.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

OPSET = 18
EPSILON = 1e-6


def write(directory: Path, task: str, shape: tuple[int, ...], path: Path) -> None:
    """Encoder and nearest code, or codebook and decoder, for inputs of one shape.

    `task` is "encode" with images [N, H, W, 3], "decode" with tokens [N, h, w], "latents" for the encoder alone, which
    gives [N * h * w, D], or "reconstruct" for both halves, images to images that may leave 0...1.
    """
    graph = _Graph(directory)
    name, kind = ("tokens", TensorProto.INT64) if task == "decode" else ("images", TensorProto.FLOAT)
    result = getattr(graph, task)(name, shape)
    result_kind = TensorProto.INT64 if task == "encode" else TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info(name, kind, shape)]
    outputs = [helper.make_tensor_value_info(result, result_kind, None)]
    model = helper.make_model(
        helper.make_graph(graph.nodes, task, inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8,
    )  # fmt: skip
    onnx.save(onnx.shape_inference.infer_shapes(model), path)


class _Graph:
    """Nodes and constants so far. Methods add what they are named after and return the name of its result."""

    def __init__(self, directory: Path) -> None:
        self.model = json.loads((directory / "config.json").read_text())["model"]
        self.weights = load_file(directory / "model.safetensors")
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.known: set[str] = set()

    # ---- The halves ----

    def latents(self, images: str, shape: tuple[int, ...]) -> str:
        x = self.node("Sub", self.node("Mul", images, self.constant("two", 2.0)), self.constant("one", 1.0))
        x = self.node("Transpose", x, perm=[0, 3, 1, 2])
        x = self.convolution("quant_conv", self.encoder(x), pads=0)
        x = self.node("Transpose", x, perm=[0, 2, 3, 1])
        return self.node("Reshape", x, self.constant("rows", [-1, self.weights["quantize.embedding.weight"].shape[1]]))

    def encode(self, images: str, shape: tuple[int, ...]) -> str:
        count, height, width, _ = shape
        factor = 1 << (len(self.model["channel_multipliers"]) - 1)
        z, codebook = self.latents(images, shape), self.weights["quantize.embedding.weight"]
        # ‖z − e‖² without ‖z‖², which is the same for all codes.
        product = self.node("MatMul", z, self.constant("minus_two_codes", -2 * codebook.T))
        distance = self.node("Add", product, self.constant("code_lengths", np.square(codebook).sum(1)))
        codes = self.node("ArgMin", distance, axis=1, keepdims=0)
        return self.node("Reshape", codes, self.constant("grid", [count, height // factor, width // factor]))

    def decode(self, tokens: str, shape: tuple[int, ...]) -> str:
        return self.node("Clip", self.pixels(tokens), self.constant("zero", 0.0), self.constant("one", 1.0))

    def pixels(self, tokens: str) -> str:
        x = self.node("Gather", self.weight("quantize.embedding.weight"), tokens, axis=0)
        x = self.convolution("post_quant_conv", self.node("Transpose", x, perm=[0, 3, 1, 2]), pads=0)
        x = self.node("Transpose", self.decoder(x), perm=[0, 2, 3, 1])
        return self.node("Mul", self.node("Add", x, self.constant("one", 1.0)), self.constant("half", 0.5))

    def reconstruct(self, images: str, shape: tuple[int, ...]) -> str:
        return self.pixels(self.encode(images, shape))

    def encoder(self, x: str) -> str:
        x = self.convolution("encoder.conv_in", x)
        levels = len(self.model["channel_multipliers"])
        for level in range(levels):
            x = self.blocks(f"encoder.down.{level}", x, self.model["residual_blocks"], level)
            if level + 1 < levels:
                x = self.convolution(f"encoder.down.{level}.downsample.conv", x, pads=[0, 0, 1, 1], strides=[2, 2])
        return self.convolution("encoder.conv_out", self.silu(self.norm("encoder.norm_out", self.middle("encoder.mid", x))))

    def decoder(self, x: str) -> str:
        x = self.middle("decoder.mid", self.convolution("decoder.conv_in", x))
        for level in reversed(range(len(self.model["channel_multipliers"]))):
            x = self.blocks(f"decoder.up.{level}", x, self.model["residual_blocks"] + 1, level)
            if level > 0:
                scales = self.constant("twice", np.array([1, 1, 2, 2], np.float32))
                x = self.node(
                    "Resize", x, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric",
                    nearest_mode="floor",
                )  # fmt: skip
                x = self.convolution(f"decoder.up.{level}.upsample.conv", x)
        return self.convolution("decoder.conv_out", self.silu(self.norm("decoder.norm_out", x)))

    # ---- Their parts ----

    def blocks(self, scope: str, x: str, count: int, level: int) -> str:
        attends = self.model["resolution"] >> level in self.model["attention_resolutions"]
        for block in range(count):
            x = self.residual(f"{scope}.block.{block}", x)
            x = self.attention(f"{scope}.attn.{block}", x) if attends else x
        return x

    def middle(self, scope: str, x: str) -> str:
        return self.residual(f"{scope}.block_2", self.attention(f"{scope}.attn_1", self.residual(f"{scope}.block_1", x)))

    def residual(self, scope: str, x: str) -> str:
        h = self.convolution(f"{scope}.conv1", self.silu(self.norm(f"{scope}.norm1", x)))
        h = self.convolution(f"{scope}.conv2", self.silu(self.norm(f"{scope}.norm2", h)))
        shortcut = f"{scope}.nin_shortcut"
        return self.node("Add", h, self.convolution(shortcut, x, pads=0) if f"{shortcut}.weight" in self.weights else x)

    def attention(self, scope: str, x: str) -> str:
        """Single-head, over all positions."""
        channels = self.weights[f"{scope}.q.weight"].shape[0]
        h = self.norm(f"{scope}.norm", x)
        flat = self.constant(f"flat_{channels}", [0, channels, -1])
        q, k, v = (self.node("Reshape", self.convolution(f"{scope}.{name}", h, pads=0), flat) for name in "qkv")
        scores = self.node("MatMul", self.node("Transpose", q, perm=[0, 2, 1]), k)
        scale = self.constant(f"scale_{channels}", channels**-0.5)
        weights = self.node("Softmax", self.node("Mul", scores, scale), axis=-1)
        y = self.node("MatMul", v, self.node("Transpose", weights, perm=[0, 2, 1]))
        y = self.node("Reshape", y, self.node("Shape", x))
        return self.node("Add", x, self.convolution(f"{scope}.proj_out", y, pads=0))

    def norm(self, scope: str, x: str) -> str:
        groups = self.model["norm_groups"]
        grouped = self.node("Reshape", x, self.constant("groups", [0, groups, -1]))
        ones = [self.constant(f"{name}_{groups}", np.full(groups, value, np.float32)) for name, value in (("ones", 1), ("zeros", 0))]
        plain = self.node("InstanceNormalization", grouped, *ones, epsilon=EPSILON)
        plain = self.node("Reshape", plain, self.node("Shape", x))
        return self.node("Add", self.node("Mul", plain, self.column(f"{scope}.weight")), self.column(f"{scope}.bias"))

    def silu(self, x: str) -> str:
        return self.node("Mul", x, self.node("Sigmoid", x))

    def convolution(self, scope: str, x: str, pads: int | list[int] = 1, **attributes: list[int]) -> str:
        pads = [pads] * 4 if isinstance(pads, int) else pads
        return self.node("Conv", x, self.weight(f"{scope}.weight"), self.weight(f"{scope}.bias"), pads=pads, **attributes)

    # ---- Nodes and constants ----

    def node(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, name: str, value: object) -> str:
        """Added once; lists are int64, numbers float32."""
        if name not in self.known:
            self.known.add(name)
            kind = np.int64 if isinstance(value, list) else np.float32
            self.constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def column(self, name: str) -> str:
        """A value per channel, shaped to meet [N, C, H, W]."""
        return self.constant(f"{name}/column", self.weights[name].reshape(-1, 1, 1))
