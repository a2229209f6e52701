"""A PyTorch re-statement of taming-transformers' VQGAN, with its parameter names: vqgan_*.safetensors, vqgan_*.json.

Written from the description of the architecture (Esser et al., "Taming Transformers", CVPR 2021), not from its source.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from golden import (
    INPUT_STREAM,
    Group,
    nchw,
    nhwc,
    projections,
    relative_difference,
    single,
    strided,
    two_sided,
    uniform,
)

BETA = 0.25
TARGET_MARGIN = 4e-3
# The gradient of L1 jumps where x = xhat, and one pixel on the other side of the jump moves weight gradients by 1e-3 at
# 288x512. So inputs keep away from zero (0.5 <= |x| <= 1) and the last convolution is small enough for |xhat| < 0.5.
OUTPUT_GAIN = 0.15
INPUT_SCALE, INPUT_OFFSET = 0.25, 0.75
ZERO_GRADIENT = 1e-12

F8 = {
    "ch": 32,
    "ch_mult": [1, 1, 2, 2],
    "num_res_blocks": 1,
    "attn_resolutions": [32],
    "resolution": 256,
    "in_channels": 3,
    "out_ch": 3,
    "z_channels": 64,
    "embed_dim": 32,
    "n_embed": 64,
}
F16 = {**F8, "ch_mult": [1, 1, 2, 2, 4], "num_res_blocks": 2, "attn_resolutions": [16], "z_channels": 32}
F8_SEED, F8_SHAPE = 201, [2, 64, 64, 3]
F16_SEED = 202


def norm(channels):
    """Group norm of 32 groups."""
    return nn.GroupNorm(32, channels, eps=1e-6)


class Residual(nn.Module):
    """x + conv(swish(norm(conv(swish(norm(x))))))."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.norm1 = norm(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2 = norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class Attention(nn.Module):
    """x + single-head attention over all positions of norm(x)."""

    def __init__(self, channels):
        super().__init__()
        self.norm = norm(channels)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x):
        h = self.norm(x)
        q, k, v = (layer(h).flatten(2).transpose(1, 2) for layer in (self.q, self.k, self.v))
        weights = (q @ k.transpose(1, 2) * x.shape[1] ** -0.5).softmax(-1)
        return x + self.proj_out((weights @ v).transpose(1, 2).reshape(x.shape))


class Downsample(nn.Module):
    """Zeros on the right and at the bottom, then a 3x3 convolution of stride 2."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Upsample(nn.Module):
    """Nearest neighbour to twice the size, then a 3x3 convolution."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


class Level(nn.Module):
    """The blocks of one resolution, each followed by attention where the level has it."""

    def __init__(self, inputs, outputs, blocks, attends):
        super().__init__()
        self.block = nn.ModuleList(Residual(inputs if b == 0 else outputs, outputs) for b in range(blocks))
        self.attn = nn.ModuleList(Attention(outputs) for _ in range(blocks if attends else 0))

    def forward(self, x):
        for b, block in enumerate(self.block):
            x = block(x)
            if len(self.attn):
                x = self.attn[b](x)
        return x


class Middle(nn.Module):
    """Residual block, attention, residual block."""

    def __init__(self, channels):
        super().__init__()
        self.block_1 = Residual(channels, channels)
        self.attn_1 = Attention(channels)
        self.block_2 = Residual(channels, channels)

    def forward(self, x):
        return self.block_2(self.attn_1(self.block_1(x)))


class Encoder(nn.Module):
    """[N, 3, H, W] to [N, z_channels, H / f, W / f]."""

    def __init__(self, c):
        super().__init__()
        widths = [c["ch"] * m for m in c["ch_mult"]]
        self.conv_in = nn.Conv2d(c["in_channels"], c["ch"], 3, padding=1)
        self.down = nn.ModuleList()
        for l, width in enumerate(widths):
            attends = c["resolution"] >> l in c["attn_resolutions"]
            level = Level(widths[l - 1] if l else c["ch"], width, c["num_res_blocks"], attends)
            if l + 1 < len(widths):
                level.downsample = Downsample(width)
            self.down.append(level)
        self.mid = Middle(widths[-1])
        self.norm_out = norm(widths[-1])
        self.conv_out = nn.Conv2d(widths[-1], c["z_channels"], 3, padding=1)

    def forward(self, x):
        x = self.conv_in(x)
        for level in self.down:
            x = level(x)
            x = level.downsample(x) if hasattr(level, "downsample") else x
        return self.conv_out(F.silu(self.norm_out(self.mid(x))))


class Decoder(nn.Module):
    """[N, z_channels, h, w] to [N, 3, h f, w f]; up.0 is the finest level and runs last."""

    def __init__(self, c):
        super().__init__()
        widths = [c["ch"] * m for m in c["ch_mult"]]
        self.conv_in = nn.Conv2d(c["z_channels"], widths[-1], 3, padding=1)
        self.mid = Middle(widths[-1])
        self.up = nn.ModuleList()
        for l, width in enumerate(widths):
            attends = c["resolution"] >> l in c["attn_resolutions"]
            level = Level(widths[min(l + 1, len(widths) - 1)], width, c["num_res_blocks"] + 1, attends)
            if l:
                level.upsample = Upsample(width)
            self.up.append(level)
        self.norm_out = norm(widths[0])
        self.conv_out = nn.Conv2d(widths[0], c["out_ch"], 3, padding=1)

    def forward(self, x):
        x = self.mid(self.conv_in(x))
        for level in reversed(self.up):
            x = level(x)
            x = level.upsample(x) if hasattr(level, "upsample") else x
        return self.conv_out(F.silu(self.norm_out(x)))


class Quantizer(nn.Module):
    """The codebook, under taming's name."""

    def __init__(self, c):
        super().__init__()
        self.embedding = nn.Embedding(c["n_embed"], c["embed_dim"])


class Model(nn.Module):
    """Encoder, quantizer, decoder."""

    def __init__(self, c):
        super().__init__()
        self.encoder = Encoder(c)
        self.decoder = Decoder(c)
        self.quantize = Quantizer(c)
        self.quant_conv = nn.Conv2d(c["z_channels"], c["embed_dim"], 1)
        self.post_quant_conv = nn.Conv2d(c["embed_dim"], c["z_channels"], 1)

    def latents(self, x):
        """z [N, h, w, embed_dim] of NHWC images."""
        return nhwc(self.quant_conv(self.encoder(nchw(x))))

    def forward(self, x):
        """z, codes, reconstruction, and the loss terms of NHWC images."""
        z = self.latents(x)
        codebook = self.quantize.embedding.weight
        codes = squared_distances(z.detach().flatten(0, 2), codebook.detach()).argmin(1)
        zq = codebook[codes].view_as(z)
        terms = {
            "codebook": (z.detach() - zq).square().mean(),
            "commitment": (z - zq.detach()).square().mean(),
        }
        xhat = nhwc(self.decoder(self.post_quant_conv(nchw(z + (zq - z).detach()))))
        terms["l1"] = (x - xhat).abs().mean()
        usage = torch.bincount(codes, minlength=len(codebook)).to(z.dtype) / len(codes)
        terms["perplexity"] = torch.exp(-(usage * (usage + 1e-10).log()).sum())
        terms["vq_paper"] = terms["codebook"] + BETA * terms["commitment"]
        terms["vq_legacy"] = terms["commitment"] + BETA * terms["codebook"]
        terms["total_paper"] = terms["l1"] + terms["vq_paper"]
        terms["total_legacy"] = terms["l1"] + terms["vq_legacy"]
        return z, codes, xhat, terms


def squared_distances(z, codebook):
    """[T, K]."""
    return z.square().sum(1, keepdim=True) + codebook.square().sum(1) - 2 * z @ codebook.T


def margins(z, codebook):
    """(second best - best) / best squared distance of each token, and the two codes."""
    two = squared_distances(z, codebook).topk(2, 1, largest=False)
    return (two.values[:, 1] - two.values[:, 0]) / two.values[:, 0], two.indices


def weight_rule(name, shape):
    """Scale and offset of a parameter: unit variance through convolutions, 1 +- 0.1 for gains, +- 0.1 for biases."""
    if len(shape) > 1:
        gain = OUTPUT_GAIN if name == "decoder.conv_out.weight" else 1
        return single(gain * math.sqrt(3 / math.prod(shape[1:]))), 0.0
    if "norm" in name and name.endswith("weight"):
        return single(0.1), 1.0
    return single(0.1), 0.0


def build(configuration, seed):
    """The float64 model with weights from their streams, and a description of each parameter in order."""
    model = Model(configuration).double()
    described = []
    for stream, (name, parameter) in enumerate(model.named_parameters()):
        shape = list(parameter.shape)
        scale, offset = weight_rule(name, shape)
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(uniform(seed, stream, shape, scale, offset)))
        entry = {"name": name, "shape": shape, "stream": stream, "scale": scale, "offset": offset}
        described.append(entry)
    return model, described


def image(seed, shape):
    """The input of a model, [N, H, W, 3] in float64."""
    return torch.from_numpy(two_sided(seed, INPUT_STREAM, shape, INPUT_SCALE, INPUT_OFFSET)).double()


def separate(model, x):
    """Moves the codebook until no token is near a border between two codes; returns the smallest relative margin."""
    with torch.no_grad():
        z = model.latents(x).flatten(0, 2)
        weight = model.quantize.embedding.weight
        codebook = z.mean(0) + z.std(0) * weight * math.sqrt(weight.shape[1])
        for _ in range(2000):
            margin, two = margins(z, codebook)
            worst = int(margin.argmin())
            if margin[worst] > 1.05 * TARGET_MARGIN:
                break
            for token in torch.nonzero(margin < 1.05 * TARGET_MARGIN).flatten().tolist():
                near, far = two[token].tolist()
                codebook[near] += 0.004 * (z[token] - codebook[near])
                codebook[far] -= 0.004 * (z[token] - codebook[far])
        weight.copy_(codebook.float())
        margin, two = margins(z, weight)
        assert margin.min() > TARGET_MARGIN, float(margin.min())
        return float(margin.min()), len(two[:, 0].unique())


def watch(model):
    """Keeps the output of every block, layer of a stage and outer convolution, by name, in order of running."""
    seen = {}

    def keep(name):
        return lambda module, inputs, output: seen.__setitem__(name, nhwc(output.detach()).contiguous().flatten())

    for name, module in model.named_modules():
        outer = name.endswith(("conv_in", "conv_out", "norm_out", "quant_conv"))
        if outer or isinstance(module, (Residual, Attention, Downsample, Upsample)):
            module.register_forward_hook(keep(name))
    return seen


def gradients(model, total):
    """Gradient of every parameter, in order."""
    return torch.autograd.grad(total, list(model.parameters()), retain_graph=True)


def golden(name, configuration, seed, shape, forms):
    """One file: a model, an input, and all that comes out."""
    group = Group(name, seed)
    model, described = build(configuration, seed)
    x = image(seed, shape)
    margin, used = separate(model, x)
    for entry in described:
        if entry["name"] == "quantize.embedding.weight":
            for key in ("stream", "scale", "offset"):
                del entry[key]
            entry["stored"] = "codebook"
    group.store("codebook", model.quantize.embedding.weight)

    seen = watch(model)
    z, codes, xhat, terms = model(x)
    gap = float((x - xhat.detach()).abs().min())
    assert gap > 0.01, gap
    group.store("z", z)
    group.store("codes", codes.view(z.shape[:3]))
    group.store("terms", torch.stack(list(terms.values())))
    group.store("activation_norms", torch.stack([v.norm() for v in seen.values()]))
    group.store("activation_samples", np.stack([v[strided(v.numel(), 16)].numpy() for v in seen.values()]))
    kept = {k: v.float() for k, v in seen.items()}
    found = {form: gradients(model, terms[f"total_{form}"]) for form in forms}

    model.float()
    z32, codes32, xhat32, terms32 = model(x.float())
    assert (codes == codes32).all()
    group.note("z", relative_difference(z32.detach(), z.detach()))
    group.note("xhat", relative_difference(xhat32.detach(), xhat.detach()))
    for k in terms:
        group.note(k, relative_difference(terms32[k].detach(), terms[k].detach()))
    for k, v in seen.items():
        group.note(k, relative_difference(v, kept[k]))
    found32 = {form: gradients(model, terms32[f"total_{form}"]) for form in forms}

    index = strided(xhat.numel(), 1024)
    flat = xhat.detach().flatten()
    group.store("xhat_index", index)
    group.store("xhat_samples", flat[index])
    group.store("xhat_norm", flat.norm().view(1))
    group.store("xhat_projections", projections(seed, len(described), flat.numpy())[0])

    zero = []
    names = [entry["name"] for entry in described]
    norms = {form: torch.stack([g.norm() for g in found[form]]).numpy() for form in forms}
    rows = {form: [] for form in forms}
    for i, entry in enumerate(described):
        arrays = [found[form][i] for form in forms] + [found32[form][i] for form in forms]
        projected = projections(seed, i, *[a.numpy() for a in arrays])
        for f, form in enumerate(forms):
            rows[form].append(projected[f])
            if norms[form][i] < ZERO_GRADIENT:
                entry["zero_gradient"] = True
                zero.append(float(found32[form][i].norm()))
            weight = names.index(entry["name"].rpartition(".")[0] + ".weight")
            difference = np.abs(projected[f] - projected[f + len(forms)]).max()
            scale = max(norms[form][i], norms[form][weight])
            group.note(f"gradient {entry['name']}", float(difference / scale))
    for form in forms:
        group.store(f"gradient_norms_{form}", norms[form])
        group.store(f"gradient_projections_{form}", np.stack(rows[form]))

    group.description.update(
        configuration=configuration,
        beta=BETA,
        input={
            "name": "x",
            "shape": shape,
            "kind": "two-sided",
            "stream": INPUT_STREAM,
            "scale": INPUT_SCALE,
            "offset": INPUT_OFFSET,
        },
        terms=list(terms),
        activations=list(seen),
        gradient_forms=list(forms),
        xhat_projection=len(described),
        parameters=described,
    )
    group.write()
    smallest = min(n for form in forms for n in norms[form] if n > ZERO_GRADIENT)
    print(
        f"  parameters {sum(math.prod(e['shape']) for e in described)},"
        f" codes used {used}, smallest margin {margin:.1e};"
        f" gradients that are zero {len(zero) // len(forms)} (in float32 at most {max(zero, default=0):.1e}),"
        f" smallest other {smallest:.1e}"
    )


def make():
    """The three VQGAN files."""
    golden("vqgan_f8", F8, F8_SEED, F8_SHAPE, ["paper", "legacy"])
    golden("vqgan_f16", F16, F16_SEED, [2, 64, 64, 3], ["paper", "legacy"])
    golden("vqgan_f16_288x512", F16, F16_SEED, [1, 288, 512, 3], ["paper"])
