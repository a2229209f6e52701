"""Outputs and gradients of single operations: ops.safetensors, ops.json."""

import math

import torch
import torch.nn.functional as F

from golden import Group, integers, nchw, nhwc, relative_difference, single, uniform

SEED = 101


class Operations:
    """Collects cases; streams are numbered 0, 1, 2, ... over all cases in order of use."""

    def __init__(self):
        self.group = Group("ops", SEED)
        self.stream = 0
        self.cases = []
        self.group.description["cases"] = self.cases

    def case(self, name, op, parameters, inputs, run, constants=(), differentiable=None):
        """Runs `run(dictionary) -> tensor or dictionary` in float64 and float32 and stores the float64 results.

        inputs: (name, shape, scale, offset) of float tensors, or (name, shape, "integer", modulus, offset).
        A gradient is stored for every float input that `constants` does not name.
        """
        descriptions, values = [], {}
        for entry in inputs:
            key, shape = entry[0], list(entry[1])
            if entry[2] == "integer":
                modulus, offset = entry[3:]
                values[key] = torch.from_numpy(integers(SEED, self.stream, shape, modulus, offset))
                numbers = {"kind": "integer", "modulus": modulus, "offset": offset}
            else:
                scale, offset = single(entry[2]), single(entry[3] if len(entry) > 3 else 0)
                values[key] = torch.from_numpy(uniform(SEED, self.stream, shape, scale, offset))
                numbers = {"scale": scale, "offset": offset}
            descriptions.append({"name": key, "shape": shape, "stream": self.stream, **numbers})
            self.stream += 1
        gradients = [k for k, v in values.items() if v.is_floating_point() and k not in constants]
        results = [self.evaluate(values, gradients, run, kind) for kind in (torch.float64, torch.float32)]
        shape = list(results[0]["y"].shape)
        for key, value in results[0].items():
            self.group.store(f"{name}/{key}", value)
            self.group.note(f"{name}/{key}", relative_difference(results[1][key], value))
        self.cases.append(
            {
                "name": name,
                "op": op,
                "parameters": parameters,
                "inputs": descriptions,
                "upstream": {"shape": shape, "stream": self.stream, "scale": 1.0, "offset": 0.0},
                "outputs": [k for k in results[0] if not k.startswith("d_")],
                "gradients": gradients,
            }
        )
        self.stream += 1

    def evaluate(self, values, gradients, run, kind):
        """Outputs and gradients ("d_" + input) of one case at one precision."""
        leaves = {k: v.to(kind) if v.is_floating_point() else v for k, v in values.items()}
        for key in gradients:
            leaves[key] = leaves[key].clone().requires_grad_()
        outputs = run(leaves)
        outputs = outputs if isinstance(outputs, dict) else {"y": outputs}
        upstream = torch.from_numpy(uniform(SEED, self.stream, list(outputs["y"].shape))).to(kind)
        found = torch.autograd.grad(outputs["y"], [leaves[k] for k in gradients], upstream)
        result = {k: v.detach() for k, v in outputs.items()}
        result.update({f"d_{k}": g for k, g in zip(gradients, found)})
        return result


def convolutions(ops):
    """conv2d and its transpose. Padding is [top, left, bottom, right], zeros."""
    #        name              n  h  w  ci co k      s  pad           d  g   bias
    table = [
        ("conv2d_k1", 2, 5, 7, 3, 5, (1, 1), (1, 1), (0, 0, 0, 0), 1, 1, True),
        ("conv2d_k1_s2", 1, 7, 5, 3, 2, (1, 1), (2, 2), (0, 0, 0, 0), 1, 1, True),
        ("conv2d_k3", 2, 7, 5, 3, 5, (3, 3), (1, 1), (1, 1, 1, 1), 1, 1, True),
        ("conv2d_k3_image_1x1", 1, 1, 1, 2, 3, (3, 3), (1, 1), (1, 1, 1, 1), 1, 1, True),
        ("conv2d_k3_one_channel", 1, 5, 3, 1, 1, (3, 3), (1, 1), (1, 1, 1, 1), 1, 1, True),
        ("conv2d_k3_wide", 1, 3, 5, 17, 19, (3, 3), (1, 1), (1, 1, 1, 1), 1, 1, True),
        ("conv2d_k3_valid", 1, 5, 4, 3, 4, (3, 3), (1, 1), (0, 0, 0, 0), 1, 1, True),
        ("conv2d_k3_s2", 2, 7, 6, 3, 4, (3, 3), (2, 2), (1, 1, 1, 1), 1, 1, True),
        ("conv2d_k3_s2_right_bottom", 2, 8, 6, 3, 5, (3, 3), (2, 2), (0, 0, 1, 1), 1, 1, True),
        ("conv2d_k3_s2_right_bottom_odd", 1, 7, 5, 2, 3, (3, 3), (2, 2), (0, 0, 1, 1), 1, 1, True),
        ("conv2d_k3_top_left", 1, 5, 6, 2, 3, (3, 3), (1, 1), (2, 1, 0, 0), 1, 1, True),
        ("conv2d_k4_s2", 2, 8, 6, 3, 5, (4, 4), (2, 2), (1, 1, 1, 1), 1, 1, True),
        ("conv2d_k4_s1", 1, 5, 7, 3, 2, (4, 4), (1, 1), (1, 1, 1, 1), 1, 1, True),
        ("conv2d_k7", 1, 9, 7, 2, 3, (7, 7), (1, 1), (3, 3, 3, 3), 1, 1, True),
        ("conv2d_k7_s2", 1, 11, 8, 3, 2, (7, 7), (2, 2), (3, 3, 3, 3), 1, 1, True),
        ("conv2d_k1x3_s2x1", 1, 5, 7, 3, 2, (1, 3), (2, 1), (0, 1, 0, 1), 1, 1, True),
        ("conv2d_groups2", 2, 5, 5, 6, 4, (3, 3), (1, 1), (1, 1, 1, 1), 1, 2, True),
        ("conv2d_depthwise", 1, 7, 5, 7, 7, (3, 3), (1, 1), (1, 1, 1, 1), 1, 7, True),
        ("conv2d_depthwise_twofold_s2", 1, 6, 5, 3, 6, (3, 3), (2, 2), (1, 1, 1, 1), 1, 3, True),
        ("conv2d_dilation2", 1, 7, 9, 3, 4, (3, 3), (1, 1), (2, 2, 2, 2), 2, 1, True),
        ("conv2d_dilation2_s2", 1, 9, 8, 2, 3, (3, 3), (2, 2), (2, 2, 2, 2), 2, 1, True),
        ("conv2d_no_bias", 2, 5, 4, 3, 5, (3, 3), (1, 1), (1, 1, 1, 1), 1, 1, False),
    ]
    for name, n, h, w, ci, co, k, s, pad, d, g, bias in table:
        fan = ci // g * k[0] * k[1]
        inputs = [("x", (n, h, w, ci), 1), ("weight", (co, ci // g, *k), 1 / math.sqrt(fan))]
        inputs += [("bias", (co,), 0.1)] if bias else []

        def run(t, pad=pad, s=s, d=d, g=g):
            top, left, bottom, right = pad
            x = F.pad(nchw(t["x"]), (left, right, top, bottom))
            return nhwc(F.conv2d(x, t["weight"], t.get("bias"), s, 0, d, g))

        parameters = {"stride": list(s), "padding": list(pad), "dilation": [d, d], "groups": g}
        ops.case(name, "conv2d", parameters, inputs, run)

    #        name                       n  h  w  ci co k  s  p  op g  bias
    table = [
        ("conv_transpose2d_k4_s2", 2, 3, 4, 5, 3, 4, 2, 1, 0, 1, True),
        ("conv_transpose2d_k3_s2_output_padding", 1, 4, 3, 3, 2, 3, 2, 1, 1, 1, True),
        ("conv_transpose2d_k3_s1", 1, 5, 3, 2, 3, 3, 1, 1, 0, 1, True),
        ("conv_transpose2d_groups2_no_bias", 1, 3, 3, 4, 6, 4, 2, 1, 0, 2, False),
        ("conv_transpose2d_image_1x1", 1, 1, 1, 3, 2, 4, 2, 1, 0, 1, True),
    ]
    for name, n, h, w, ci, co, k, s, p, op, g, bias in table:
        inputs = [("x", (n, h, w, ci), 1), ("weight", (ci, co // g, k, k), 1 / math.sqrt(ci // g * k * k))]
        inputs += [("bias", (co,), 0.1)] if bias else []

        def run(t, s=s, p=p, op=op, g=g):
            return nhwc(F.conv_transpose2d(nchw(t["x"]), t["weight"], t.get("bias"), s, p, op, g))

        parameters = {"stride": [s, s], "padding": [p] * 4, "output_padding": [op, op], "groups": g}
        ops.case(name, "conv_transpose2d", parameters, inputs, run)


def norms(ops):
    """Group, layer and batch normalization."""
    for name, shape, groups, silu in [
        ("group_norm_32", (2, 3, 3, 64), 32, False),
        ("group_norm_32_one_channel_each", (1, 5, 3, 32), 32, False),
        ("group_norm_4", (2, 5, 3, 12), 4, False),
        ("group_norm_4_image_1x1", (2, 1, 1, 12), 4, False),
        ("group_norm_silu_32", (1, 3, 5, 64), 32, True),
        ("group_norm_silu_4", (2, 3, 7, 20), 4, True),
    ]:
        c = shape[-1]

        def run(t, groups=groups, silu=silu):
            y = F.group_norm(nchw(t["x"]), groups, t["gain"], t["bias"], 1e-6)
            return nhwc(F.silu(y) if silu else y)

        inputs = [("x", shape, 1, 0.3), ("gain", (c,), 0.1, 1), ("bias", (c,), 0.1)]
        op = "group_norm_silu" if silu else "group_norm"
        ops.case(name, op, {"groups": groups, "epsilon": 1e-6}, inputs, run)

    for name, shape, epsilon in [
        ("layer_norm", (5, 13), 1e-5),
        ("layer_norm_1e-6", (2, 3, 64), 1e-6),
        ("layer_norm_one_row", (1, 7), 1e-5),
    ]:
        c = shape[-1]
        inputs = [("x", shape, 1, 0.3), ("gain", (c,), 0.1, 1), ("bias", (c,), 0.1)]
        run = lambda t, c=c, e=epsilon: F.layer_norm(t["x"], (c,), t["gain"], t["bias"], e)
        ops.case(name, "layer_norm", {"epsilon": epsilon}, inputs, run)

    for name, shape, training in [
        ("batch_norm_training", (3, 4, 5, 7), True),
        ("batch_norm_training_image_1x1", (5, 1, 1, 3), True),
        ("batch_norm_inference", (2, 3, 5, 7), False),
    ]:
        c = shape[-1]

        def run(t, training=training):
            mean, variance = t["running_mean"].clone(), t["running_variance"].clone()
            y = nhwc(F.batch_norm(nchw(t["x"]), mean, variance, t["gain"], t["bias"], training, 0.1, 1e-5))
            return {"y": y, "running_mean": mean, "running_variance": variance} if training else y

        inputs = [
            ("x", shape, 1, 0.3),
            ("gain", (c,), 0.1, 1),
            ("bias", (c,), 0.1),
            ("running_mean", (c,), 0.1),
            ("running_variance", (c,), 0.5, 1),
        ]
        parameters = {"training": training, "momentum": 0.1, "epsilon": 1e-5}
        ops.case(name, "batch_norm", parameters, inputs, run, constants=("running_mean", "running_variance"))


def attention(t, heads, scale):
    """softmax(q kT scale) v for [N, T, heads * width] tensors whose heads lie one after the other in the channels."""
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (t["q"], t["k"], t["v"]))
    return ((q @ k.transpose(-1, -2) * scale).softmax(-1) @ v).transpose(1, 2).flatten(2)


def products(ops):
    """Matrix products, softmax and attention."""
    inputs = [("x", (3, 5, 7), 1), ("weight", (11, 7), 1 / math.sqrt(7)), ("bias", (11,), 0.1)]
    ops.case("linear", "linear", {}, inputs, lambda t: F.linear(t["x"], t["weight"], t["bias"]))
    inputs = [("a", (3, 5, 7), 1), ("b", (3, 7, 2), 1)]
    ops.case("matmul_batched", "matmul", {}, inputs, lambda t: t["a"] @ t["b"])

    for name, shape, axis in [
        ("softmax", (5, 13), 1),
        ("softmax_one", (3, 1), 1),
        ("softmax_axis_1", (2, 7, 3), 1),
    ]:
        ops.case(name, "softmax", {"axis": axis}, [("x", shape, 5)], lambda t, a=axis: t["x"].softmax(a))
        run = lambda t, a=axis: t["x"].log_softmax(a)
        ops.case(f"log_{name}", "log_softmax", {"axis": axis}, [("x", shape, 5)], run)

    for name, n, tq, tk, width, value_width, heads, scale in [
        ("attention_single_head", 2, 13, 13, 8, 8, 1, 8**-0.5),
        ("attention_single_head_wide", 1, 6, 6, 32, 32, 1, 32**-0.5),
        ("attention_multi_head", 2, 7, 7, 4, 4, 3, 4**-0.5),
        ("attention_cross", 2, 5, 11, 4, 4, 2, 0.7),
        ("attention_value_width", 1, 3, 5, 4, 7, 2, 0.5),
        ("attention_one_key", 2, 3, 1, 4, 4, 2, 0.5),
    ]:
        scale = single(scale)
        inputs = [("q", (n, tq, heads * width), 2), ("k", (n, tk, heads * width), 2)]
        inputs += [("v", (n, tk, heads * value_width), 1)]
        run = lambda t, h=heads, s=scale: attention(t, h, s)
        ops.case(name, "attention", {"heads": heads, "scale": scale}, inputs, run)


def activations(ops):
    """Elementwise functions, on [-4, 4)."""
    for name, function in {
        "gelu_erf": F.gelu,
        "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
        "silu": F.silu,
        "relu": F.relu,
        "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softplus": F.softplus,
    }.items():
        parameters = {"slope": 0.2} if name == "leaky_relu" else {}
        ops.case(name, name, parameters, [("x", (7, 19), 4)], lambda t, f=function: f(t["x"]))


def resampling(ops):
    """Nearest and bilinear resize, average and max pooling."""
    sizes = [
        ("x2", (2, 3, 5, 3), (6, 10)),
        ("x2_image_1x1", (1, 1, 1, 2), (2, 2)),
        ("half", (1, 6, 8, 3), (3, 4)),
        ("up", (1, 5, 3, 2), (7, 11)),
        ("down", (1, 11, 7, 2), (5, 3)),
        ("up_down", (1, 3, 7, 2), (8, 5)),
    ]
    modes = [
        ("resize_nearest", "nearest", {"mode": "nearest", "source": "floor(i * in / out)"}, {}),
        ("resize_nearest_exact", "nearest-exact", {"mode": "nearest", "source": "floor((i + 0.5) * in / out)"}, {}),
        ("resize_bilinear", "bilinear", {"mode": "bilinear", "align_corners": False}, {"align_corners": False}),
    ]
    for prefix, mode, parameters, options in modes:
        for name, shape, size in sizes:
            run = lambda t, s=size, m=mode, o=options: nhwc(F.interpolate(nchw(t["x"]), s, mode=m, **o))
            ops.case(f"{prefix}_{name}", "resize", {**parameters, "size": list(size)}, [("x", shape, 1)], run)

    for name, shape, k, s, p in [
        ("k2_s2", (2, 6, 4, 3), 2, 2, 0),
        ("k2_s2_odd", (1, 7, 5, 3), 2, 2, 0),
        ("k3_s2_p1", (1, 7, 6, 3), 3, 2, 1),
        ("k3_s1_p1", (1, 5, 3, 2), 3, 1, 1),
        ("k3_s1_p1_image_1x1", (1, 1, 1, 2), 3, 1, 1),
    ]:
        parameters = {"kernel": [k, k], "stride": [s, s], "padding": [p] * 4}
        for include in (True, False) if p else (True,):
            run = lambda t, k=k, s=s, p=p, i=include: nhwc(F.avg_pool2d(nchw(t["x"]), k, s, p, False, i))
            suffix = "" if not p else "_count_padding" if include else "_skip_padding"
            options = {**parameters, "count_include_pad": include}
            ops.case(f"avg_pool_{name}{suffix}", "avg_pool", options, [("x", shape, 1)], run)
        run = lambda t, k=k, s=s, p=p: nhwc(F.max_pool2d(nchw(t["x"]), k, s, p))
        ops.case(f"max_pool_{name}", "max_pool", parameters, [("x", shape, 1)], run)


def losses(ops):
    """Cross-entropy, mean over the rows whose label is not -1."""
    for name, rows, classes, smoothing, ignore in [
        ("cross_entropy", 13, 7, 0.0, False),
        ("cross_entropy_ignore", 17, 5, 0.0, True),
        ("cross_entropy_smoothing", 11, 7, 0.1, False),
        ("cross_entropy_smoothing_ignore", 19, 5, 0.1, True),
        ("cross_entropy_one_row", 1, 3, 0.0, False),
    ]:
        labels = (
            ("labels", (rows,), "integer", classes + 1, -1) if ignore else ("labels", (rows,), "integer", classes, 0)
        )
        parameters = {"label_smoothing": smoothing, "ignore_index": -1, "reduction": "mean"}

        def run(t, smoothing=smoothing):
            return F.cross_entropy(t["logits"], t["labels"], ignore_index=-1, label_smoothing=smoothing)

        ops.case(name, "cross_entropy", parameters, [("logits", (rows, classes), 4), labels], run)


def make():
    """All cases of ops.safetensors."""
    ops = Operations()
    convolutions(ops)
    norms(ops)
    products(ops)
    activations(ops)
    resampling(ops)
    losses(ops)
    ops.group.write()
