"""The networks whose exports the ONNX runtime is compared on, with weights from a fixed seed."""

import zlib

import torch
import transformers
from torch import nn

import convolutional

SEED = 20


class Outputs(nn.Module):
    """A transformers model as a function of plain tensors, positional, that returns the named outputs as a tuple."""

    def __init__(self, model, outputs, **options):
        super().__init__()
        self.model, self.outputs, self.options = model, outputs, options

    def forward(self, pixel_values):
        result = self.model(pixel_values=pixel_values, **self.options)
        return tuple(getattr(result, name) for name in self.outputs)


class TextOutputs(Outputs):
    """The same for a text tower."""

    def forward(self, input_ids, attention_mask):
        result = self.model(input_ids=input_ids, attention_mask=attention_mask)
        return tuple(getattr(result, name) for name in self.outputs)


class Case:
    """A network to export: what goes in, in which sizes, and what comes out."""

    def __init__(self, module, outputs, sizes, axes=("batch", "height", "width"), words=None):
        self.module = module
        self.outputs = outputs
        self.sizes = sizes  # (H, W) of images, lengths of texts; the first is the one exported with
        self.axes = axes  # which of them may change from run to run
        self.words = words  # size of the vocabulary of a text tower

    @property
    def inputs(self):
        return ["input_ids", "attention_mask"] if self.words else ["pixel_values"]

    def dynamic_axes(self):
        """Axis number -> name, per input."""
        names = ["batch", "length"] if self.words else ["batch", None, "height", "width"]
        axes = {number: name for number, name in enumerate(names) if name in self.axes}
        return {name: axes for name in self.inputs}

    def arguments(self, batch, size, seed):
        """Random inputs, the same for the same seed."""
        random = torch.Generator().manual_seed(seed)
        if not self.words:
            return (torch.randn(batch, 3, *size, generator=random),)
        # Texts of different lengths: words, then the end token, which is the largest id, then padding with it.
        ends = torch.randint(size // 2, size, (batch, 1), generator=random)
        position = torch.arange(size)[None]
        ids = torch.randint(0, self.words - 1, (batch, size), generator=random)
        ids = torch.where(position >= ends, self.words - 1, ids)
        return ids, (position <= ends).to(torch.int64)


def randomize(module, name):
    """Weights that keep the scale of the signal, and norms and biases that do something."""
    random = torch.Generator().manual_seed(SEED + zlib.crc32(name.encode()))
    with torch.no_grad():
        for key, value in list(module.named_parameters()) + list(module.named_buffers()):
            if not value.is_floating_point():
                continue
            noise = torch.randn(value.shape, generator=random)
            if key.endswith("running_var"):
                value.copy_(torch.rand(value.shape, generator=random) + 0.5)
            elif "embed" in key and value.dim() != 4:
                value.copy_(0.5 * noise)
            elif value.dim() >= 2 and key.endswith("weight"):
                gain = 2 if isinstance(module, (convolutional.VGG16, convolutional.VGG16Taps)) else 1
                value.copy_(noise * (gain / value[0].numel()) ** 0.5)
            elif value.dim() == 1:
                scale = key.endswith(("weight", "lambda1", "layer_scale_parameter"))
                value.copy_(0.1 * noise + (1 if scale else 0))
    return module.eval()


def clip_image(tiny, attention):
    full = dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    size, patch = (32, 8) if tiny else (224, 16)
    if tiny:
        full = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2)
    config = transformers.CLIPVisionConfig(
        **full, image_size=size, patch_size=patch, projection_dim=16 if tiny else 512, attn_implementation=attention
    )
    outputs = ["image_embeds", "last_hidden_state"]
    return Case(
        Outputs(transformers.CLIPVisionModelWithProjection(config), outputs), outputs, [(size, size)], axes=("batch",)
    )


def clip_image_any_size(tiny, attention):
    """The same tower, interpolating its position embeddings to the size of the image."""
    case = clip_image(tiny, attention)
    case.module.options = dict(interpolate_pos_encoding=True)
    case.sizes = [(48, 64), (32, 40)] if tiny else [(224, 288), (160, 192)]
    case.axes = ("batch", "height", "width")
    return case


def clip_text(tiny, attention):
    words, length = (100, 16) if tiny else (49408, 77)
    full = dict(hidden_size=512, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=8)
    if tiny:
        full = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2)
    config = transformers.CLIPTextConfig(
        **full, vocab_size=words, max_position_embeddings=length, projection_dim=16 if tiny else 512,
        bos_token_id=words - 2, eos_token_id=words - 1, attn_implementation=attention,
    )  # fmt: skip
    outputs = ["text_embeds", "last_hidden_state"]
    return Case(
        TextOutputs(transformers.CLIPTextModelWithProjection(config), outputs),
        outputs, [length, length // 2 + 1], axes=("batch", "length"), words=words,
    )  # fmt: skip


def segformer(tiny, attention, depths, widths, decoder):
    if tiny:
        depths, widths, decoder = (1, 2, 1, 1), (8, 16, 24, 32), 32
    heads = (1, 2, 3, 4) if tiny else (1, 2, 5, 8)
    config = transformers.SegformerConfig(
        depths=depths, hidden_sizes=widths, num_attention_heads=heads, decoder_hidden_size=decoder,
        num_labels=16 if tiny else 150, attn_implementation=attention,
    )  # fmt: skip
    sizes = [(64, 96), (32, 64)] if tiny else [(256, 320), (192, 224)]
    return Case(Outputs(transformers.SegformerForSemanticSegmentation(config), ["logits"]), ["logits"], sizes)


def segformer_b0(tiny, attention):
    return segformer(tiny, attention, (2, 2, 2, 2), (32, 64, 160, 256), 256)


def segformer_b2(tiny, attention):
    return segformer(tiny, attention, (3, 4, 6, 3), (64, 128, 320, 512), 768)


def dinov2_s(tiny, attention):
    full = dict(hidden_size=384, num_hidden_layers=12, num_attention_heads=6, image_size=518)
    if tiny:
        full = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=56)
    config = transformers.Dinov2Config(**full, patch_size=14, attn_implementation=attention)
    outputs = ["last_hidden_state", "pooler_output"]
    sizes = [(56, 84), (42, 70)] if tiny else [(224, 280), (168, 196)]
    return Case(Outputs(transformers.Dinov2Model(config), outputs), outputs, sizes)


def convnext_t(tiny, attention):
    full = dict(depths=[3, 3, 9, 3], hidden_sizes=[96, 192, 384, 768], num_labels=1000)
    if tiny:
        full = dict(depths=[1, 1, 2, 1], hidden_sizes=[8, 16, 24, 32], num_labels=10)
    model = transformers.ConvNextForImageClassification(transformers.ConvNextConfig(**full))
    return Case(Outputs(model, ["logits"]), ["logits"], [(64, 96), (32, 64)] if tiny else [(224, 288), (160, 192)])


def resnet_50(tiny, attention):
    module = convolutional.ResNet((1, 2, 1, 1), 8, 10) if tiny else convolutional.ResNet()
    return Case(module, ["logits"], [(64, 96), (32, 64)] if tiny else [(224, 288), (160, 192)])


def vgg16(tiny, attention):
    """Only the batch changes: pooling to 7x7 has no ONNX form for sizes that are not known."""
    module = convolutional.VGG16(32, 10) if tiny else convolutional.VGG16()
    return Case(module, ["logits"], [(224, 224)], axes=("batch",))


def vgg16_taps(tiny, attention):
    module = convolutional.VGG16Taps(16 if tiny else 1)
    sizes = [(32, 48), (48, 32)] if tiny else [(128, 160), (96, 112)]
    return Case(module, list(module.TAPS.values()), sizes)


def inception_v3(tiny, attention):
    module = convolutional.Inception3(16, 10) if tiny else convolutional.Inception3()
    return Case(module, ["logits"], [(96, 128), (80, 96)] if tiny else [(299, 331), (235, 299)])


BUILDERS = {
    "clip-image": clip_image,
    "clip-image-any-size": clip_image_any_size,
    "clip-text": clip_text,
    "segformer-b0": segformer_b0,
    "segformer-b2": segformer_b2,
    "dinov2-s": dinov2_s,
    "convnext-t": convnext_t,
    "resnet-50": resnet_50,
    "vgg16": vgg16,
    "vgg16-taps": vgg16_taps,
    "inception-v3": inception_v3,
}


def build(name, tiny, attention="sdpa"):
    """The case `name` with random weights, ready to be exported."""
    torch.manual_seed(SEED)
    case = BUILDERS[name](tiny, attention)
    randomize(case.module, name)
    return case
