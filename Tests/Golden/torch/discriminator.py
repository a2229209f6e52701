"""PatchGAN with taming's parameter names, its losses, and the adaptive weight: discriminator.safetensors, .json."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import vqgan
from golden import INPUT_STREAM, Group, nchw, nhwc, projections, relative_difference, single, strided, uniform

SEED = 301
CONFIGURATION = {"input_nc": 3, "ndf": 16, "n_layers": 3}
SHAPE = [2, 48, 64, 3]
DISC_WEIGHT = 0.8


class Discriminator(nn.Module):
    """main.0 ... main.11; logits [N, h, w, 1] of NHWC images."""

    def __init__(self, c):
        super().__init__()
        width = c["ndf"]
        layers = [nn.Conv2d(c["input_nc"], width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for n in range(1, c["n_layers"] + 1):
            outputs = c["ndf"] * min(2**n, 8)
            stride = 2 if n < c["n_layers"] else 1
            layers += [nn.Conv2d(width, outputs, 4, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
            width = outputs
        self.main = nn.Sequential(*layers, nn.Conv2d(width, 1, 4, 1, 1))

    def forward(self, x):
        return nhwc(self.main(nchw(x)))

    def statistics(self):
        """Running means and variances, one after the other in order of layers."""
        norms = [layer for layer in self.main if isinstance(layer, nn.BatchNorm2d)]
        return {
            "running_mean": torch.cat([layer.running_mean for layer in norms]),
            "running_var": torch.cat([layer.running_var for layer in norms]),
        }


def build(kind):
    """The discriminator with weights from their streams, running mean 0 and variance 1."""
    model = Discriminator(CONFIGURATION).to(kind)
    described = []
    for stream, (name, parameter) in enumerate(model.named_parameters()):
        shape = list(parameter.shape)
        scale, offset = single(0.1), 0.0
        if len(shape) > 1:
            scale = single(math.sqrt(3 / math.prod(shape[1:])))
        elif name.endswith("weight"):
            offset = 1.0
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(uniform(SEED, stream, shape, scale, offset)))
        described.append({"name": name, "shape": shape, "stream": stream, "scale": scale, "offset": offset})
    return model, described


def evaluate(kind):
    """Everything at one precision: arrays by name, and lists of gradients by loss."""
    images = [torch.from_numpy(uniform(SEED, INPUT_STREAM + i, SHAPE)).to(kind) for i in range(2)]
    real, fake = images[0], images[1].requires_grad_()
    arrays, gradients = {}, {}

    model, _ = build(kind)
    parameters = list(model.parameters())
    arrays["logits_real"] = model(real)
    for key, value in model.statistics().items():
        arrays[f"{key}_after_real"] = value.clone()
    arrays["logits_fake"] = model(fake.detach())
    for key, value in model.statistics().items():
        arrays[f"{key}_after_fake"] = value.clone()
    losses = {
        "hinge_real": F.relu(1 - arrays["logits_real"]).mean(),
        "hinge_fake": F.relu(1 + arrays["logits_fake"]).mean(),
        "vanilla_real": F.softplus(-arrays["logits_real"]).mean(),
        "vanilla_fake": F.softplus(arrays["logits_fake"]).mean(),
    }
    losses["hinge"] = (losses["hinge_real"] + losses["hinge_fake"]) / 2
    losses["vanilla"] = (losses["vanilla_real"] + losses["vanilla_fake"]) / 2
    for form in ("hinge", "vanilla"):
        gradients[form] = torch.autograd.grad(losses[form], parameters, retain_graph=True)

    model, _ = build(kind)
    losses["generator"] = -model(fake).mean()
    arrays["d_fake"] = torch.autograd.grad(losses["generator"], fake)[0]

    model, _ = build(kind)
    model.eval()
    arrays["logits_inference"] = model(real)
    return arrays, losses, gradients


def adaptive(kind):
    """Norms of the two gradients at the decoder's last convolution on the f8 model, and the weight they give."""
    autoencoder, _ = vqgan.build(vqgan.F8, vqgan.F8_SEED)
    x = vqgan.image(vqgan.F8_SEED, vqgan.F8_SHAPE)
    vqgan.separate(autoencoder, x)
    autoencoder.to(kind)
    model, _ = build(kind)
    _, _, xhat, terms = autoencoder(x.to(kind))
    generator = -model(xhat).mean()
    last = autoencoder.decoder.conv_out.weight
    reconstruction_norm, generator_norm = (
        torch.autograd.grad(loss, last, retain_graph=True)[0].norm() for loss in (terms["l1"], generator)
    )
    weight = torch.clamp(reconstruction_norm / (generator_norm + 1e-4), 0, 1e4)
    return {
        "reconstruction_norm": reconstruction_norm,
        "generator_norm": generator_norm,
        "weight": weight,
        "weight_times_disc_weight": weight * DISC_WEIGHT,
        "generator": generator,
    }


def make():
    """The one file."""
    group = Group("discriminator", SEED)
    _, described = build(torch.float64)
    arrays, losses, gradients = evaluate(torch.float64)
    arrays32, losses32, gradients32 = evaluate(torch.float32)
    closest = min((1 - arrays["logits_real"]).abs().min(), (1 + arrays["logits_fake"]).abs().min())
    print(f"discriminator: nearest logit to the hinge's corner {float(closest.detach()):.1e}")

    d_fake, d_fake32 = arrays.pop("d_fake"), arrays32.pop("d_fake")
    for key, value in arrays.items():
        group.store(key, value)
        group.note(key, relative_difference(arrays32[key].detach(), value.detach()))
    group.store("losses", torch.stack(list(losses.values())))
    for key, value in losses.items():
        group.note(key, relative_difference(losses32[key].detach(), value.detach()))

    group.store("d_fake_norm", d_fake.norm().view(1))
    group.store("d_fake_samples", d_fake.flatten()[strided(d_fake.numel(), 1024)])
    group.store("d_fake_projections", projections(SEED, len(described), d_fake.numpy())[0])
    group.note("d_fake", relative_difference(d_fake32, d_fake))
    for form in ("hinge", "vanilla"):
        norms = torch.stack([g.norm() for g in gradients[form]]).numpy()
        rows = []
        for i, entry in enumerate(described):
            row, row32 = projections(SEED, i, gradients[form][i].numpy(), gradients32[form][i].numpy())
            rows.append(row)
            group.note(f"gradient {form} {entry['name']}", float(np.abs(row - row32).max() / norms[i]))
        group.store(f"gradient_norms_{form}", norms)
        group.store(f"gradient_projections_{form}", np.stack(rows))

    weights, weights32 = adaptive(torch.float64), adaptive(torch.float32)
    group.store("adaptive", torch.stack(list(weights.values())))
    for key, value in weights.items():
        group.note(f"adaptive {key}", relative_difference(weights32[key].detach(), value.detach()))

    group.description.update(
        configuration={**CONFIGURATION, "leaky_slope": 0.2, "batch_norm_momentum": 0.1, "batch_norm_epsilon": 1e-5},
        inputs=[
            {"name": n, "shape": SHAPE, "stream": INPUT_STREAM + i, "scale": 1.0, "offset": 0.0}
            for i, n in enumerate(("real", "fake"))
        ],
        losses=list(losses),
        adaptive=list(weights),
        disc_weight=DISC_WEIGHT,
        d_fake_projection=len(described),
        parameters=described,
    )
    group.write()
