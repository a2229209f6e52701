"""Makes numeric.json: the numeric operators in every version that reads differently.

    python3 -m venv build/golden-onnx && build/golden-onnx/bin/pip install -r Tests/Golden/onnx/requirements.txt
    build/golden-onnx/bin/python Tests/Golden/onnx/numeric.py
"""

import os

import numpy as np

from onnx import helper
from onnx.reference import ReferenceEvaluator

from cases import evaluated, expected, write

random = np.random.default_rng(20)


def reals(*shape, low=-2.0, high=2.0, dtype=np.float32):
    # Multiples of 1/64: short in the file, exact in every type.
    return (np.round(random.uniform(low, high, shape) * 64) / 64).astype(dtype)


def distinct(*shape, dtype=np.float32):
    return (random.permutation(int(np.prod(shape))).reshape(shape) / 8 - 1).astype(dtype)


def integers(*values, dtype=np.int64):
    return np.array(values, dtype=dtype)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def flattened(function, x, axis):
    """What Softmax and its kin did before version 13: over all axes from `axis` on."""
    axis = axis if axis >= 0 else axis + x.ndim
    rows = x.reshape(int(np.prod(x.shape[:axis])), -1)
    return function(rows).reshape(x.shape).astype(np.float32)


def hardmax(rows):
    y = np.zeros_like(rows)
    y[np.arange(len(rows)), rows.argmax(axis=1)] = 1
    return y


def functions():
    x = reals(2, 3, 2, 3)
    small = reals(7, low=-0.9, high=0.9)
    for op in ["Relu", "Sigmoid", "Tanh", "Erf", "Softplus", "Softsign", "Exp", "Abs", "Neg", "Floor", "Ceil", "Round",
               "Sign", "Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh"]:
        yield evaluated(op, 13, [x])
    for op in ["Asin", "Acos", "Atanh"]:
        yield evaluated(op, 11, [small])
    for op in ["Log", "Sqrt", "Reciprocal"]:
        yield evaluated(op, 13, [np.abs(x) + 0.25])
    yield evaluated("Acosh", 11, [np.abs(x) + 1])
    for op, opset in [("HardSwish", 14), ("Mish", 18)]:
        yield evaluated(op, opset, [x])
    for op in ["Abs", "Neg", "Sign"]:
        yield evaluated(op, 13, [integers(-3, 0, 5, dtype=np.int32)], name=f"{op} of int32")
    yield evaluated("Relu", 14, [integers(-3, 0, 5, dtype=np.int8)], name="Relu of int8")
    for dtype in [np.float16, np.float64]:
        yield evaluated("Exp", 13, [reals(5, dtype=dtype)], name=f"Exp of {dtype.__name__}")
    yield evaluated("LeakyRelu", 16, [x], alpha=0.25)
    yield evaluated("Elu", 11, [x], alpha=1.5)
    yield evaluated("Selu", 11, [x])
    yield evaluated("Celu", 12, [x], alpha=0.5)
    yield evaluated("HardSigmoid", 11, [x], alpha=0.3, beta=0.4)
    yield evaluated("ThresholdedRelu", 11, [x], alpha=0.5)
    yield evaluated("Shrink", 11, [x], lambd=0.75, bias=0.25)
    for approximate in ["none", "tanh"]:
        yield evaluated("Gelu", 20, [x], approximate=approximate)
    yield evaluated("PRelu", 16, [x, reals(3, 1, 1)], name="PRelu per channel")
    yield evaluated("PRelu", 16, [x, reals(1)], name="PRelu, one slope")


def powers():
    x = reals(2, 3, low=0.25)
    for power in [2.0, 3.0, 0.5, -0.5, -1.0, 1.7, 0.0]:
        yield evaluated("Pow", 13, [np.abs(x), np.float32(power)], name=f"Pow {power}")
    yield evaluated("Pow", 13, [np.abs(x), reals(3)], name="Pow of two arrays")
    yield evaluated("Pow", 12, [integers(-2, 3, 1, 0), integers(3, 2, 0, 0)], name="Pow of integers")
    yield evaluated("Pow", 13, [np.abs(x), integers(2, 0, 1)], name="Pow with whole exponents")
    yield evaluated("Clip", 11, [x, np.float32(-0.5), np.float32(0.75)], name="Clip")
    yield evaluated("Clip", 13, [x, None, np.float32(0.75)], name="Clip from above")
    yield evaluated("Clip", 12, [integers(-5, 2, 9, dtype=np.int8), np.int8(-1), np.int8(3)], name="Clip of int8")
    # No two of them are ever equal, so that extremes have gradients.
    three = [reals(2, 1, 3), reals(4, 1) + np.float32(1 / 256), reals(3) - np.float32(1 / 256)]
    for op in ["Min", "Max", "Sum"]:
        yield evaluated(op, 13, three, name=f"{op} of three")
        yield evaluated(op, 13, [x], name=f"{op} of one")
    yield expected("Mean", 13, three, [(three[0] + three[1] + three[2]) / np.float32(3)], name="Mean of three")
    yield expected("Mean", 13, [x], [x], name="Mean of one")
    yield evaluated("Max", 13, [integers(1, 5, dtype=np.int32), integers(4, 2, dtype=np.int32)], name="Max of int32")
    yield evaluated("Min", 13, [integers(1, 5, dtype=np.uint64), np.array([2**63 + 1, 2], np.uint64)], name="Min of uint64")


def softmaxes():
    x = reals(2, 3, 4)
    for axis in [0, 1, -1]:
        yield evaluated("Softmax", 13, [x], axis=axis)
        yield evaluated("LogSoftmax", 13, [x], axis=axis)
        yield evaluated("Hardmax", 13, [x], axis=axis)
    for axis in [0, 1, 2]:
        yield expected("Softmax", 11, [x], [flattened(softmax, x, axis)], axis=axis)
    yield expected("LogSoftmax", 11, [x], [flattened(lambda r: np.log(softmax(r)), x, 1)])
    yield expected("Hardmax", 12, [x], [flattened(hardmax, x, 1)])


def normalizations():
    x = reals(2, 4, 3, 2)
    gain, shift, mean, variance = reals(4), reals(4), reals(4), reals(4, low=0.25)
    given = [p.reshape(1, 4, 1, 1) for p in (gain, shift, mean, np.abs(variance))]
    y = (x - given[2]) / np.sqrt(given[3] + np.float32(1e-3)) * given[0] + given[1]
    for opset in [11, 15]:
        yield expected("BatchNormalization", opset, [x, gain, shift, mean, np.abs(variance)], [y], epsilon=1e-3)
    yield evaluated("BatchNormalization", 15, [reals(3, 4), gain, shift, mean, np.abs(variance)], name="BatchNormalization of rows")
    yield evaluated(
        "BatchNormalization", 15, [x, gain, shift, mean, np.abs(variance)], outputs=3, name="BatchNormalization in training",
        training_mode=1, momentum=0.75)
    yield evaluated("InstanceNormalization", 11, [x, gain, shift], epsilon=1e-3)
    yield evaluated("InstanceNormalization", 22, [reals(2, 4, 5), gain, shift], name="InstanceNormalization of a line")
    grouped = x.reshape(2, 2, -1).astype(np.float64)
    norm = (grouped - grouped.mean(-1, keepdims=True)) / np.sqrt(grouped.var(-1, keepdims=True) + 1e-5)
    pairs = (norm * gain[:2].reshape(1, 2, 1) + shift[:2].reshape(1, 2, 1)).reshape(x.shape)
    yield expected("GroupNormalization", 18, [x, gain[:2], shift[:2]], [pairs.astype(np.float32)], num_groups=2)
    each = norm.reshape(x.shape) * gain.reshape(1, 4, 1, 1) + shift.reshape(1, 4, 1, 1)
    yield expected("GroupNormalization", 21, [x, gain, shift], [each.astype(np.float32)], num_groups=2)
    yield evaluated("LayerNormalization", 17, [x, reals(2), reals(2)], name="LayerNormalization of the last axis")
    yield evaluated(
        "LayerNormalization", 17, [x, reals(4, 3, 2), reals(4, 3, 2)], outputs=3, axis=1, epsilon=1e-3)
    yield evaluated("LayerNormalization", 17, [x, reals(3, 2)], axis=2, name="LayerNormalization without bias")
    for p in [1, 2]:
        yield evaluated("LpNormalization", 11, [np.abs(x)], p=p, axis=1)
    yield expected("LpNormalization", 22, [np.zeros((2, 3), np.float32)], [np.zeros((2, 3), np.float32)], name="LpNormalization of zeros")
    yield evaluated("LRN", 13, [reals(4, 4, 2, 3)], size=3, alpha=0.5, beta=0.6, bias=1.5)
    yield evaluated("LRN", 13, [reals(4, 4, 2, 3)], size=4, alpha=0.5)
    yield evaluated("MeanVarianceNormalization", 13, [x])
    yield evaluated("MeanVarianceNormalization", 13, [x], axes=[1])


def pooling():
    image, line, volume = distinct(2, 3, 6, 7), distinct(1, 2, 9), distinct(1, 2, 4, 5, 4)
    plain = [
        dict(kernel_shape=[3, 2]),
        dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        dict(kernel_shape=[2, 3], strides=[2, 1], pads=[1, 0, 0, 2]),
        dict(kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
        dict(kernel_shape=[2, 2], strides=[3, 2], pads=[1, 1, 0, 0], ceil_mode=1),
        dict(kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER"),
        dict(kernel_shape=[3, 2], strides=[2, 3], auto_pad="SAME_LOWER"),
        dict(kernel_shape=[3, 2], strides=[2, 3], auto_pad="VALID"),
    ]
    for attributes in plain:
        # The reference evaluator rounds down where SAME_LOWER rounds up.
        if attributes.get("auto_pad") != "SAME_LOWER":
            yield evaluated("MaxPool", 12, [image], **attributes)
        for counts in [0, 1]:
            yield evaluated("AveragePool", 11, [image], count_include_pad=counts, **attributes)
    yield evaluated("MaxPool", 11, [image], kernel_shape=[2, 2], dilations=[2, 3], strides=[1, 2])
    yield evaluated("AveragePool", 19, [image], kernel_shape=[2, 2], dilations=[2, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    yield evaluated("AveragePool", 19, [image], kernel_shape=[2, 2], dilations=[2, 3], pads=[1, 1, 1, 1])
    for op in ["MaxPool", "AveragePool", "LpPool"]:
        yield evaluated(op, 19, [line], kernel_shape=[3], strides=[2], pads=[1, 1], name=f"{op} of a line")
        yield evaluated(op, 19, [volume], kernel_shape=[2, 3, 2], strides=[1, 2, 2], name=f"{op} of a volume")
    for p in [1, 2, 3]:
        yield evaluated("LpPool", 18, [image], kernel_shape=[2, 2], strides=[2, 1], p=p)
    for order in [0, 1]:
        yield evaluated(
            "MaxPool", 12, [distinct(1, 2, 4, 5)], outputs=2, kernel_shape=[2, 2], strides=[2, 2], storage_order=order)
    yield evaluated(
        "MaxPool", 12, [distinct(1, 1, 4, 4, dtype=np.float64).astype(np.int8)], kernel_shape=[2, 2], strides=[1, 2],
        name="MaxPool of int8")
    yield evaluated("GlobalAveragePool", 11, [image])
    yield evaluated("GlobalAveragePool", 11, [volume], name="GlobalAveragePool of a volume")
    yield expected("GlobalMaxPool", 11, [image], [image.max((2, 3), keepdims=True)])
    yield expected("GlobalMaxPool", 11, [volume], [volume.max((2, 3, 4), keepdims=True)], name="GlobalMaxPool of a volume")
    yield expected(
        "GlobalLpPool", 11, [image], [np.sqrt((image.astype(np.float64) ** 2).sum((2, 3), keepdims=True)).astype(np.float32)])


def scattered(x, w, groups=1, stride=(1, 1), dilation=(1, 1)):
    """A transposed convolution without padding: every input adds its multiple of the kernel."""
    (n, channels, height, width), (_, outputs, kh, kw) = x.shape, w.shape
    y = np.zeros(
        (n, outputs * groups, (height - 1) * stride[0] + (kh - 1) * dilation[0] + 1,
         (width - 1) * stride[1] + (kw - 1) * dilation[1] + 1), np.float32)
    for c in range(channels):
        first = c // (channels // groups) * outputs
        for i, j, k, l in np.ndindex(height, width, kh, kw):
            y[:, first:first + outputs, i * stride[0] + k * dilation[0], j * stride[1] + l * dilation[1]] += (
                x[:, c, i, j, None] * w[c, :, k, l])
    return y


def transposed_convolutions():
    x, w = reals(1, 4, 3, 4), reals(4, 2, 3, 3)
    yield evaluated("ConvTranspose", 11, [x, w, reals(2)])
    yield evaluated("ConvTranspose", 11, [x, w], strides=[2, 3], pads=[1, 0, 1, 2], output_padding=[1, 2])
    # The reference evaluator knows neither groups nor outputs larger than natural.
    bias = reals(4)
    y = scattered(x, w, groups=2, stride=(2, 2), dilation=(2, 1)) + bias.reshape(1, 4, 1, 1)
    yield expected("ConvTranspose", 11, [x, w, bias], [y], group=2, strides=[2, 2], dilations=[2, 1])
    yield evaluated("ConvTranspose", 11, [x, w], strides=[2, 2], auto_pad="SAME_UPPER")
    yield evaluated("ConvTranspose", 11, [x, w], strides=[2, 2], auto_pad="SAME_LOWER")
    y = np.pad(scattered(x, w, stride=(3, 2)), [(0, 0), (0, 0), (0, 2), (0, 3)]) + bias[:2].reshape(1, 2, 1, 1)
    yield expected("ConvTranspose", 11, [x, w, bias[:2]], [y], strides=[3, 2], output_shape=[11, 12])
    yield evaluated("ConvTranspose", 11, [reals(1, 2, 5), reals(2, 1, 3)], strides=[2], name="ConvTranspose of a line")


def resizing():
    x = reals(1, 2, 4, 5)
    none = np.array([], np.float32)
    modes = [
        dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
        dict(mode="nearest"),
        dict(mode="nearest", nearest_mode="round_prefer_ceil"),
        dict(mode="nearest", nearest_mode="ceil", coordinate_transformation_mode="align_corners"),
        dict(mode="linear"),
        dict(mode="linear", coordinate_transformation_mode="pytorch_half_pixel"),
        dict(mode="linear", coordinate_transformation_mode="align_corners"),
        dict(mode="linear", coordinate_transformation_mode="asymmetric"),
        dict(mode="cubic"),
        dict(mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1),
        dict(mode="cubic", coordinate_transformation_mode="align_corners"),
    ]
    for attributes in modes:
        for height, width in [(8, 10), (3, 7), (1, 2)]:
            yield evaluated("Resize", 13, [x, None, None, integers(1, 2, height, width)], name=f"Resize to {height}x{width} {attributes}", **attributes)
        scales = np.array([1, 1, 2.5, 0.5], np.float32)
        yield evaluated("Resize", 11, [x, none, scales], name=f"Resize by scales {attributes}", **attributes)
    yield evaluated("Resize", 19, [x, None, None, integers(1, 2, 3, 2)], mode="linear", antialias=1, name="Resize linear, antialiased")
    yield evaluated("Resize", 19, [x, None, None, integers(1, 2, 3, 2)], mode="cubic", antialias=1, name="Resize cubic, antialiased")
    yield evaluated(
        "Resize", 19, [x, None, np.array([0.6, 0.6], np.float32)], mode="linear", axes=[2, 3],
        coordinate_transformation_mode="half_pixel_symmetric", name="Resize symmetric")
    for policy in ["not_larger", "not_smaller"]:
        yield evaluated("Resize", 18, [x, None, None, integers(7, 8)], axes=[3, 2], mode="linear", keep_aspect_ratio_policy=policy)
    roi = np.array([0, 0, 0.25, -0.25, 1, 1, 0.75, 1.25], np.float32)
    for mode in ["linear", "cubic"]:
        yield evaluated(
            "Resize", 13, [x, roi, None, integers(1, 2, 3, 6)], mode=mode, coordinate_transformation_mode="tf_crop_and_resize",
            extrapolation_value=9.0)
    yield evaluated("Resize", 13, [reals(3, 4), None, None, integers(5, 2)], mode="linear", name="Resize of a matrix")
    yield evaluated("Resize", 13, [integers(1, 2, 3, 4, 5, 6).reshape(2, 3), None, None, integers(4, 4)], name="Resize of integers")


def cubic_at_border(x, grid, align):
    """PyTorch repeats the border behind a cubic filter; the reference evaluator moves the sample to the border first."""
    margin = 8
    padded = np.pad(x, [(0, 0), (0, 0), (margin, margin), (margin, margin)], mode="edge")
    moved = np.empty_like(grid)
    for axis, side in enumerate([3, 2]):
        n, wide = x.shape[side], padded.shape[side]
        place = (grid[..., axis] + 1) / 2 * (n - 1) if align else ((grid[..., axis] + 1) * n - 1) / 2
        moved[..., axis] = 2 * (place + margin) / (wide - 1) - 1
    node = helper.make_node("GridSample", ["x", "grid"], ["y"], mode="cubic", align_corners=1)
    return ReferenceEvaluator(node).run(None, {"x": padded, "grid": moved})[0]


def sampling():
    x, grid = reals(2, 3, 4, 5), reals(2, 3, 2, 2, low=-1.4, high=1.4)
    for padding in ["zeros", "border", "reflection"]:
        for align in [0, 1]:
            for mode in ["linear", "nearest", "cubic"]:
                attributes = dict(mode=mode, padding_mode=padding, align_corners=align)
                if (mode, padding) == ("cubic", "border"):
                    yield expected("GridSample", 20, [x, grid], [cubic_at_border(x, grid, align)], **attributes)
                else:
                    yield evaluated("GridSample", 20, [x, grid], **attributes)
    yield evaluated("GridSample", 20, [reals(1, 2, 3, 3, 4), reals(1, 2, 2, 2, 3, low=-1, high=1)], name="GridSample of a volume")
    for align in [0, 1]:
        yield evaluated("AffineGrid", 20, [reals(2, 2, 3), integers(2, 3, 4, 5)], align_corners=align)
        yield evaluated("AffineGrid", 20, [reals(1, 3, 4), integers(1, 1, 2, 4, 3)], align_corners=align, name=f"AffineGrid of a volume {align}")
    regions = np.array([[0, 0, 3, 3], [1, 0.5, 4.5, 2.5]], np.float32)
    for mode in ["avg", "max"]:
        yield evaluated(
            "RoiAlign", 16, [x, regions, integers(1, 0)], mode=mode, output_height=2, output_width=3, sampling_ratio=2,
            spatial_scale=0.9)
    yield evaluated(
        "RoiAlign", 16, [x, regions, integers(1, 0)], output_height=2, output_width=2, name="RoiAlign, adaptive",
        coordinate_transformation_mode="output_half_pixel")
    blocks = reals(1, 8, 2, 3)
    for mode in ["DCR", "CRD"]:
        yield evaluated("DepthToSpace", 13, [blocks], blocksize=2, mode=mode)
    yield evaluated("SpaceToDepth", 13, [reals(1, 3, 4, 6)], blocksize=2)


def einsum():
    a, b = reals(2, 3, 4), reals(2, 4, 5)
    yield evaluated("Einsum", 12, [a, b], equation="bij,bjk->bik")
    yield evaluated("Einsum", 12, [a, b], equation="bij, bjk")
    yield evaluated("Einsum", 12, [a, b], equation="...ij,...jk->...ki")
    yield evaluated("Einsum", 12, [a, reals(4, 5)], equation="bij,jk->ikb", name="Einsum shared matrix")
    yield evaluated("Einsum", 12, [a], equation="ijk->kij")
    yield evaluated("Einsum", 12, [a], equation="ijk->j")
    yield evaluated("Einsum", 12, [reals(3, 2, 3)], equation="iji->ij", name="Einsum diagonal")
    yield evaluated("Einsum", 12, [reals(3), reals(4)], equation="i,j->ij", name="Einsum outer product")
    yield evaluated("Einsum", 12, [a, reals(2, 3, 4)], equation="ijk,ijk->ij", name="Einsum rows")
    yield evaluated("Einsum", 12, [a, reals(3, 4), reals(2)], equation="bij,ij,b->i", name="Einsum of three")
    yield evaluated("Einsum", 12, [reals(2, 3, 4, 5), reals(2, 3, 6, 5)], equation="bhtd,bhsd->bhts", name="Einsum attention")
    yield evaluated("Einsum", 12, [integers(1, 2, 3), integers(4, 5, 6)], equation="i,i->", name="Einsum of integers")
    yield evaluated("Einsum", 12, [reals(1, 2, 3), reals(4, 1, 3)], equation="...i,...i->...", name="Einsum broadcasts")


def reductions():
    names = ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"]
    x = reals(3, 2, 4, low=0.25)
    for name in names:
        op = "Reduce" + name
        data = np.abs(x) + 0.25 if name == "LogSum" else x
        opset = 13 if name == "Sum" else 18
        yield evaluated(op, opset - 1 if name != "Sum" else 11, [data], axes=[1, -1])
        yield evaluated(op, opset - 1 if name != "Sum" else 12, [data], axes=[0], keepdims=0)
        yield evaluated(op, opset, [data, integers(0, 2)], name=f"{op} {opset}, axes as input")
        yield evaluated(op, opset, [data, integers(-1)], keepdims=0, name=f"{op} {opset}, one axis dropped")
        yield evaluated(op, opset, [data], keepdims=0, name=f"{op} {opset} of everything")
        yield evaluated(op, opset, [data, integers()], noop_with_empty_axes=1, name=f"{op} {opset} of nothing")
    for name in ["Sum", "Max", "Prod", "SumSquare", "L1"]:
        yield evaluated("Reduce" + name, 20, [integers(1, -2, 3, 4).reshape(2, 2), integers(1)], name=f"Reduce{name} of int64")
    for name in ["Sum", "Max", "Min", "Prod", "L2"]:
        yield evaluated("Reduce" + name, 20, [np.zeros((2, 0, 3), np.float32), integers(1)], name=f"Reduce{name} of an empty axis")


def selections():
    x = np.array([[3, 1, 3, 2], [0, 5, 5, 5]], np.float32)
    for op in ["ArgMax", "ArgMin"]:
        yield evaluated(op, 11, [x])
        for last in [0, 1]:
            for axis in [0, -1]:
                yield evaluated(op, 13, [x], axis=axis, keepdims=0, select_last_index=last)
        yield evaluated(op, 13, [distinct(2, 3, 4)], axis=1, name=f"{op} in the middle")
        yield evaluated(op, 13, [integers(4, 7, 7, dtype=np.int32)], name=f"{op} of int32")
    for largest in [0, 1]:
        for axis in [0, 1]:
            yield evaluated("TopK", 11, [distinct(3, 4, 2), integers(2)], outputs=2, axis=axis, largest=largest)
        yield evaluated("TopK", 11, [x, integers(3)], outputs=2, largest=largest, name=f"TopK of equals {largest}")
        yield evaluated("TopK", 11, [x.astype(np.int64), integers(3)], outputs=2, largest=largest, name=f"TopK of integers {largest}")
    for exclusive in [0, 1]:
        for reverse in [0, 1]:
            yield evaluated("CumSum", 14, [reals(2, 3, 2), np.int64(1)], exclusive=exclusive, reverse=reverse)
            yield evaluated("CumSum", 11, [integers(1, 2, 3, dtype=np.int32), np.int64(0)], exclusive=exclusive, reverse=reverse, name=f"CumSum of int32 {exclusive}{reverse}")
    yield expected("Dropout", 11, [x], [x], ratio=0.3)
    yield expected("Dropout", 13, [x, np.float32(0.3)], [x, np.ones(x.shape, bool)], name="Dropout with a mask")
    yield expected("Dropout", 13, [x, np.float32(0.0), np.bool_(True)], [x], name="Dropout in training that drops nothing")


if __name__ == "__main__":
    groups = [functions, powers, softmaxes, normalizations, pooling, transposed_convolutions, resizing, sampling, einsum,
              reductions, selections]
    write(os.path.join(os.path.dirname(os.path.abspath(__file__)), "numeric.json"), [c for g in groups for c in g()])
