"""What a model computes and moves, counted from its configuration.

A multiplication with its addition counts as two operations. Those of norms, activations and additions are not counted: they
take time but are less than one percent. Moved is what norms, convolutions and projections read and write, each number once for
each of them, and the weights as they are stored, once for each image. Scores and distances are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from cases import Model


@dataclass(frozen=True)
class Cost:
    """Of one image, or of several."""

    operations: float = 0
    #: Of images, in the computation's type.
    numbers: float = 0
    #: In float32.
    weights: float = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.operations + other.operations, self.numbers + other.numbers, self.weights + other.weights
        )  # fmt: skip

    def gigabytes(self, batch: int, precision: str) -> float:
        """What `batch` images move."""
        return batch * (self.numbers * {"float32": 4, "bfloat16": 2}[precision] + 4 * self.weights) / 1e9


def encode(model: Model, height: int, width: int) -> Cost:
    """Encoder, 1x1 convolution to the code's length, and distances to all codes, of one image."""
    c = model.configuration
    area, channels = height * width, c["channels"]
    total = _convolution(area, 3, channels, 3)
    for level, multiplier in enumerate(c["channel_multipliers"]):
        for _ in range(c["residual_blocks"]):
            total += _block(area, channels, c["channels"] * multiplier) + _attention_at(model, level, area)
            channels = c["channels"] * multiplier
        if level + 1 < len(c["channel_multipliers"]):
            total += _convolution(area, channels, channels, 3, written=1 / 4)
            area //= 4
    total += _middle(area, channels) + _norm(area, channels) + _convolution(area, channels, c["latent_channels"], 3)
    total += _convolution(area, c["latent_channels"], model.code_dimension, 1)
    return total + Cost(2.0 * area * model.code_dimension * model.codebook_size)


def decode(model: Model, height: int, width: int) -> Cost:
    """1x1 convolution from the code and decoder, of one image."""
    c = model.configuration
    multipliers = c["channel_multipliers"]
    area = height * width // 4 ** (len(multipliers) - 1)
    channels = c["channels"] * multipliers[-1]
    total = _convolution(area, model.code_dimension, c["latent_channels"], 1)
    total += _convolution(area, c["latent_channels"], channels, 3) + _middle(area, channels)
    for level in reversed(range(len(multipliers))):
        for _ in range(c["residual_blocks"] + 1):
            total += _block(area, channels, c["channels"] * multipliers[level]) + _attention_at(model, level, area)
            channels = c["channels"] * multipliers[level]
        if level > 0:
            total += _convolution(area, channels, channels, 3, written=4)
            area *= 4
    return total + _norm(area, channels) + _convolution(area, channels, 3, 3)


def step(model: Model, height: int, width: int, batch: int) -> float:
    """Forward, and twice that for the gradients of inputs and of weights."""
    return 3 * batch * (encode(model, height, width) + decode(model, height, width)).operations


def _convolution(area: int, inputs: int, outputs: int, side: int, written: float = 1) -> Cost:
    """`written`: output pixels for each of the input's."""
    weights = float(inputs * outputs * side * side)
    return Cost(2 * area * written * weights, area * (inputs + written * outputs), weights)


def _norm(area: int, channels: int) -> Cost:
    return Cost(numbers=2.0 * area * channels)


def _block(area: int, inputs: int, outputs: int) -> Cost:
    first = _norm(area, inputs) + _convolution(area, inputs, outputs, 3)
    second = _norm(area, outputs) + _convolution(area, outputs, outputs, 3)
    # What is added at the end.
    total = first + second + Cost(numbers=float(area * outputs))
    return total + (_convolution(area, inputs, outputs, 1) if inputs != outputs else Cost())


def _attention(area: int, channels: int) -> Cost:
    """Four projections, scores, and their product with the values."""
    total = _norm(area, channels) + Cost(4.0 * area * area * channels, 4.0 * area * channels)
    for _ in range(4):
        total += _convolution(area, channels, channels, 1)
    return total


def _attention_at(model: Model, level: int, area: int) -> Cost:
    c = model.configuration
    attends = c["resolution"] >> level in c["attention_resolutions"]
    return _attention(area, c["channels"] * c["channel_multipliers"][level]) if attends else Cost()


def _middle(area: int, channels: int) -> Cost:
    return _block(area, channels, channels) + _attention(area, channels) + _block(area, channels, channels)
