"""Five steps of Adam and AdamW with clipping of the global gradient norm: adam.safetensors, adam.json."""

import torch

from golden import Group, relative_difference, uniform

SEED = 601
SHAPES = {"matrix": [5, 7], "vector": [13], "scalar": [1]}
CASES = [
    ("adam", torch.optim.Adam, {"lr": 0.01, "betas": [0.5, 0.9], "eps": 1e-8, "weight_decay": 0.0}, None),
    ("adam_clipped", torch.optim.Adam, {"lr": 0.01, "betas": [0.5, 0.9], "eps": 1e-8, "weight_decay": 0.0}, 1.0),
    ("adamw", torch.optim.AdamW, {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.05}, None),
    ("adamw_clipped", torch.optim.AdamW, {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.05}, 1.0),
]
# Clipping acts on some steps only: these factors scale the gradients of each step.
GRADIENT_SCALES = [1.0, 0.05, 4.0, 0.1, 1.0]


def run(optimizer, options, clip, kind):
    """Parameters and both moments after every step, and the norm before clipping."""
    arrays = {}
    tensors = [torch.from_numpy(uniform(SEED, i, s)).to(kind).requires_grad_() for i, s in enumerate(SHAPES.values())]
    state = optimizer(tensors, foreach=False, **options)
    for step, scale in enumerate(GRADIENT_SCALES):
        for i, (tensor, shape) in enumerate(zip(tensors, SHAPES.values())):
            stream = 100 + step * len(SHAPES) + i
            tensor.grad = torch.from_numpy(uniform(SEED, stream, shape, scale)).to(kind)
        if clip is not None:
            norm = torch.nn.utils.clip_grad_norm_(tensors, clip, foreach=False)
            arrays[f"{step}/gradient_norm"] = norm.view(1)
        state.step()
        for name, tensor in zip(SHAPES, tensors):
            arrays[f"{step}/{name}"] = tensor.detach().clone()
            arrays[f"{step}/{name}_first_moment"] = state.state[tensor]["exp_avg"].clone()
            arrays[f"{step}/{name}_second_moment"] = state.state[tensor]["exp_avg_sq"].clone()
    return arrays


def make():
    """The one file."""
    group = Group("adam", SEED)
    described = []
    for name, optimizer, options, clip in CASES:
        arrays, arrays32 = (run(optimizer, options, clip, kind) for kind in (torch.float64, torch.float32))
        for key, value in arrays.items():
            group.store(f"{name}/{key}", value)
            group.note(f"{name}/{key}", relative_difference(arrays32[key], value))
        described.append({"name": name, **options, "clip_norm": clip, "decoupled": optimizer is torch.optim.AdamW})
    parameters = [
        {"name": n, "shape": s, "stream": i, "scale": 1.0, "offset": 0.0} for i, (n, s) in enumerate(SHAPES.items())
    ]
    group.description.update(
        steps=len(GRADIENT_SCALES),
        parameters=parameters,
        gradient_first_stream=100,
        gradient_scales=GRADIENT_SCALES,
        cases=described,
    )
    group.write()
