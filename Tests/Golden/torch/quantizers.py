"""Online clustering (CVQ-VAE) and semantic-guided (SGC-VQGAN) codebook steps: quantizers.safetensors, .json."""

import math

import torch
import torch.nn.functional as F

from golden import Group, integers, relative_difference, single, uniform

TOKENS = 200
BETA = 0.25
CVQ = {"tokens": TOKENS, "codes": 32, "dimension": 8, "decay": 0.99, "epsilon": 1e-3, "steps": 3}
SGC = {
    "tokens": TOKENS,
    "codes": 64,
    "dimension": 32,
    "classes": 5,
    "levels": 4,
    "alpha": 1.0,
    "sigma": 0.5,
    "decay": 0.99,
    "epsilon": 1e-3,
    "steps": 2,
}
DISTANCE_ROWS = 16
# Tokens lie aside of the codebook's center, and on the other side in the last step, so that codes go unused.
MEAN = [0.6, 0.6, -0.6]
# The first seeds with which every choice of a code, an anchor and a class is clearer than `FLOOR` (see `gap`).
CVQ_SEED, SGC_SEED = 6190, 111
FLOOR = 1e-4


class Inputs:
    """Numbered inputs of one case: streams start at `first` and are described in order."""

    def __init__(self, seed, first):
        self.seed, self.stream, self.described, self.values = seed, first, [], {}

    def uniform(self, name, shape, scale=1.0, offset=0.0):
        scale, offset = single(scale), single(offset)
        entry = {"name": name, "shape": shape, "stream": self.stream, "scale": scale, "offset": offset}
        self.add(entry, torch.from_numpy(uniform(self.seed, self.stream, shape, scale, offset)))

    def integers(self, name, shape, modulus, offset):
        entry = {"name": name, "shape": shape, "stream": self.stream, "kind": "integer"}
        entry.update(modulus=modulus, offset=offset)
        self.add(entry, torch.from_numpy(integers(self.seed, self.stream, shape, modulus, offset)))

    def add(self, entry, value):
        self.described.append(entry)
        self.values[entry["name"]] = value
        self.stream += 1

    def at(self, kind):
        """The values, floating ones at precision `kind`."""
        return {k: v.to(kind) if v.is_floating_point() else v for k, v in self.values.items()}


def gap(scores, dimension):
    """Smallest distance between best and second best along a dimension, relative to the largest magnitude."""
    two = scores.topk(2, dimension).values
    return float(((two.select(dimension, 0) - two.select(dimension, 1)).min() / scores.abs().max()).detach())


def replacement(usage, c):
    """a_k of the usage averages N_k."""
    return torch.exp(-10 * c["codes"] * usage / (1 - c["decay"]) - c["epsilon"])


# CVQ-VAE


def similarities(z, codebook, distance):
    """[T, K], larger is closer; no gradient to z."""
    z = z.detach()
    if distance == "cos":
        return F.normalize(z, dim=1) @ F.normalize(codebook, dim=1).T
    return 2 * z @ codebook.T - z.square().sum(1, keepdim=True) - codebook.square().sum(1)


def contrastive(scores):
    """Cross-entropy of the mean of each code's top T/K similarities against its lowest T/2, at temperature 0.07."""
    tokens, codes = scores.shape
    ordered = scores.sort(0).values
    positive = ordered[-max(1, tokens // codes) :].mean(0, keepdim=True)
    logits = torch.cat([positive, ordered[: tokens // 2]]).T / 0.07
    return F.cross_entropy(logits, torch.zeros(codes, dtype=torch.long))


def cvq_inputs(seed):
    """A codebook and the tokens of each step."""
    inputs = Inputs(seed, 0)
    inputs.uniform("codebook", [CVQ["codes"], CVQ["dimension"]], 0.15)
    for step in range(CVQ["steps"]):
        inputs.uniform(f"z{step}", [TOKENS, CVQ["dimension"]], 0.15, MEAN[step] * 0.15)
    return inputs


def cvq(inputs, distance, kind):
    """Steps of the codebook rule alone (no optimizer): arrays by name, and the smallest gap of any choice."""
    values, arrays, smallest = inputs.at(kind), {}, math.inf
    codebook = values["codebook"]
    usage = torch.zeros(CVQ["codes"], dtype=kind)
    for step in range(CVQ["steps"]):
        z = values[f"z{step}"].requires_grad_()
        codebook = codebook.detach().requires_grad_()
        scores = similarities(z, codebook, distance)
        codes = scores.argmax(1)
        zq = codebook[codes]
        terms = {
            "codebook_term": (zq - z.detach()).square().mean(),
            "commitment_term": (zq.detach() - z).square().mean(),
            "contrastive": contrastive(scores),
        }
        loss = terms["codebook_term"] + BETA * terms["commitment_term"]
        share = torch.bincount(codes, minlength=CVQ["codes"]).to(kind) / TOKENS
        arrays[f"{step}/codes"] = codes
        arrays[f"{step}/codebook_term"] = terms["codebook_term"].view(1)
        arrays[f"{step}/loss"] = loss.view(1)
        arrays[f"{step}/perplexity"] = torch.exp(-(share * (share + 1e-10).log()).sum()).view(1)
        if step == 0:
            arrays["0/d_codebook_loss"], arrays["0/d_z_loss"] = torch.autograd.grad(
                loss, [codebook, z], retain_graph=True
            )
        arrays[f"{step}/contrastive"] = terms["contrastive"].view(1)
        arrays[f"{step}/d_codebook_contrastive"] = torch.autograd.grad(terms["contrastive"], codebook)[0]
        with torch.no_grad():
            usage = CVQ["decay"] * usage + (1 - CVQ["decay"]) * share
            a = replacement(usage, CVQ)
            anchors = scores.argmax(0)
            codebook = (1 - a[:, None]) * codebook + a[:, None] * z[anchors]
        arrays[f"{step}/usage"], arrays[f"{step}/a"] = usage, a
        arrays[f"{step}/anchors"], arrays[f"{step}/codebook_after"] = anchors, codebook
        smallest = min(smallest, gap(scores, 1), gap(scores, 0))
    return arrays, smallest


# SGC-VQGAN


def level_weights(levels, alpha):
    """Eq. 10."""
    raw = torch.tensor([math.exp(-alpha * l) - math.exp(-alpha * levels) for l in range(1, levels + 1)]).double()
    return raw / raw.sum()


def split():
    """Boolean [d], true on channels of high levels: w >= sigma."""
    high = level_weights(SGC["levels"], SGC["alpha"]) >= SGC["sigma"]
    return high.repeat_interleave(SGC["dimension"] // SGC["levels"])


def sgc_inputs(seed):
    """Codebook, class vectors, usage and histogram of before, and tokens and labels of each step."""
    inputs = Inputs(seed, 100)
    high = int(split().sum())
    inputs.uniform("codebook", [SGC["codes"], SGC["dimension"]], 0.7)
    inputs.uniform("class_vectors", [SGC["classes"], high])
    inputs.uniform("usage", [SGC["codes"]], 3e-5, 3e-5)
    inputs.uniform("histogram", [SGC["codes"], SGC["classes"]], 0.1, 0.1)
    for step in range(SGC["steps"]):
        inputs.uniform(f"z{step}", [TOKENS, SGC["dimension"]], 0.7, MEAN[step] * 0.7)
        inputs.integers(f"labels{step}", [TOKENS], SGC["classes"] + 1, -1)
    return inputs


def sgc(inputs, options, kind):
    """Steps of the codebook rule alone (no optimizer): arrays by name, and the smallest gap of any choice."""
    values, arrays, smallest = inputs.at(kind), {}, math.inf
    codebook, usage, histogram = values["codebook"], values["usage"], values["histogram"]
    vectors = values["class_vectors"]
    beta, pull = single(options["beta"]), single(options["w_pull"])
    is_high = split()
    decay = SGC["decay"]
    for step in range(SGC["steps"]):
        z, labels = values[f"z{step}"], values[f"labels{step}"]
        low, high = codebook[:, ~is_high], codebook[:, is_high]

        # D of Eq. 6: both directions from one matrix.
        distances = (z[:, None, ~is_high] - low).norm(dim=2) + beta * (z[:, None, is_high] - high).norm(dim=2)
        codes, anchors = distances.argmin(1), distances.argmin(0)
        arrays[f"{step}/distances"] = distances[:DISTANCE_ROWS]
        arrays[f"{step}/distance_of_token"] = distances.min(1).values
        arrays[f"{step}/distance_of_anchor"] = distances.min(0).values
        arrays[f"{step}/codes"], arrays[f"{step}/anchors"] = codes, anchors

        # Eq. 2, 3.
        usage = decay * usage + (1 - decay) * torch.bincount(codes, minlength=SGC["codes"]).to(kind) / TOKENS
        a = replacement(usage, SGC)
        arrays[f"{step}/usage"], arrays[f"{step}/a"] = usage, a

        # Class histogram: moving average of the hits, then blended with the class of the anchor.
        hits = torch.zeros_like(histogram)
        labelled = labels >= 0
        hits.index_put_(
            (codes[labelled], labels[labelled]), torch.ones(int(labelled.sum()), dtype=kind), accumulate=True
        )
        if options["histogram"] == "distribution":
            count = hits.sum(1, keepdim=True)
            moved = decay * histogram + (1 - decay) * hits / count.clamp(min=1)
            histogram = torch.where(count > 0, moved, histogram)
        else:
            histogram = decay * histogram + (1 - decay) * hits / TOKENS
        anchor_label = labels[anchors]
        has_label = (anchor_label >= 0)[:, None]
        target = F.one_hot(anchor_label.clamp(min=0), SGC["classes"]).to(kind)
        histogram = torch.where(has_label, (1 - a[:, None]) * histogram + a[:, None] * target, histogram)
        code_class = histogram.argmax(1)
        arrays[f"{step}/histogram"], arrays[f"{step}/code_class"] = histogram, code_class

        # Eq. 8 and 7; an anchor without a label gives the plain rule.
        anchor_low, anchor_high = z[anchors][:, ~is_high], z[anchors][:, is_high]
        direction = vectors[code_class]
        if options["class_radius"] == "anchor":
            direction = F.normalize(direction, dim=1) * anchor_high.norm(dim=1, keepdim=True)
        rate = a[:, None]
        low = (1 - rate) * low + rate * anchor_low
        mixed = torch.where(has_label, rate * anchor_high + (1 - rate) * direction, anchor_high)
        high = (1 - rate) * high + rate * mixed
        high = (1 - pull) * high + pull * F.normalize(vectors[code_class], dim=1) * high.norm(dim=1, keepdim=True)
        codebook = torch.empty_like(codebook)
        codebook[:, ~is_high], codebook[:, is_high] = low, high
        arrays[f"{step}/low_after"], arrays[f"{step}/high_after"] = low, high
        smallest = min(smallest, gap(-distances, 1), gap(-distances, 0), gap(histogram, 1))
    return arrays, smallest


CVQ_CASES = [("cvq_l2", "l2"), ("cvq_cos", "cos")]
PLAIN = {"beta": 1.0, "w_pull": 0.0, "histogram": "distribution", "class_radius": "anchor"}
# Variants of the first case that differ in what they write store only what they choose and write.
WRITTEN = ("codes", "anchors", "histogram", "code_class", "high_after")
SGC_CASES = [
    ("sgc_beta_1", PLAIN, None),
    ("sgc_beta_sqrt3", {**PLAIN, "beta": math.sqrt(3)}, None),
    ("sgc_w_pull", {**PLAIN, "w_pull": 0.05}, WRITTEN),
    ("sgc_histogram_frequency", {**PLAIN, "histogram": "frequency"}, WRITTEN),
    ("sgc_raw_class_vectors", {**PLAIN, "class_radius": "raw"}, WRITTEN),
]


def make():
    """The one file."""
    group = Group("quantizers", CVQ_SEED)
    del group.description["seed"]
    cases = []

    def keep(name, run, stored=None):
        (arrays, smallest), (arrays32, _) = run(torch.float64), run(torch.float32)
        assert smallest > FLOOR, (name, smallest)
        print(f"{name}: smallest relative gap between two choices {smallest:.1e}")
        for key, value in arrays.items():
            value, other = value.detach(), arrays32[key].detach()
            if value.is_floating_point():
                group.note(f"{name}/{key}", relative_difference(other, value))
            else:
                assert (value == other).all(), (name, key)
            if stored is None or key.split("/")[1] in stored:
                group.store(f"{name}/{key}", value)

    inputs = cvq_inputs(CVQ_SEED)
    for name, distance in CVQ_CASES:
        keep(name, lambda kind: cvq(inputs, distance, kind))
        cases.append({"name": name, "quantizer": "cvq", "seed": CVQ_SEED, "distance": distance})
    inputs_of_sgc = sgc_inputs(SGC_SEED)
    for name, options, stored in SGC_CASES:
        keep(name, lambda kind: sgc(inputs_of_sgc, options, kind), stored)
        options = {k: single(v) if isinstance(v, float) else v for k, v in options.items()}
        cases.append({"name": name, "quantizer": "sgc", "seed": SGC_SEED, **options})

    for levels, alpha in [(2, 1.0), (4, 1.0), (4, 0.1), (4, 3.0), (8, 0.5)]:
        group.store(f"level_weights/{levels}_{alpha}", level_weights(levels, alpha))
    group.description.update(
        cvq={**CVQ, "beta": BETA, "temperature": 0.07, "inputs": inputs.described},
        sgc={**SGC, "inputs": inputs_of_sgc.described},
        distance_rows=DISTANCE_ROWS,
        cases=cases,
    )
    group.write()
