"""Gradients with respect to the input image, from PyTorch, of a narrow SegFormer and a narrow VGG16.

    python gradients.py .        writes gradient-segformer.onnx, gradient-vgg16.onnx and gradients.safetensors here

For each network `NAME/in` [N, 3, H, W], `NAME/upstream` like the first output, and `NAME/gradient`: that of the sum of
output times upstream; and `NAME/out`.
"""

import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file

import convolutional
import models


def networks():
    config = transformers.SegformerConfig(
        depths=(1, 1, 1, 1), hidden_sizes=(8, 8, 16, 16), num_attention_heads=(1, 2, 2, 4), decoder_hidden_size=16,
        num_labels=8, sr_ratios=(4, 2, 2, 1), attn_implementation="sdpa",
    )  # fmt: skip
    yield "segformer", models.Outputs(transformers.SegformerForSemanticSegmentation(config), ["logits"]), (64, 96)
    yield "vgg16", convolutional.VGG16Taps(32), (48, 32)


def main():
    folder = Path(sys.argv[1])
    arrays = {}
    for name, network, size in networks():
        models.randomize(network, name)
        image = torch.randn((1, 3, *size), generator=torch.Generator().manual_seed(1)).requires_grad_()
        outputs = network(image)
        out = outputs[-1] if isinstance(outputs, tuple) else outputs
        upstream = torch.randn(out.shape, generator=torch.Generator().manual_seed(2))
        out.backward(upstream)
        for key, value in {"in": image, "out": out, "upstream": upstream, "gradient": image.grad}.items():
            arrays[f"{name}/{key}"] = value.detach().contiguous()
        torch.onnx.export(
            network, (image.detach(),), folder / f"gradient-{name}.onnx", dynamo=False, opset_version=17,
            input_names=["pixel_values"],
        )  # fmt: skip
    save_file(arrays, folder / "gradients.safetensors")


if __name__ == "__main__":
    main()
