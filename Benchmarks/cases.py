"""What is measured: models, their inputs, and the cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: Adam of both sides: VQGAN's betas, and its rule for the learning rate at the batch of two.
LEARNING_RATE, BETAS = 9e-6, (0.5, 0.9)
#: taming-transformers' discriminator for this model, under its names.
DISCRIMINATOR = {"input_nc": 3, "ndf": 64, "n_layers": 3, "weight": 0.8}


@dataclass(frozen=True)
class Model:
    """A VQGAN with plain vector quantization, which both sides can compute."""

    name: str
    configuration: dict[str, Any]
    codebook_size: int
    code_dimension: int

    @property
    def training(self) -> dict[str, Any]:
        """The configuration of a trainer: L1 + vector quantization, Adam, no discriminator."""
        quantizer = {"kind": "vq", "codebook_size": self.codebook_size, "code_dimension": self.code_dimension}
        optimizer = {"learning_rate": LEARNING_RATE, "beta1": BETAS[0], "beta2": BETAS[1]}
        return {"seed": 1, "model": self.configuration, "quantizer": quantizer, "optimizer": optimizer}

    @property
    def taming(self) -> dict[str, Any]:
        """The same under taming-transformers' names."""
        c = self.configuration
        return {
            "ch": c["channels"],
            "ch_mult": c["channel_multipliers"],
            "num_res_blocks": c["residual_blocks"],
            "attn_resolutions": c["attention_resolutions"],
            "resolution": c["resolution"],
            "in_channels": 3,
            "out_ch": 3,
            "z_channels": c["latent_channels"],
            "embed_dim": self.code_dimension,
            "n_embed": self.codebook_size,
        }


@dataclass(frozen=True)
class Case:
    """One way of using a model; each becomes one row or more."""

    model: Model
    #: "encode", "decode" or "step".
    task: str
    batch: int
    height: int
    width: int
    precision: str = "float32"
    #: By peer, the ratio of times, ours to the peer's, that must not be exceeded; None where nothing is promised.
    targets: dict[str, float | None] = field(default_factory=dict)
    #: The ratio of peak memories that must not be exceeded.
    memory_target: float | None = None
    #: The share of the machine's peak that must be reached; None where convolutions are not nearly all of the work.
    peak_target: float | None = None
    #: Whether a training step's checkpoint is measured, too.
    has_checkpoint: bool = False
    #: Whether a training step has VQGAN's discriminator, with its adaptive weight, and trains it.
    has_discriminator: bool = False

    @property
    def training(self) -> dict[str, Any]:
        """The configuration of a trainer."""
        if not self.has_discriminator:
            return self.model.training
        discriminator = {"weight": DISCRIMINATOR["weight"], "channels": DISCRIMINATOR["ndf"], "layers": DISCRIMINATOR["n_layers"]}
        return {**self.model.training, "discriminator": {**discriminator, "adaptive": True, "learning_rate": LEARNING_RATE}}

    @property
    def token_shape(self) -> tuple[int, int, int]:
        """[N, h, w]."""
        factor = 1 << (len(self.model.configuration["channel_multipliers"]) - 1)
        return self.batch, self.height // factor, self.width // factor

    @property
    def name(self) -> str:
        """Unique among the cases."""
        task = {"encode": "encode", "decode": "decode", "step": "training step"}[self.task]
        if self.has_discriminator:
            task += " with discriminator"
        return f"{task} {self.model.name} {self.height}x{self.width} batch {self.batch} {self.precision}"


def images(case: Case) -> np.ndarray:
    """Smooth random colors with some noise, float32 [N, H, W, 3] in 0...1; the same for the same case."""
    random = np.random.default_rng(7)
    coarse = random.uniform(size=(case.batch, case.height // 16, case.width // 16, 3))
    smooth = coarse.repeat(16, axis=1).repeat(16, axis=2)
    noisy = 0.8 * smooth + 0.2 * random.uniform(size=smooth.shape)
    return noisy.astype(np.float32)


VQGAN = Model(
    "vqgan-f16",
    {
        "channels": 128, "channel_multipliers": [1, 1, 2, 2, 4], "residual_blocks": 2, "attention_resolutions": [16],
        "resolution": 256, "latent_channels": 256, "norm_groups": 32,
    },
    codebook_size=1024, code_dimension=256,
)  # fmt: skip

#: Encoder and decoder of the size of the preset `demo`.
DEMO = Model(
    "demo-f4",
    {
        "channels": 16, "channel_multipliers": [1, 2, 4], "residual_blocks": 1, "attention_resolutions": [],
        "resolution": 256, "latent_channels": 32, "norm_groups": 8,
    },
    codebook_size=512, code_dimension=32,
)  # fmt: skip

SMALL = Model(
    "small-f8",
    {
        "channels": 32, "channel_multipliers": [1, 1, 2, 2], "residual_blocks": 1, "attention_resolutions": [8],
        "resolution": 64, "latent_channels": 64, "norm_groups": 32,
    },
    codebook_size=64, code_dimension=32,
)  # fmt: skip

#: taming's f8, whose tokens cover a quarter of the pixels: attention and distances weigh more.
VQGAN_F8 = Model(
    "vqgan-f8", {**VQGAN.configuration, "channel_multipliers": [1, 2, 2, 4], "attention_resolutions": [32]},
    codebook_size=16384, code_dimension=32,
)  # fmt: skip

EVERYBODY = ["PyTorch", "ONNX Runtime", "OpenVINO"]


QUICK = [
    Case(VQGAN, "encode", 1, 128, 128, targets=dict.fromkeys(EVERYBODY)),
    Case(VQGAN, "decode", 1, 128, 128, targets=dict.fromkeys(EVERYBODY)),
    Case(DEMO, "decode", 1, 128, 256, targets=dict.fromkeys(EVERYBODY)),
    Case(VQGAN, "step", 1, 128, 128, targets=dict.fromkeys(["PyTorch", "ONNX Runtime forward"])),
]


#: The fastest that a host could use instead.
RUNTIMES = ["ONNX Runtime", "OpenVINO"]


def _inference(
    model: Model, batch: int, height: int, width: int, float32: float, bfloat16: float, peers: list[str] = EVERYBODY
) -> list[Case]:
    """Both halves in both precisions. ONNX Runtime has no bfloat16 on processors, and is left out there as diffusers is."""
    return [
        Case(
            model, task, batch, height, width, precision, {name: limit for name in peers if name not in absent},
            peak_target={"float32": 0.85, "bfloat16": 0.80}[precision] if model in (VQGAN, VQGAN_F8) else None,
        )
        for precision, limit, absent in (("float32", float32, []), ("bfloat16", bfloat16, ["ONNX Runtime", "diffusers"]))
        for task in ("encode", "decode")
    ]  # fmt: skip


FULL = [
    *_inference(VQGAN, 1, 256, 256, 0.85, 0.80, [*EVERYBODY, "PyTorch compiled", "diffusers"]),
    *_inference(VQGAN, 1, 288, 512, 0.85, 0.75),
    Case(VQGAN, "step", 2, 256, 256, "float32", {"PyTorch": 0.60}, 0.70, has_checkpoint=True),
    Case(VQGAN, "step", 2, 256, 256, "float32", {"PyTorch": 0.60}, has_discriminator=True),
    Case(VQGAN, "step", 2, 256, 256, "bfloat16", {"PyTorch": 0.70}, 0.60),
    *_inference(DEMO, 1, 64, 128, 0.85, 0.80),
    Case(DEMO, "step", 8, 64, 128, targets={"PyTorch": 0.60}),
]

#: What takes half a minute and more for each row.
LARGE = [
    *_inference(VQGAN_F8, 1, 288, 512, 0.85, 0.75, RUNTIMES),
    *_inference(VQGAN, 8, 256, 256, 0.85, 0.80, RUNTIMES),
    # Minutes for each peer: only that which is the fastest in nearly all rows above.
    *_inference(VQGAN, 8, 288, 512, 0.85, 0.75, ["OpenVINO"]),
    *_inference(VQGAN_F8, 8, 288, 512, 0.85, 0.75, ["OpenVINO"]),
]
