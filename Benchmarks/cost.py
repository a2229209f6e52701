"""Floating-point operations of a model, counted from its configuration.

A multiplication with its addition counts as two. Norms, activations and additions are not counted: they take time but
are less than one percent of the operations.
"""

from __future__ import annotations

from cases import Model


def encode(model: Model, height: int, width: int) -> float:
    """Encoder, 1x1 convolution to the code's length, and distances to all codes, of one image."""
    c = model.configuration
    area, channels = height * width, c["channels"]
    total = _convolution(area, 3, channels, 3)
    for level, multiplier in enumerate(c["channel_multipliers"]):
        for _ in range(c["residual_blocks"]):
            total += _block(area, channels, c["channels"] * multiplier) + _attention_at(model, level, area)
            channels = c["channels"] * multiplier
        if level + 1 < len(c["channel_multipliers"]):
            area //= 4
            total += _convolution(area, channels, channels, 3)
    total += _middle(area, channels) + _convolution(area, channels, c["latent_channels"], 3)
    total += _convolution(area, c["latent_channels"], model.code_dimension, 1)
    return total + _convolution(area, model.code_dimension, model.codebook_size, 1)


def decode(model: Model, height: int, width: int) -> float:
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
            area *= 4
            total += _convolution(area, channels, channels, 3)
    return total + _convolution(area, channels, 3, 3)


def step(model: Model, height: int, width: int, batch: int) -> float:
    """Forward, and twice that for the gradients of inputs and of weights."""
    return 3 * batch * (encode(model, height, width) + decode(model, height, width))


def _convolution(area: int, inputs: int, outputs: int, side: int) -> float:
    return 2.0 * area * inputs * outputs * side * side


def _block(area: int, inputs: int, outputs: int) -> float:
    total = _convolution(area, inputs, outputs, 3) + _convolution(area, outputs, outputs, 3)
    return total + (_convolution(area, inputs, outputs, 1) if inputs != outputs else 0)


def _attention(area: int, channels: int) -> float:
    """Four projections, scores, and their product with the values."""
    return 4 * _convolution(area, channels, channels, 1) + 4.0 * area * area * channels


def _attention_at(model: Model, level: int, area: int) -> float:
    c = model.configuration
    attends = c["resolution"] >> level in c["attention_resolutions"]
    return _attention(area, c["channels"] * c["channel_multipliers"][level]) if attends else 0


def _middle(area: int, channels: int) -> float:
    return 2 * _block(area, channels, channels) + _attention(area, channels)
