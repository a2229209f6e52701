"""Teachers through the binding: labels, features, values by name, training; beside other users of ONNX and protobuf."""

from __future__ import annotations

import ctypes
import json
import pickle
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from conftest import LIBRARY, ROOT, TINY, child, run, scenes
from onnx import TensorProto, helper, numpy_helper

import sgc
from sgc import _native

library = _native.library
E = _native.STATUSES


def write(path: Path, nodes, outputs, constants=(), description=None, inputs=None) -> Path:
    """An ONNX file of operator set 17 and, if there is one, its description."""
    inputs = inputs or [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["N", 3, "H", "W"])]
    graph = helper.make_graph(
        nodes, "tiny", inputs, outputs, [numpy_helper.from_array(value, name) for name, value in constants]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    if description is not None:
        path.with_suffix(".json").write_text(json.dumps(description))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Four networks: colors.onnx, tokens.onnx, maps.onnx, logarithm.onnx."""
    path = tmp_path_factory.mktemp("teachers")
    random = np.random.default_rng(0)
    plain = {"mean": [0, 0, 0], "std": [1, 1, 1]}

    def out(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    # The scores of two classes: red, and one minus red; at half the size.
    write(
        path / "colors.onnx",
        [
            helper.make_node("AveragePool", ["pixel_values"], ["half"], kernel_shape=[2, 2], strides=[2, 2]),
            helper.make_node("Conv", ["half", "w", "b"], ["logits"]),
        ],
        [out("logits", "N", 2, "h", "w")],
        [
            ("w", np.array([[1, 0, 0], [-1, 0, 0]], np.float32)[:, :, None, None]),
            ("b", np.array([0, 1], np.float32)),
        ],
        {**plain, "classes": ["red", "other"], "palette": [[255, 0, 0], [0, 0, 0]]},
    )
    write(
        path / "tokens.onnx",
        [
            helper.make_node("Conv", ["pixel_values", "w"], ["patches"], kernel_shape=[8, 8], strides=[8, 8]),
            helper.make_node("Reshape", ["patches", "shape"], ["flat"]),
            helper.make_node("Transpose", ["flat"], ["last_hidden_state"], perm=[0, 2, 1]),
        ],
        [out("last_hidden_state", "N", "T", 6)],
        [
            ("w", random.normal(0, 0.1, (6, 3, 8, 8)).astype(np.float32)),
            ("shape", np.array([0, 6, -1], np.int64)),
        ],
    )
    write(
        path / "maps.onnx",
        [
            helper.make_node("Conv", ["pixel_values", "w"], ["conv"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["conv"], ["relu"]),
        ],
        [out("relu", "N", 5, "H", "W")],
        [("w", random.normal(0, 0.3, (5, 3, 3, 3)).astype(np.float32))],
        {"kind": "perceptual", "taps": ["relu"]},
    )
    write(
        path / "logarithm.onnx", [helper.make_node("Log", ["pixel_values"], ["features"])],
        [out("features", "N", 3, "H", "W")], description=plain,
    )  # fmt: skip
    return path


def test_labels_are_those_of_the_network_at_the_image_s_size(folder):
    images = np.random.default_rng(1).integers(0, 256, (3, 20, 26, 3)).astype(np.uint8)
    with sgc.Teacher(folder / "colors.onnx") as teacher:
        assert teacher.shape(20, 26) == (10, 13, 2)
        labels = teacher.labels(images)
        scores = teacher.features(images)
        red = images[..., 0].reshape(3, 10, 2, 13, 2).mean((2, 4)) / 255
        np.testing.assert_allclose(scores, np.stack([red, 1 - red], -1), atol=1e-6)
        assert labels.shape == (3, 20, 26) and labels.dtype == np.uint16
        # The middle of a cell's pixels lies a quarter of a cell beside the cell's.
        padded = np.pad(red, ((0, 0), (1, 1), (1, 1)), "edge")
        rows = (np.arange(20) + 0.5) / 2 - 0.5
        columns = (np.arange(26) + 0.5) / 2 - 0.5
        top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
        y, x = (rows - top)[:, None], (columns - left)[None]
        at = lambda dy, dx: padded[:, (top + dy + 1)[:, None], (left + dx + 1)[None]]  # noqa: E731
        smooth = (at(0, 0) * (1 - x) + at(0, 1) * x) * (1 - y) + (at(1, 0) * (1 - x) + at(1, 1) * x) * y
        clear = np.abs(smooth - 0.5) > 1e-4
        assert (labels == (smooth <= 0.5))[clear].all() and clear.mean() > 0.99
        assert np.array_equal(teacher.labels(images[1]), labels[1])
        mirrored = np.ascontiguousarray(images[1, ..., ::-1])
        assert np.array_equal(teacher.labels(mirrored, order="BGR"), labels[1])
        with pytest.raises(sgc.ArgumentError):
            teacher.labels([images[0], images[1, :10]])


def test_features_of_tokens_stand_where_their_patches_are(folder):
    images = np.random.default_rng(2).integers(0, 256, (2, 24, 16, 3)).astype(np.uint8)
    with sgc.Teacher(folder / "tokens.onnx") as teacher:
        info = teacher.info
        assert info["kind"] == "features" and info["multiple"] == 8
        features = teacher.features(images)
        assert features.shape == (2, 3, 2, 6)
        x = (images / 255 - info["mean"]) / info["std"]
        weight = numpy_helper.to_array(onnx.load(folder / "tokens.onnx").graph.initializer[0])
        patches = x.reshape(2, 3, 8, 2, 8, 3)
        np.testing.assert_allclose(features, np.einsum("nryqxc,ocyx->nrqo", patches, weight), atol=1e-4)
        assert teacher.features(images[0, :21, :11]).shape == (3, 2, 6)
        with pytest.raises(sgc.ArgumentError, match="labels"):
            teacher.labels(images)
    with sgc.Teacher(folder / "maps.onnx") as teacher, pytest.raises(sgc.StateError):
        teacher.features(images)


def test_values_by_name(folder):
    x = np.random.default_rng(3).normal(size=(2, 3, 16, 8)).astype(np.float32)
    with sgc.Teacher(folder / "tokens.onnx") as teacher:
        everything = teacher.evaluate({"pixel_values": x})
        assert list(everything) == ["last_hidden_state"]
        inside = teacher.evaluate({"pixel_values": x}, ["patches", "last_hidden_state", "shape"])
        assert inside["patches"].shape == (2, 6, 2, 1)
        assert inside["shape"].dtype == np.int64 and inside["shape"].tolist() == [0, 6, -1]
        np.testing.assert_array_equal(inside["last_hidden_state"], everything["last_hidden_state"])
        # Larger than what is tried first.
        large = teacher.evaluate({"pixel_values": np.tile(x, (1, 1, 20, 20))}, ["patches"])["patches"]
        np.testing.assert_allclose(large[:, :, :2, :1], inside["patches"], atol=1e-5)
        for wrong, names in (({}, None), ({"x": x}, None), ({"pixel_values": x}, ["nothing"])):
            with pytest.raises(sgc.ArgumentError) as caught:
                teacher.evaluate(wrong, names)
            assert caught.value.name == "SGC_E_ARG"
        for wrong in (x[:, :2], x[0], x.astype(np.int32)):
            with pytest.raises(sgc.ArgumentError) as caught:
                teacher.evaluate({"pixel_values": wrong})
            assert caught.value.name == "SGC_E_MISMATCH"
        with pytest.raises(TypeError):
            teacher.evaluate({"pixel_values": x.astype(">f4")})
        with pytest.raises(ValueError):
            teacher.evaluate({"pixel_values": x}, [])


@pytest.mark.parametrize(
    "kind", ["float32", "float64", "float16", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"]
)
def test_every_type_of_element_goes_in_and_comes_out(kind, tmp_path):
    number = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    value = np.array([[0, 1, 100], [1, 0, 7]]).astype(kind)
    path = write(
        tmp_path / "same.onnx", [helper.make_node("Transpose", ["x"], ["y"])],
        [helper.make_tensor_value_info("y", number, [3, 2])],
        inputs=[helper.make_tensor_value_info("x", number, [2, 3])],
    )  # fmt: skip
    with sgc.Teacher(path) as teacher:
        result = teacher.evaluate({"x": value})["y"]
    assert result.dtype == value.dtype and np.array_equal(result, value.T)


def test_numbers_that_are_not_finite(folder):
    images = np.full((3, 4, 4, 3), 100, np.uint8)
    images[1, 2, 2] = 0
    with sgc.Teacher(folder / "logarithm.onnx") as teacher:
        with pytest.raises(sgc.NumericError, match="image 1"):
            teacher.features(images)
        batch = sgc._arrays.Batch(images)
        features, statuses = np.empty((3, 4, 4, 3), np.float32), np.empty(3, np.int32)
        answer = _native.TeacherAnswer(
            features=features.ctypes.data, feature_capacity=features.size, image_statuses=statuses.ctypes.data
        )
        status = library.sgc_teacher_run(ctypes.byref(answer), teacher._open, batch.structures, 3)
        assert status == E["SGC_E_NUMERIC"] and statuses.tolist() == [0, E["SGC_E_NUMERIC"], 0]
        assert (features[1] == 0).all() and np.allclose(features[::2], np.log(100 / 255), atol=1e-5)


def test_training_from_images_alone(folder, tmp_path):
    """A taught training learns, and goes on bit for bit once it has its teachers again."""
    configuration = json.loads(json.dumps(TINY))
    configuration["quantizer"]["semantics"]["classes"] = 2
    names = ("colors.onnx", "tokens.onnx", "maps.onnx")
    teachers = [sgc.Teacher(folder / name) for name in names]
    with sgc.Trainer(configuration, threads=1) as whole:
        for teacher in teachers:
            whole.set_teacher(teacher)
        for step in range(2):
            metrics = whole.step(scenes(2, seed=step)[0])
        assert metrics["labels_failed"] == 0 and metrics["distillation"] > 0 and metrics["perceptual"] > 0
        assert metrics["semantic"] > 0
        whole.save(tmp_path / "checkpoint")
        expected = whole.step(scenes(2, seed=2)[0])
    with sgc.Trainer.resume(tmp_path / "checkpoint", threads=1) as resumed:
        with pytest.raises(sgc.StateError, match="segmentation, features, perceptual"):
            resumed.step(scenes(2, seed=2)[0])
        for teacher in teachers:
            resumed.set_teacher(teacher)
            teacher.close()  # the trainer keeps it
        again = resumed.step(scenes(2, seed=2)[0])
        same = {name: value for name, value in again.items() if name != "images_per_second"}
        assert same == {name: value for name, value in expected.items() if name != "images_per_second"}
        resumed.set_teacher(None)
        assert "distillation" not in resumed.step(scenes(2, seed=3)[0])
        with pytest.raises(sgc.StateError):
            resumed.set_teacher(teachers[0])


def test_imitation(tokenizer, tmp_path):
    """A smaller model learns to give a tokenizer's tokens, and goes on bit for bit once it has the tokenizer again."""
    configuration = json.loads(json.dumps(TINY))
    configuration["model"]["channels"] = configuration["model"]["norm_groups"]
    configuration["quantizer"] = tokenizer.info["quantizer"]
    image = scenes(1, seed=9)[0]
    with sgc.Trainer(configuration, threads=1) as whole:
        whole.imitate(tokenizer)
        metrics = [whole.step(*scenes(2, seed=step)) for step in range(3)]
        assert all(step["latent_distillation"] > 0 and 0 <= step["teacher_agreement"] <= 1 for step in metrics)
        assert "commitment" not in metrics[0] and "semantic" not in metrics[0]
        whole.save(tmp_path / "checkpoint")
        expected = whole.step(*scenes(2, seed=3))
        with whole.snapshot() as student:
            np.testing.assert_array_equal(student.codebook, tokenizer.codebook)
            # Either decodes the other's tokens.
            tokens = student.encode(image).tokens
            assert tokenizer.decode(tokens).shape == image.shape
    with sgc.Trainer.resume(tmp_path / "checkpoint", threads=1) as resumed:
        with pytest.raises(sgc.StateError, match="tokenizer"):
            resumed.step(*scenes(2, seed=3))
        resumed.imitate(tokenizer)
        again = resumed.step(*scenes(2, seed=3))
        same = {name: value for name, value in again.items() if name != "images_per_second"}
        assert same == {name: value for name, value in expected.items() if name != "images_per_second"}
    configuration["quantizer"]["commitment"] = 0.5
    with sgc.Trainer(configuration, threads=1) as other, pytest.raises(sgc.ArgumentError, match="commitment"):
        other.imitate(tokenizer)


def test_runs_are_limited(folder):
    image = np.zeros((16, 16, 3), np.uint8)
    # 8 rows and columns of 2 classes, 3 multiplications each, and every element that is read or written counts, too.
    with sgc.Teacher(folder / "colors.onnx", operation_limit=100_000) as teacher:
        assert teacher.features(image).shape == (8, 8, 2)
        with pytest.raises(sgc.ArgumentError, match=r'node "[^"]*" \(\w+, opset 17\).*operations.*operation_limit') as caught:
            teacher.features(np.zeros((200, 200, 3), np.uint8))
        assert caught.value.name == "SGC_E_LIMIT"
        assert teacher.features(image).shape == (8, 8, 2)
        assert pickle.loads(pickle.dumps(teacher))._origin[-1] == 100_000


def test_a_run_of_10_to_the_15_operations_is_refused(tmp_path):
    pool = helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[2048] * 2, pads=[2047] * 4)
    path = write(
        tmp_path / "pool.onnx", [pool], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, "v", "u"])],
        inputs=[helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, "h", "w"])],
    )  # fmt: skip
    with sgc.Teacher(path) as teacher, pytest.raises(sgc.ArgumentError, match="AveragePool") as caught:
        teacher.evaluate({"x": np.zeros((1, 1, 2048, 2048), np.float32)})
    assert caught.value.name == "SGC_E_LIMIT"


def test_descriptions_are_read_strictly(folder, tmp_path):
    path = tmp_path / "colors.onnx"
    shutil.copy(folder / "colors.onnx", path)
    path.with_suffix(".json").write_text('{"clases": ["a"]}')
    with pytest.raises(sgc.ArgumentError, match="classes"):
        sgc.Teacher(path)
    path.with_suffix(".json").write_text('{"input": "pixels"}')
    with pytest.raises(sgc.ArgumentError) as caught:
        sgc.Teacher(path)
    assert caught.value.name == "SGC_E_MISMATCH"
    path.with_suffix(".json").unlink()
    with sgc.Teacher(path) as teacher:
        assert teacher.info["kind"] == "segmentation" and teacher.info["mean"] == [0.485, 0.456, 0.406]
        assert teacher.info["operators"] == {"AveragePool": 1, "Conv": 1}


def test_handles(folder):
    teacher = sgc.Teacher(folder / "colors.onnx")
    copy = pickle.loads(pickle.dumps(teacher))
    image = np.zeros((8, 8, 3), np.uint8)
    assert np.array_equal(copy.labels(image), teacher.labels(image))
    assert library.sgc_tokenizer_free(teacher._open) == E["SGC_E_HANDLE"]
    assert library.sgc_cancel(teacher._open) == 0
    teacher.close()
    teacher.close()
    with pytest.raises(sgc.StateError):
        teacher.labels(image)
    with pytest.raises(sgc.FileError):
        sgc.Teacher(folder / "missing.onnx")
    with pytest.raises(sgc.FormatError):
        sgc.Teacher(folder / "colors.json")


def test_damaged_tensors_are_refused(folder):
    with sgc.Teacher(folder / "tokens.onnx") as teacher:
        data = np.zeros((1, 3, 8, 8), np.float32)

        def call(count=1, **changes) -> int:
            fields = dict(
                element_type=1, rank=4, shape=(ctypes.c_int64 * 8)(1, 3, 8, 8), name=b"pixel_values",
                data=data.ctypes.data, capacity_bytes=data.nbytes,
            )  # fmt: skip
            given = _native.Tensor(**{**fields, **changes})
            room = np.empty(64, np.float32)
            wanted = _native.Tensor(name=b"patches", data=room.ctypes.data, capacity_bytes=room.nbytes)
            return library.sgc_teacher_evaluate(
                ctypes.byref(wanted), count, teacher._open, ctypes.byref(given), 1
            )

        assert call() == 0
        for changes in (
            {"element_type": 0}, {"element_type": 8}, {"element_type": 99}, {"rank": -1}, {"rank": 9},
            {"shape": (ctypes.c_int64 * 8)(1, 3, 8, -8)}, {"shape": (ctypes.c_int64 * 8)(1, 3, 8, 9)}, {"name": None},
            {"name": b""}, {"data": None}, {"capacity_bytes": 4}, {"reserved": 1}, {"count": 0},
        ):  # fmt: skip
            assert call(**changes) == E["SGC_E_ARG"], changes
        assert call(shape=(ctypes.c_int64 * 8)(2**40, 2**40, 1, 1)) == E["SGC_E_LIMIT"]
        # A size query, and room for too little.
        given = _native.Tensor(
            element_type=1, rank=4, shape=(ctypes.c_int64 * 8)(1, 3, 8, 8), name=b"pixel_values",
            data=data.ctypes.data, capacity_bytes=data.nbytes,
        )  # fmt: skip
        wanted = _native.Tensor(name=b"patches")
        arguments = (ctypes.byref(wanted), 1, teacher._open, ctypes.byref(given), 1)
        assert library.sgc_teacher_evaluate(*arguments) == 0
        assert (wanted.size_bytes, wanted.rank, wanted.element_type, list(wanted.shape[:4])) == (24, 4, 1, [1, 6, 1, 1])
        wanted.data, wanted.capacity_bytes = data.ctypes.data, 23
        assert library.sgc_teacher_evaluate(*arguments) == E["SGC_E_ARG"] and wanted.size_bytes == 24
        assert not data.any()


def test_many_threads_use_one_teacher(folder):
    images = [np.random.default_rng(i).integers(0, 256, (16, 16, 3)).astype(np.uint8) for i in range(8)]
    with sgc.Teacher(folder / "colors.onnx") as teacher:
        expected = [teacher.labels(image) for image in images]
        found: dict[int, np.ndarray] = {}
        threads = [
            threading.Thread(target=lambda i=i: found.update({i: teacher.labels(images[i])})) for i in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(np.array_equal(found[i], expected[i]) for i in range(8))


def test_a_call_is_cancelled(tmp_path):
    """A network of many products, cancelled from another thread."""
    nodes = [helper.make_node("MatMul", [f"x{i}", "w"], [f"x{i + 1}"]) for i in range(400)]
    size = 512
    path = write(
        tmp_path / "long.onnx", nodes, [helper.make_tensor_value_info("x400", TensorProto.FLOAT, [size, size])],
        [("w", (np.eye(size) * 0.5).astype(np.float32))],
        inputs=[helper.make_tensor_value_info("x0", TensorProto.FLOAT, [size, size])],
    )  # fmt: skip
    with sgc.Teacher(path, threads=1) as teacher:
        caught = []

        def work() -> None:
            try:
                while True:
                    teacher.evaluate({"x0": np.ones((size, size), np.float32)})
            except sgc.Cancelled as error:
                caught.append(error.name)

        thread = threading.Thread(target=work)
        thread.start()
        while thread.is_alive():
            teacher.cancel()
            thread.join(0.02)
        assert caught == ["SGC_E_CANCELLED"]
        assert teacher.evaluate({"x0": np.ones((size, size), np.float32)}, ["x1"])["x1"][0, 0] == 0.5


def test_a_forked_child_uses_its_parent_s_teacher(folder):
    child(
        """
import os, sys
import numpy as np, sgc
image = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
teacher = sgc.Teacher(sys.argv[1])
expected = teacher.labels(image)
process = os.fork()
if process == 0:
    same = np.array_equal(teacher.labels(image), expected)
    teacher.close()
    os._exit(0 if same else 1)
assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
assert np.array_equal(teacher.labels(image), expected)
""",
        str(folder / "colors.onnx"),
    )


def test_beside_other_users_of_onnx(folder):
    child(
        """
import sys
for name in ("torch", "onnx", "onnxruntime"):
    try:
        __import__(name)
    except ImportError:
        assert name == "torch", name
import numpy as np, onnx, onnxruntime, sgc
path = sys.argv[1]
x = np.random.default_rng(0).normal(size=(1, 3, 16, 16)).astype(np.float32)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
for _ in range(2):
    with sgc.Teacher(path) as teacher:
        mine = teacher.evaluate({"pixel_values": x})["last_hidden_state"]
    model = onnx.load(path)
    onnx.checker.check_model(model)
    theirs = session.run(None, {"pixel_values": x})[0]
    np.testing.assert_allclose(mine, theirs, atol=1e-4)
""",
        str(folder / "tokens.onnx"),
    )


#: A model so small that a step takes milliseconds.
SETTINGS = [
    "data.width=32", "data.height=16", "data.count=12", "model.channels=4", "model.channel_multipliers=[1,2]",
    "model.latent_channels=8", "model.norm_groups=2", "quantizer.codebook_size=16", "quantizer.code_dimension=8",
    "run.batch=3", "run.evaluate_images=3", "run.semantics_images=4", "run.sample_images=1", "run.checkpoint_every=2",
]  # fmt: skip


def test_probe_tells_what_is_in_a_network_and_what_is_missing(folder, tmp_path):
    probe = json.loads(run("teacher", "probe", folder / "tokens.onnx", "--size", "32x16", "--json").stdout)
    assert probe["description"]["kind"] == "features" and probe["parameters"] == 6 * 3 * 64
    assert probe["operators"] == {"Conv": 1, "Reshape": 1, "Transpose": 1} and probe["unsupported"] == []
    # 8 patches of 6 numbers of 192 products.
    assert probe["gflop"] == pytest.approx(2 * 8 * 6 * 192 / 1e9) and probe["seconds"] > 0
    assert [value["shape"] for value in probe["values"]] == [[1, 6, 2, 4], [1, 6, 8], [1, 8, 6]]
    text = run("teacher", "probe", folder / "tokens.onnx", "--values", "--untimed").stdout
    assert "GFLOP" in text and "patches" in text and "timed" not in text
    strange = write(
        tmp_path / "strange.onnx",
        [
            helper.make_node("Det", ["x"], ["y"]),
            helper.make_node("Bernoulli", ["y"], ["z"]),
        ],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n"])],
        inputs=[helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3, 3])],
    )
    result = run("teacher", "probe", strange, status=1)
    assert "Det" in result.stderr and "Bernoulli" in result.stderr
    assert result.stdout.count("unsupported") >= 2


def test_run_writes_class_maps_and_arrays(folder, tmp_path):
    from PIL import Image

    run("scenes", "--out", tmp_path / "scenes", "--count", "2", "--size", "32x16")
    run("teacher", "run", folder / "colors.onnx", tmp_path / "scenes" / "images", "--out", tmp_path / "maps")
    with sgc.Teacher(folder / "colors.onnx") as teacher:
        for index in range(2):
            image = np.asarray(Image.open(tmp_path / "scenes" / "images" / f"{index:06}.png"))
            written = Image.open(tmp_path / "maps" / f"{index:06}-{index:06}.png")
            assert np.array_equal(np.asarray(written), teacher.labels(image))
            assert written.getpalette()[:6] == [255, 0, 0, 0, 0, 0]
    classes = json.loads((tmp_path / "maps" / "classes.json").read_text())["classes"]
    assert [item["name"] for item in classes] == ["red", "other"]
    arguments = (tmp_path / "scenes" / "images" / "000001.png", "--out", tmp_path / "arrays")
    run("teacher", "run", folder / "tokens.onnx", *arguments)
    with sgc.Teacher(folder / "tokens.onnx") as teacher:
        np.testing.assert_allclose(np.load(tmp_path / "arrays" / "000000-000001.npy"), teacher.features(image), atol=1e-5)


def test_a_small_model_imitates_a_run_and_goes_on(tmp_path):
    settings = [argument for setting in SETTINGS for argument in ("--set", setting)]
    run("train", "--preset", "demo", *settings, "--set", "run.steps=3", "--out", tmp_path / "large")
    # Its quantizer is the larger one's, whatever the preset says.
    start = ["train", "--preset", "live-288x512", *settings, "--set", "quantizer.codebook_size=64", "--set", "seed=9"]
    start += ["--set", "model.residual_blocks=2"]
    start += ["--teacher", tmp_path / "large"]
    run(*start, "--set", "run.steps=4", "--out", tmp_path / "whole")
    run(*start, "--set", "run.steps=2", "--out", tmp_path / "parts")
    run("train", "--resume", tmp_path / "parts", "--set", "run.steps=4")
    weights = [
        (tmp_path / name / "checkpoints" / "last" / "checkpoint.safetensors").read_bytes()
        for name in ("whole", "parts")
    ]
    assert weights[0] == weights[1]
    large, whole = (json.loads((tmp_path / name / "config.json").read_text()) for name in ("large", "whole"))
    assert large["quantizer"] == whole["quantizer"] and large["model"] != whole["model"]
    with sgc.Tokenizer(tmp_path / "large" / "model") as teacher, sgc.Tokenizer(tmp_path / "whole" / "model") as student:
        np.testing.assert_array_equal(teacher.codebook, student.codebook)
    last = json.loads((tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["latent_distillation"] > 0 and 0 <= last["teacher_agreement"] <= 1
    assert "no-labels" not in run("doctor", tmp_path / "whole").stdout
    two = run(*start, "--teacher", tmp_path / "large", "--out", tmp_path / "two", status=1)
    assert "got two" in two.stderr
    other = run(*start[:-2], "--teacher", tmp_path / "large", "--set", "data.source=folder", "--set", f"data.images={tmp_path}",
                "--set", "quantizer.semantics.classes=3", "--out", tmp_path / "other", status=1)  # fmt: skip
    assert "3 classes" in other.stderr
    demo = run("demo", "--teacher", tmp_path / "large", "--out", tmp_path / "large", status=1)
    assert "expected an ONNX file" in demo.stderr and (tmp_path / "large" / "model").exists()


def test_train_with_teachers_and_go_on(folder, tmp_path):
    settings = [argument for setting in SETTINGS for argument in ("--set", setting)]
    teachers = [argument for name in ("colors", "tokens", "maps") for argument in ("--teacher", folder / f"{name}.onnx")]
    start = ["train", "--preset", "demo", *settings, "--set", "data.labelled=false", *teachers]
    run(*start, "--set", "run.steps=4", "--out", tmp_path / "whole")
    run(*start, "--set", "run.steps=2", "--out", tmp_path / "parts")
    run("train", "--resume", tmp_path / "parts", "--set", "run.steps=4")
    weights = [
        (tmp_path / name / "checkpoints" / "last" / "checkpoint.safetensors").read_bytes()
        for name in ("whole", "parts")
    ]
    assert weights[0] == weights[1]
    configuration = json.loads((tmp_path / "whole" / "config.json").read_text())
    assert configuration["quantizer"]["semantics"]["class_names"] == ["red", "other"]
    last = json.loads((tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["distillation"] > 0 and last["perceptual"] > 0 and last["semantic"] > 0
    # What was measured by the labels of the network can be measured again.
    measured = json.loads((tmp_path / "whole" / "metrics.json").read_text())
    again = ["eval", tmp_path / "whole", "--teacher", folder / "colors.onnx", "--count", measured["images"], "--json"]
    result = json.loads(run(*again).stdout)
    for key in ("token_accuracy", "uniqueness", "usage", "psnr"):
        assert result[key] == measured[key], key
    assert "expected a segmentation" in run(
        "eval", tmp_path / "whole", "--teacher", folder / "tokens.onnx", status=1).stderr
    # Another network in its place is noticed.
    other = tmp_path / "tokens.onnx"
    model = onnx.load(folder / "tokens.onnx")
    weight = numpy_helper.to_array(model.graph.initializer[0]) * 2
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weight, "w"))
    onnx.save(model, other)
    result = run("train", "--resume", tmp_path / "parts", "--set", "run.steps=5", "--teacher", other, status=1)
    assert "another network" in result.stderr


HOST = r"""
#include <sgc.hpp>
#include <google/protobuf/struct.pb.h>
#include <cstdio>
#include <cstdlib>
#include <cmath>

static std::string message() {
    google::protobuf::Struct value;
    (*value.mutable_fields())["answer"].set_number_value(42);
    return value.SerializeAsString();
}

int main(int, char **arguments) {
    GOOGLE_PROTOBUF_VERIFY_VERSION;
    std::string before = message();
    std::vector<unsigned char> pixels(16 * 24 * 3, 200);
    {
        sgc::teacher teacher(std::string(arguments[1]) + "/tokens.onnx");
        sgc_image image = sgc::image(pixels.data(), 24, 16);
        sgc::feature_map features = teacher.features(&image, 1);
        if (features.rows != 2 || features.columns != 3 || features.channels != 6 || features.values.size() != 36)
            return 2;
        std::vector<sgc::tensor> out = teacher.evaluate(
            {sgc::tensor::floats("pixel_values", {1, 3, 8, 8}, std::vector<float>(192, 1.0f))}, {"patches"});
        if (out[0].shape != std::vector<std::int64_t>({1, 6, 1, 1}) || out[0].floats().size() != 6)
            return 3;
        sgc::teacher colors(std::string(arguments[1]) + "/colors.onnx");
        std::vector<std::uint16_t> labels = colors.labels(&image, 1);
        if (labels.size() != 16 * 24 || labels[0] != 0)
            return 4;
        sgc::trainer trainer(arguments[2]);
        trainer.set_teacher(colors);
        trainer.clear_teachers();
        try {
            teacher.evaluate({}, {"patches"});
            return 5;
        } catch (const sgc::error &problem) {
            if (problem.status() != SGC_E_ARG)
                return 6;
        }
    }
    google::protobuf::Struct back;
    if (message() != before || !back.ParseFromString(before) || back.fields().at("answer").number_value() != 42)
        return 7;
    google::protobuf::ShutdownProtobufLibrary();
    return 0;
}
"""


def test_an_experiment_compares_labels_of_a_network(tmp_path):
    classes = 16
    weights = np.random.default_rng(0).normal(0, 1, (classes, 3, 1, 1)).astype(np.float32)
    node = helper.make_node("Conv", ["pixel_values", "w"], ["logits"])
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", classes, "H", "W"])
    teacher = write(tmp_path / "scenes.onnx", [node], [output], [("w", weights)])
    settings = [
        "data.width=32", "data.height=16", "data.count=12", "model.channels=4", "model.channel_multipliers=[1,2]",
        "model.latent_channels=8", "model.norm_groups=2", "quantizer.codebook_size=16", "quantizer.code_dimension=8",
        "run.batch=3", "run.evaluate_images=3", "run.semantics_images=4", "run.sample_images=0",
    ]  # fmt: skip
    options = [argument for setting in settings for argument in ("--set", setting)]
    command = [
        "experiment", "labels", "--teacher", teacher, "--only", "truth,teacher", "--seeds", "1", "--steps", "4",
        "--out", tmp_path / "out", "--json", *options,
    ]  # fmt: skip
    results = json.loads(run(*command).stdout)
    assert [(cell["name"], len(cell["runs"])) for cell in results["cells"]] == [
        ("truth", 1), ("noise-10", 0), ("noise-30", 0), ("teacher", 1),
    ]  # fmt: skip
    rows = [json.loads((tmp_path / "out" / f"{cell}-seed1" / "metrics.jsonl").read_text().splitlines()[0]) for cell in ("truth", "teacher")]
    # The same data and seed, and other classes.
    assert rows[0]["reconstruction"] == rows[1]["reconstruction"] and rows[0]["semantic"] != rows[1]["semantic"]
    # What is finished stays.
    assert "run 1 of" not in run(*command).stderr
    # Measured by the network's labels, and not by those of a network with other classes.
    taught = tmp_path / "out" / "teacher-seed1"
    assert json.loads(run("eval", taught, "--teacher", teacher, "--count", 3, "--json").stdout)["token_accuracy"] > 0
    others = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 2, "H", "W"])
    two = write(tmp_path / "two.onnx", [node], [others], [("w", weights[:2])])
    assert "expected the model's classes" in run("eval", taught, "--teacher", two, status=1).stderr


def test_a_host_that_links_protobuf_itself(folder, tmp_path):
    if shutil.which("g++") is None or not Path("/usr/include/google/protobuf/struct.pb.h").exists():
        pytest.skip("g++ or protobuf's headers are not on this machine")
    source = tmp_path / "host.cpp"
    source.write_text(HOST)
    subprocess.run(
        ["g++", "-std=c++17", "-I", ROOT / "include", "-I", ROOT / "bindings" / "cpp", source, "-o", tmp_path / "host",
         LIBRARY, "-lprotobuf", "-pthread", f"-Wl,-rpath,{LIBRARY.parent}"],
        check=True,
    )  # fmt: skip
    configuration = json.loads(json.dumps(TINY))
    configuration["quantizer"]["semantics"]["classes"] = 2
    command = [tmp_path / "host", folder, json.dumps(configuration)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, (result.returncode, result.stdout, result.stderr)
