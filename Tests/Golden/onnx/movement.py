"""Cases of the operators that move, choose, compare and convert elements: movement.json.

    python movement.py

Expected outputs are those of the reference evaluator of the onnx package; where it does not follow the text of the
specification, the expectation is written out here with NumPy.
"""

import pathlib

import numpy as np
from onnx import numpy_helper

from cases import evaluated, expected, write

random = np.random.default_rng(3)
CASES = []


def reals(*shape):
    return (random.integers(-40, 40, shape) / 8).astype(np.float32)


def integers(*shape, low=-9, high=9, type=np.int64):
    return random.integers(low, high, shape).astype(type)


def booleans(*shape):
    return random.integers(0, 2, shape).astype(bool)


def ints(*values):
    return np.array(values, np.int64)


def add(op, opsets, inputs, outputs=1, **attributes):
    for opset in opsets:
        CASES.append(evaluated(op, opset, inputs, outputs, name=f"{op} {opset} #{len(CASES)}", **attributes))


def given(op, opsets, inputs, results, **attributes):
    for opset in opsets:
        CASES.append(expected(op, opset, inputs, results, name=f"{op} {opset} #{len(CASES)}", **attributes))


def reshaping():
    x, image, n = reals(2, 3, 4), reals(2, 3, 4, 5), integers(2, 3, 4)
    for value in (x, n, booleans(2, 3, 4)):
        add("Identity", [11, 16], [value])
        add("Shape", [11, 15], [value])
        given("Dropout", [11, 12, 13], [value], [value, np.ones((2, 3, 4), bool)])
        add("Size", [11, 19], [value])
        add("Reshape", [11, 13, 14, 21], [value, ints(4, -1)])
        add("Transpose", [11, 21], [value])
        add("Transpose", [11], [value], perm=[2, 0, 1])
        add("Flatten", [11], [value])
    for start, end in ((1, None), (-2, None), (0, -1), (1, 2), (2, 1), (-9, 9), (5, 9)):
        attributes = {"start": start} | ({} if end is None else {"end": end})
        add("Shape", [15, 19], [image], **attributes)
    for shape in ((24,), (2, 12), (0, 0, -1), (4, 3, 2), (-1, 1, 3, 4), (2, 3, 2, 2)):
        add("Reshape", [11, 14], [x, ints(*shape)])
    for shape in ((0, 3, 20), (0, -1, 5), (6, 20), (2, 3, 2, 2, 5), (0, 0, -1, 1)):
        add("Reshape", [13], [image, ints(*shape)])
    add("Reshape", [14], [reals(0, 3, 4), ints(3, 4, 0)], allowzero=1)
    add("Reshape", [14], [reals(1), np.array([], np.int64)])
    for axis in range(-4, 5):
        add("Flatten", [13], [image], axis=axis)
    for perm in ((0, 2, 3, 1), (3, 2, 1, 0), (0, 1, 3, 2), (1, 0, 3, 2)):
        add("Transpose", [13], [image], perm=perm)
    single = reals(1, 3, 1, 5)
    add("Squeeze", [11], [single])
    add("Squeeze", [11], [single], axes=[0])
    add("Squeeze", [11], [single], axes=[-2, 0])
    add("Squeeze", [13, 21], [single])
    add("Squeeze", [13, 21], [single, ints(2)])
    add("Squeeze", [13], [integers(1, 1, 3), ints(0, -2)])
    add("Unsqueeze", [11], [image[0]], axes=[0, 4])
    add("Unsqueeze", [11], [image[0]], axes=[-1])
    add("Unsqueeze", [13, 21], [image[0], ints(2)])
    add("Unsqueeze", [13], [image[0], ints(-1, 1)])
    add("Unsqueeze", [13], [np.float32(3), ints(0)])
    add("Unsqueeze", [13], [integers(3), ints(0)])


def repetition():
    for value in (reals(3, 1), integers(3, 1), booleans(3, 1)):
        for shape in ((3, 4), (2, 3, 6), (1, 1), (2, 1, 1), (3, 0)):
            # np.broadcast takes the extent 0 as Expand does.
            target = np.broadcast_shapes(value.shape, shape)
            given("Expand", [11, 13], [value, ints(*shape)], [np.broadcast_to(value, target).copy()])
        add("Tile", [11, 13], [value, ints(2, 3)])
    add("Tile", [13], [reals(2, 3, 4), ints(1, 2, 2)])
    add("Tile", [13], [reals(2, 3, 4, 2), ints(3, 1, 1, 2)])
    add("Tile", [13], [reals(2, 3), ints(0, 2)])
    add("Tile", [13], [reals(2, 3), ints(1, 1)])


def slicing():
    x = reals(4, 5, 6)
    n = integers(7)
    everything = 2**63 - 1
    for starts, ends, axes, steps in (
        ((0, 0, 1), (2, 3, 4), None, None),
        ((1,), (everything,), (1,), None),
        ((-3,), (-1,), (2,), None),
        ((1, 0), (4, 6), (1, 2), (2, 3)),
        ((-1,), (-everything,), (0,), (-1,)),
        ((5, 3), (0, -everything - 1), (-1, 0), (-2, -3)),
        ((100,), (-100,), (1,), (-2,)),
        ((3,), (3,), (1,), None),
        ((4,), (2,), (1,), (1,)),
        ((0,), (100,), (2,), (everything,)),
        ((-1,), (-100,), (2,), (-everything - 1,)),
        ((-100,), (100,), (0,), (1,)),
    ):
        inputs = [x, ints(*starts), ints(*ends)]
        indices = [slice(None)] * 3
        for i, axis in enumerate(axes or range(len(starts))):
            indices[axis] = slice(starts[i], ends[i], steps[i] if steps else 1)
        if axes:
            inputs.append(ints(*axes))
        if steps:
            inputs.append(ints(*steps))
        given("Slice", [11, 13], inputs, [x[tuple(indices)].copy()])
    add("Slice", [11], [n, ints(2), ints(5)])
    add("Slice", [11], [n, ints(-1), ints(-8), ints(0), ints(-1)])
    add("Slice", [13], [booleans(3, 4), ints(1), ints(3), ints(1)])
    add("Slice", [13], [x, np.array([1], np.int32), np.array([3], np.int32), np.array([0], np.int32)])

    for value in (x, integers(4, 5, 6), booleans(4, 5, 6)):
        add("Split", [11], [value], 2, axis=2)
        add("Split", [11], [value], 2, axis=1, split=[2, 3])
        add("Split", [13], [value, ints(1, 0, 4)], 3, axis=-2)
        add("Split", [13], [value], 4)
        add("Split", [18], [value, ints(4, 2)], 2, axis=2)
    add("Split", [18], [x], 4, axis=2, num_outputs=4)
    add("Split", [18], [x], 3, axis=2, num_outputs=3)
    add("Split", [18], [reals(7, 2)], 3, num_outputs=3)

    for axis in (0, 1, -1):
        shapes = [[2, 3, 4], [2, 3, 4], [2, 3, 4]]
        for i, shape in enumerate(shapes):
            shape[axis] = i + 1
        add("Concat", [11, 13], [reals(*s) for s in shapes], axis=axis)
        add("Concat", [13], [integers(*s) for s in shapes], axis=axis)
        add("Concat", [13], [booleans(*s) for s in shapes], axis=axis)
    add("Concat", [13], [ints(1), ints(2, 3), ints()], axis=0)
    add("Concat", [13], [reals(2, 3)], axis=1)
    add("Concat", [13], [reals(2, 3, 4, 5), reals(2, 1, 4, 5)], axis=1)


def gathering():
    x, n = reals(4, 5, 3), integers(4, 5, 3)
    for value in (x, n, n > 0):
        for axis in (0, 1, 2, -1):
            add("Gather", [11, 13], [value, integers(2, 3, low=-3, high=3)], axis=axis)
            add("Gather", [13], [value, np.array(2, np.int64)], axis=axis)
            add("Gather", [13], [value, np.array([-1], np.int32)], axis=axis)
        add("Gather", [13], [value, ints()], axis=1)
        for axis, shape in ((0, (3, 5, 3)), (1, (4, 7, 3)), (2, (4, 5, 2))):
            add("GatherElements", [11, 13], [value, integers(*shape, low=-3, high=3)], axis=axis)
        # Indices may be shorter than the data along other axes.
        indices = integers(2, 3, 2, low=0, high=3)
        given("GatherElements", [13], [value, indices], [np.take_along_axis(value[:2, :3], indices, -1)], axis=-1)
        add("GatherND", [11, 12, 13], [value, integers(3, 1, low=-4, high=4)])
        add("GatherND", [12, 13], [value, integers(2, 3, 3, low=-3, high=3)])
        add("GatherND", [13], [value, integers(4, 2, low=-4, high=4)])
        add("GatherND", [12, 13], [value, integers(4, 2, 1, low=-4, high=4)], batch_dims=1)
        add("GatherND", [13], [value, integers(4, 2, low=-3, high=3)], batch_dims=1)
        add("GatherND", [13], [value, integers(4, 5, 1, low=-3, high=3)], batch_dims=2)
        add("Compress", [11], [value, np.array([True, False, True])], axis=1)
        add("Compress", [11], [value, np.array([False, True, True, True])], axis=-3)
        add("Compress", [11], [value, booleans(20)])
    add("GatherND", [13], [x, integers(4, 5, 2, low=-3, high=3)[:, :, :1]], batch_dims=2)
    for time in (0, 1):
        lengths = ints(2, 1, 4, 0)[: 4 if time == 1 else 4]
        value = reals(5, 4, 3) if time == 0 else reals(4, 5, 3)
        add("ReverseSequence", [11], [value, lengths], time_axis=time, batch_axis=1 - time)
    add("ReverseSequence", [11], [integers(3, 2), ints(3, 2)])


def scattering():
    x, n = reals(4, 5), integers(4, 5)
    for value in (x, n):
        updates = (lambda *s: reals(*s)) if value is x else (lambda *s: integers(*s))
        for axis in (0, 1):
            indices = np.argsort(random.random((3, 4)), axis=axis).astype(np.int64)
            add("ScatterElements", [11, 13, 16, 18], [value, indices, updates(3, 4)], axis=axis)
            add("ScatterElements", [16, 18], [value, integers(3, 4, low=-4, high=4), updates(3, 4)], axis=axis,
                reduction="add")
            add("ScatterElements", [18], [value, integers(3, 4, low=-4, high=4), updates(3, 4)], axis=axis,
                reduction="mul")
            add("ScatterElements", [18], [value, integers(3, 4, low=-4, high=4), updates(3, 4)], axis=axis,
                reduction="max")
            add("ScatterElements", [18], [value, integers(3, 4, low=-4, high=4), updates(3, 4)], axis=axis,
                reduction="min")
        add("ScatterND", [11, 13, 16, 18], [value, ints(3, -3).reshape(2, 1), updates(2, 5)])
        add("ScatterND", [11, 18], [value, np.array([[1, 2], [0, 4], [-1, -1]], np.int64), updates(3)])
        for reduction in ("add", "mul", "max", "min"):
            add("ScatterND", [18], [value, ints(1, 1, 0).reshape(3, 1), updates(3, 5)], reduction=reduction)
    # Of two updates of one element the last stays.
    y = x.copy()
    y[2] = 7
    given("ScatterND", [18], [x, ints(2, 2).reshape(2, 1), np.stack([x[0], np.full(5, 7, np.float32)])], [y])
    given("ScatterND", [18], [x > 0, np.array([[1, 2]], np.int64), np.array([True])],
          [np.where(np.arange(20).reshape(4, 5) == 7, True, x > 0)])


def choice():
    x, y = reals(2, 3, 4), reals(2, 3, 4)
    for a, b in ((x, y), (integers(2, 3, 4), integers(2, 3, 4)), (x > 0, y > 0)):
        add("Where", [11, 16], [booleans(2, 3, 4), a, b])
        add("Where", [16], [booleans(3, 1), a, b])
        add("Where", [16], [booleans(5, 1, 3, 4), a, b[0, 0]])
    add("Where", [16], [booleans(3, 4), np.float32(-np.inf), y])
    add("Where", [16], [booleans(3, 4), y, np.float32(np.nan)])
    for value in (reals(4, 5), integers(2, 5, 3), booleans(4, 4)):
        for upper in (0, 1):
            add("Trilu", [14], [value], upper=upper)
            for k in (-1, 2, -20, 20):
                add("Trilu", [14], [value, np.array(k, np.int64)], upper=upper)
        add("NonZero", [11, 13], [value])
    # A scalar has no axes, but it may be there.
    given("NonZero", [13], [np.array(3, np.int64)], [np.zeros((0, 1), np.int64)])
    for axis in (-1, 0, 1):
        add("OneHot", [11], [ints(0, 2, -1, 3), np.array(4, np.int64), np.array([0.5, 2], np.float32)], axis=axis)
        add("OneHot", [11], [integers(2, 3, low=0, high=5), np.array(5, np.int64), ints(0, 1)], axis=axis)
    given("OneHot", [11], [ints(-9, 9, 1), ints(3), ints(4, 5)], [np.array([[4] * 3, [4] * 3, [4, 5, 4]], np.int64)])
    for value in (integers(20, high=3, low=-3), integers(20, high=3, low=0) / np.float32(4)):
        add("Unique", [11], [value], 4)
        add("Unique", [11], [value], 4, sorted=0)
        add("Unique", [11], [value.reshape(10, 2)], 4, axis=0)
        add("Unique", [11], [value.reshape(2, 10)], 4, axis=-1)


def comparison():
    odd = np.array([0, -0.0, 1, -1, np.nan, np.inf, -np.inf], np.float32)
    pairs = [
        (odd.reshape(7, 1), odd.reshape(1, 7)),
        (integers(2, 3, 4, low=-2, high=2), integers(3, 1, low=-2, high=2)),
        (reals(2, 3, 4, 2).round(), reals(3, 1, 1).round()),
        (np.array([2**64 - 1, 0, 3], np.uint64), np.array([3, 2**63, 3], np.uint64)),
    ]
    for a, b in pairs:
        add("Equal", [11, 13, 19], [a, b])
        add("Less", [11, 13], [a, b])
        add("Greater", [11, 13], [a, b])
        add("LessOrEqual", [12, 16], [a, b])
        add("GreaterOrEqual", [12, 16], [a, b])
    p, q = booleans(2, 3, 4), booleans(3, 1)
    add("Equal", [11], [p, q])
    add("IsNaN", [11, 13, 20], [odd])
    add("IsInf", [11, 20], [odd])
    add("IsInf", [20], [odd], detect_negative=0)
    add("IsInf", [20], [odd], detect_positive=0)
    add("IsInf", [20], [odd], detect_positive=0, detect_negative=0)
    for op in ("And", "Or", "Xor"):
        add(op, [11], [p, q])
        add(op, [11], [q, booleans(2, 1, 4)])
    add("Not", [11], [p])
    for type in (np.uint8, np.int32, np.int64):
        a, b = integers(2, 3, low=0, high=100, type=type), integers(3, low=0, high=100, type=type)
        for op in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
            add(op, [18], [a, b])
        add("BitwiseNot", [18], [a])
    for type, bits in ((np.uint8, 8), (np.uint16, 16), (np.uint32, 32), (np.uint64, 64)):
        a = integers(6, low=0, high=255, type=type)
        for direction in ("LEFT", "RIGHT"):
            add("BitShift", [11], [a, integers(6, low=0, high=bits, type=type)], direction=direction)
    add("BitShift", [11], [np.array([2**63 + 5], np.uint64), np.array([3], np.uint64)], direction="RIGHT")
    a, b = ints(-7, 7, -7, 7, 6, -2**63), ints(3, -3, -3, 3, 3, 7)
    add("Mod", [11, 13], [a, b])
    add("Mod", [13], [a, b], fmod=1)
    given("Mod", [13], [ints(-(2**63)), ints(-1)], [ints(0)])
    add("Mod", [13], [reals(5), reals(5) + 7], fmod=1)
    add("Mod", [13], [np.array([2**64 - 1], np.uint64), np.array([10], np.uint64)])


def conversion():
    import onnx

    T = onnx.TensorProto
    types = {
        T.FLOAT: np.float32, T.DOUBLE: np.float64, T.FLOAT16: np.float16, T.INT32: np.int32, T.INT64: np.int64,
        T.UINT8: np.uint8, T.INT8: np.int8, T.BOOL: np.bool_, T.UINT64: np.uint64,
    }
    values = np.array([0, 1, 2.5, -3.75, 100, 0.4])
    for source in (np.float32, np.float64, np.int64, np.int32, np.bool_, np.uint8):
        own = np.abs(values).astype(source) if source == np.uint8 else values.astype(source)
        for code, target in types.items():
            if target in (np.uint8, np.uint64) and own.min() < 0:
                own = np.abs(own)
            given("Cast", [11, 13, 19], [own], [own.astype(target)], to=code)
            given("CastLike", [15], [own, np.zeros(1, target)], [own.astype(target)])
    # What C leaves open: cut to what the type holds; NaN becomes 0.
    wild = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 300, -300], np.float32)
    high, low = 2**63 - 1, -(2**63)
    given("Cast", [13], [wild], [np.array([0, high, low, high, low, 300, -300], np.int64)], to=T.INT64)
    given("Cast", [13], [wild], [np.array([0, 127, -128, 127, -128, 127, -128], np.int8)], to=T.INT8)
    given("Cast", [13], [wild], [np.array([0, 255, 0, 255, 0, 255, 0], np.uint8)], to=T.UINT8)
    given("Cast", [13], [wild], [np.array([True] * 7)], to=T.BOOL)
    # Between integers the low bits stay.
    given("Cast", [13], [ints(300, -1, 2**40)], [np.array([44, 255, 0], np.uint8)], to=T.UINT8)
    fine = np.array([1.00390625, 3.141592, 1e-3], np.float64)
    given("Cast", [13], [fine], [fine.astype(np.float32)], to=T.FLOAT)


def generation():
    import onnx

    T = onnx.TensorProto
    like = ints(2, 3)
    add("ConstantOfShape", [11, 20], [like])
    for value in (np.array([5], np.int64), np.array([0.5], np.float32), np.array([True]), np.array([3], np.int32)):
        add("ConstantOfShape", [11, 20], [like], value=numpy_helper.from_array(value))
    add("ConstantOfShape", [11], [ints()], value=numpy_helper.from_array(np.array([2], np.int64)))
    add("ConstantOfShape", [11], [ints(20, 10)], value=numpy_helper.from_array(np.array([0.25], np.float32)))
    add("ConstantOfShape", [11], [ints(2, 0)])
    for start, limit, delta in ((0, 5, 1), (3, 10, 3), (10, 3, -2), (3, 3, 1), (5, 1, 1)):
        for type in (np.int64, np.int32, np.float32, np.float64):
            add("Range", [11], [np.array(v, type) for v in (start, limit, delta)])
    add("Range", [11], [np.array(v, np.float32) for v in (0, 1, 0.25)])
    given("Range", [11], [ints(-(2**63)).reshape(()), ints(2**63 - 1).reshape(()), ints(2**63 - 1).reshape(())],
          [ints(-(2**63), -1, 2**63 - 2)])
    for value in (reals(3, 4), integers(4, 3, type=np.int32)):
        add("EyeLike", [11, 22], [value])
        add("EyeLike", [11], [value], k=1)
        add("EyeLike", [11], [value], k=-2, dtype=T.INT64)
        add("EyeLike", [11], [value], k=9, dtype=T.BOOL)
    for op in ("HannWindow", "HammingWindow", "BlackmanWindow"):
        for periodic in (0, 1):
            add(op, [17], [np.array(10, np.int64)], periodic=periodic)
        add(op, [17], [np.array(9, np.int32)], output_datatype=T.DOUBLE)
    for attribute in (
        {"value": numpy_helper.from_array(reals(2, 3))}, {"value": numpy_helper.from_array(integers(4))},
        {"value": numpy_helper.from_array(reals(40))}, {"value_int": 7}, {"value_ints": [1, -2, 3]},
        {"value_float": 0.5}, {"value_floats": [0.5, -1.0]},
        {"value": numpy_helper.from_array(np.array(2.0, np.float16))},
        {"value": numpy_helper.from_array(np.array([True, False]))},
    ):
        add("Constant", [12, 13, 19], [], **attribute)


def padding():
    x, n = reals(3, 4, 5), integers(3, 4)
    widths = ints(1, 0, 2, 0, 3, 1)
    for mode in ("constant", "reflect", "edge"):
        add("Pad", [11, 13, 18, 19, 21], [x, widths], mode=mode)
        add("Pad", [11], [n, ints(1, 2, 0, 1)], mode=mode)
        add("Pad", [18], [x, ints(1, 2), None, ints(-1)], mode=mode)
    add("Pad", [19, 21], [x, widths], mode="wrap")
    given("Pad", [19], [n, ints(5, 0, 4, 9)], [np.pad(n, ((5, 4), (0, 9)), "wrap")], mode="wrap")
    given("Pad", [18], [n, ints(5, 0, 4, 9)], [np.pad(n, ((5, 4), (0, 9)), "reflect")], mode="reflect")
    add("Pad", [11, 13], [x, widths, np.array(1.5, np.float32)])
    add("Pad", [13], [n, ints(1, 2, 0, 1), np.array(-7, np.int64)])
    add("Pad", [13], [n > 0, ints(1, 2, 0, 1), np.array(True)])
    add("Pad", [18], [x, ints(2, 1, 0, 3), np.array(9, np.float32), ints(2, 0)])
    given("Pad", [13], [x, ints(-1, 0, 2, 0, -2, -1)], [np.pad(x[1:, :2, :4], ((0, 0), (0, 0), (2, 0)))])
    given("Pad", [13], [x, ints(-1, 0, 0, 2, 0, -2), None], [np.pad(x[1:, :, :3], ((0, 2), (0, 0), (0, 0)))])
    given("Pad", [13], [x, ints(-2, 0, 0, -1, 0, 0)], [x[:0]])
    given("Pad", [13], [x, ints(0, -1, 0, 0, 1, 0)], [np.pad(x[:, 1:], ((0, 0), (0, 1), (0, 0)), "edge")], mode="edge")


def quantization():
    x = reals(2, 3, 4)
    halves = np.array([0.5, 1.5, 2.5, -0.5, -1.5], np.float32)
    given("QuantizeLinear", [13], [halves, np.float32(1), np.int8(0)], [np.array([0, 2, 2, 0, -2], np.int8)])
    scales, zeros = np.array([0.1, 0.5, 2], np.float32), np.array([1, -2, 3], np.int8)
    for op, inputs, attributes in (
        ("QuantizeLinear", [x, np.float32(0.3), np.uint8(17)], {}),
        ("QuantizeLinear", [x, np.float32(0.01), np.int8(-3)], {}),
        ("QuantizeLinear", [x, np.float32(0.3)], {}),
        ("QuantizeLinear", [x, scales, zeros], {}),
        ("QuantizeLinear", [np.moveaxis(x, 1, 2).copy(), scales, zeros], {"axis": -1}),
        ("DequantizeLinear", [integers(2, 3, 4, low=0, high=255, type=np.uint8), np.float32(0.3), np.uint8(17)], {}),
        ("DequantizeLinear", [integers(2, 3, 4, low=-128, high=127, type=np.int8), scales, zeros], {}),
        ("DequantizeLinear", [integers(3, 2, low=-128, high=127, type=np.int8), scales, zeros], {"axis": 0}),
        ("DequantizeLinear", [integers(3, 2, low=-1000, high=1000, type=np.int32), np.float32(0.01)], {}),
    ):
        # The evaluator knows the newer versions only; those of before say the same about these inputs.
        add(op, [21], inputs, **attributes)
        for opset in (13, 19):
            CASES.append(CASES[-1] | {"opset": opset, "name": f"{op} {opset} #{len(CASES)}"})


for family in (reshaping, repetition, slicing, gathering, scattering, choice, comparison, conversion, generation, padding,
               quantization):
    family()
write(pathlib.Path(__file__).parent / "movement.json", CASES)
