"""diffusers' VQModel as a peer: the tokenizer that most Python programs would take from a package."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from cases import Case
from sides import WEIGHTS, Side


class Diffusers(Side):
    """VQModel with the weights of a model directory, as its users run it: eager, in PyTorch's own layout."""

    def __init__(self, case: Case, directory: Path, threads: int) -> None:
        super().__init__(case, directory, threads)
        import torch
        from diffusers import VQModel
        from safetensors.torch import load_file

        torch.set_num_threads(threads)
        self.torch = torch
        c = case.model.configuration
        self.levels = len(c["channel_multipliers"])
        # From the highest resolution to the lowest.
        attends = [c["resolution"] >> level in c["attention_resolutions"] for level in range(self.levels)]
        self.model = VQModel(
            block_out_channels=[c["channels"] * multiplier for multiplier in c["channel_multipliers"]],
            down_block_types=["AttnDownEncoderBlock2D" if attention else "DownEncoderBlock2D" for attention in attends],
            up_block_types=["AttnUpDecoderBlock2D" if attention else "UpDecoderBlock2D" for attention in reversed(attends)],
            layers_per_block=c["residual_blocks"], latent_channels=c["latent_channels"], norm_num_groups=c["norm_groups"],
            num_vq_embeddings=case.model.codebook_size, vq_embed_dim=case.model.code_dimension, lookup_from_codebook=True,
        )  # fmt: skip
        known = self.model.state_dict()
        weights = {self._name(name): value for name, value in load_file(str(directory / WEIGHTS)).items()}
        self.model.load_state_dict({name: value.reshape(known[name].shape) for name, value in weights.items()})
        self.model.eval()

    def _name(self, name: str) -> str:
        """Of a weight in diffusers, given taming-transformers'."""
        name = re.sub(r"up\.(\d+)\.", lambda match: f"up_blocks.{self.levels - 1 - int(match[1])}.", name)
        for taming, ours in (
            (r"down\.(\d+)\.", r"down_blocks.\1."), (r"mid\.block_1", "mid_block.resnets.0"),
            (r"mid\.block_2", "mid_block.resnets.1"), (r"mid\.attn_1", "mid_block.attentions.0"),
            (r"\.block\.", ".resnets."), (r"\.attn\.", ".attentions."), (r"downsample\.", "downsamplers.0."),
            (r"upsample\.", "upsamplers.0."), ("norm_out", "conv_norm_out"), ("nin_shortcut", "conv_shortcut"),
            (r"(attentions\.\d)\.norm\.", r"\1.group_norm."), (r"(attentions\.\d)\.([qkv])\.", r"\1.to_\2."),
            (r"proj_out\.", "to_out.0."),
        ):  # fmt: skip
            name = re.sub(taming, ours, name)
        return name

    def version(self) -> str:
        """Of both packages."""
        import diffusers

        return f"diffusers {diffusers.__version__}, PyTorch {self.torch.__version__}"

    def encode(self) -> np.ndarray:
        """Tokens, int64 [N, h, w]."""
        with self.torch.inference_mode():
            z = self.model.encode(self.torch.from_numpy(self.images * 2 - 1).permute(0, 3, 1, 2)).latents
            codes = self.model.quantize(z)[2][2]
            return codes.view(len(z), *z.shape[2:]).numpy()

    def decode(self, tokens: np.ndarray) -> np.ndarray:
        """Images, float32 [N, H, W, 3] in 0...1."""
        with self.torch.inference_mode():
            codes, shape = self.torch.from_numpy(tokens).long(), (*tokens.shape, self.case.model.code_dimension)
            pixels = self.model.decode(codes, force_not_quantize=True, shape=shape).sample.permute(0, 2, 3, 1)
            return ((pixels + 1) / 2).clamp(0, 1).numpy()
