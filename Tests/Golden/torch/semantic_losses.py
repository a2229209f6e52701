"""Margin and proxy losses of the semantic switch: semantic_losses.safetensors, semantic_losses.json."""

import math

import torch
import torch.nn.functional as F

from golden import Group, integers, relative_difference, single, uniform

SEED = 501
TOKENS, DIMENSION, CLASSES, CENTERS = 37, 8, 5, 10


def margin_function(cosine, m):
    """psi(theta) = (-1)^k cos(m theta) - 2k on [k pi / m, (k + 1) pi / m]; k without gradient."""
    cosine = cosine.clamp(-1, 1)
    multiple = {
        2: lambda c: 2 * c**2 - 1,
        3: lambda c: 4 * c**3 - 3 * c,
        4: lambda c: 8 * c**4 - 8 * c**2 + 1,
    }[m](cosine)
    k = (m * cosine.detach().acos() / math.pi).floor()
    return (1 - 2 * (k % 2)) * multiple - 2 * k


def cosines(x, w):
    """[T, C]."""
    return F.normalize(x, dim=1) @ F.normalize(w, dim=1).T


def cosface(x, w, y, scale, margin):
    """Wang et al., CVPR 2018."""
    target = F.one_hot(y, CLASSES).to(x.dtype)
    return F.cross_entropy(scale * (cosines(x, w) - margin * target), y)


def angular(x, w, y, m, annealing, normalized):
    """L-Softmax (Liu et al., ICML 2016) and, with normalized class vectors, SphereFace (Liu et al., CVPR 2017)."""
    cosine = cosines(x, w)
    radius = x.norm(dim=1, keepdim=True)
    if not normalized:
        radius = radius * w.norm(dim=1)
    softened = (annealing * cosine + margin_function(cosine, m)) / (1 + annealing)
    logits = radius * torch.where(F.one_hot(y, CLASSES).bool(), softened, cosine)
    return F.cross_entropy(logits, y)


def softtriple(x, w, y, scale, gamma, delta, tau):
    """Qian et al., ICCV 2019; w is [C, centers, d]; features and centers are normalized."""
    w = F.normalize(w, dim=2)
    similarity = torch.einsum("td,ckd->tck", F.normalize(x, dim=1), w)
    relaxed = ((similarity / gamma).softmax(2) * similarity).sum(2)
    target = F.one_hot(y, CLASSES).to(x.dtype)
    loss = F.cross_entropy(scale * (relaxed - delta * target), y)
    first, second = torch.triu_indices(CENTERS, CENTERS, 1)
    products = (w @ w.transpose(1, 2))[:, first, second]
    spread = (2 + 1e-5 - 2 * products).sqrt().sum() / (CLASSES * CENTERS * (CENTERS - 1))
    return loss + tau * spread


def proxy_nca(x, w, y, scale, include_positive):
    """Movshovitz-Attias et al., ICCV 2017: softmax on -scale |x - p|^2 of unit vectors."""
    difference = F.normalize(x, dim=1)[:, None] - F.normalize(w, dim=1)
    logits = -scale * difference.square().sum(2)
    positive = logits.gather(1, y[:, None])[:, 0]
    others = logits if include_positive else logits.masked_fill(F.one_hot(y, CLASSES).bool(), -math.inf)
    return (others.logsumexp(1) - positive).mean()


CASES = [
    ("cosface", cosface, {"scale": 30.0, "margin": 0.35}),
    ("cosface_s64", cosface, {"scale": 64.0, "margin": 0.25}),
    ("l_softmax", angular, {"m": 4, "annealing": 0.0, "normalized": False}),
    ("l_softmax_annealed", angular, {"m": 4, "annealing": 5.0, "normalized": False}),
    ("l_softmax_m2", angular, {"m": 2, "annealing": 0.0, "normalized": False}),
    ("l_softmax_m3", angular, {"m": 3, "annealing": 0.0, "normalized": False}),
    ("sphereface", angular, {"m": 4, "annealing": 5.0, "normalized": True}),
    ("sphereface_not_annealed", angular, {"m": 4, "annealing": 0.0, "normalized": True}),
    ("softtriple", softtriple, {"scale": 20.0, "gamma": 0.1, "delta": 0.01, "tau": 0.2}),
    ("proxy_nca", proxy_nca, {"scale": 3.0, "include_positive": True}),
    ("proxy_nca_without_positive", proxy_nca, {"scale": 3.0, "include_positive": False}),
]


def make():
    """The one file."""
    group = Group("semantic_losses", SEED)
    shapes = {"features": [TOKENS, DIMENSION], "class_vectors": [CLASSES, DIMENSION]}
    shapes["centers"] = [CLASSES, CENTERS, DIMENSION]
    inputs, values = [], {}
    for stream, (name, shape) in enumerate(shapes.items()):
        inputs.append({"name": name, "shape": shape, "stream": stream, "scale": 1.0, "offset": 0.0})
        values[name] = torch.from_numpy(uniform(SEED, stream, shape))
    entry = {"name": "labels", "shape": [TOKENS], "stream": 3, "kind": "integer", "modulus": CLASSES + 1, "offset": -1}
    inputs.append(entry)
    labels = torch.from_numpy(integers(SEED, 3, [TOKENS], CLASSES + 1, -1))
    labelled = labels >= 0

    described = []
    for name, loss, parameters in CASES:
        parameters = {k: single(v) if isinstance(v, float) else v for k, v in parameters.items()}
        second = "centers" if loss is softtriple else "class_vectors"
        found = []
        for kind in (torch.float64, torch.float32):
            x = values["features"].to(kind).requires_grad_()
            w = values[second].to(kind).requires_grad_()
            value = loss(x[labelled], w, labels[labelled], **parameters)
            found.append((value.detach().view(1), *torch.autograd.grad(value, [x, w])))
        for key, value, other in zip(("value", "d_features", f"d_{second}"), *found):
            group.store(f"{name}/{key}", value)
            group.note(f"{name}/{key}", relative_difference(other, value))
        described.append({"name": name, "parameters": parameters, "class_parameters": second})
    group.description.update(labelled=int(labelled.sum()), inputs=inputs, cases=described)
    group.write()
