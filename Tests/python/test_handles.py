"""Wrong pointers and handles: each a status of its own, and the process lives."""

from __future__ import annotations

import ctypes
import threading

import numpy as np
import onnx
import pytest
from conftest import TINY, scenes
from onnx import TensorProto, helper, numpy_helper

import sgc
from sgc import _native
from sgc._arrays import Batch, LabelBatch

E = _native.STATUSES
library = _native.library

#: Parameters that may be NULL, by the header's text; handles are tested apart.
NULLABLE = {
    "sgc_tokenizer_load": {2},
    "sgc_tokenizer_shape": {0, 1, 2},
    "sgc_trainer_create": {2},
    "sgc_trainer_resume": {2},
    "sgc_quantize": {1},
    "sgc_train_step": {0, 4},
    "sgc_set_log_callback": {0, 1},
    "sgc_teacher_load": {2},
    "sgc_teacher_shape": {0, 1, 2},
    "sgc_trainer_set_teacher": {1},
}
HANDLE_AT = {
    "sgc_tokenizer_free": 0, "sgc_tokenizer_info": 3, "sgc_tokenizer_shape": 3, "sgc_token_grid": 2, "sgc_encode": 1,
    "sgc_decode": 2, "sgc_codebook": 3, "sgc_quantize": 2, "sgc_trainer_free": 0, "sgc_train_step": 1, "sgc_trainer_metrics": 3,
    "sgc_trainer_save": 0, "sgc_trainer_export": 0, "sgc_trainer_snapshot": 1, "sgc_cancel": 0,
    "sgc_teacher_free": 0, "sgc_teacher_info": 3, "sgc_teacher_shape": 3, "sgc_teacher_run": 1,
    "sgc_teacher_evaluate": 2, "sgc_trainer_set_teacher": (0, 1), "sgc_trainer_imitate": (0, 1),
}  # fmt: skip


def handle_positions(name):
    """Which parameters of a function are handles."""
    positions = HANDLE_AT.get(name, ())
    return positions if isinstance(positions, tuple) else (positions,)


def teacher_file(path):
    """A network that scores as many classes as the trainer has."""
    images = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["N", 3, "H", "W"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 16, "H", "W"])
    weight = numpy_helper.from_array(np.random.default_rng(0).random((16, 3, 1, 1), np.float32), "w")
    node = helper.make_node("Conv", ["pixel_values", "w"], ["logits"])
    graph = helper.make_graph([node], "scores", [images], [logits], [weight])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.fixture
def teacher(tmp_path):
    with sgc.Teacher(teacher_file(tmp_path / "scores.onnx")) as value:
        yield value


def good_arguments(tmp_path, tokenizer, trainer, teacher) -> dict[str, list]:
    """Arguments with which every function succeeds."""
    images, labels = scenes(1)
    batch, maps = Batch(images), LabelBatch(labels, None)
    rows, columns = tokenizer.token_grid(32, 32)
    count = rows * columns
    tokens = (ctypes.c_int32 * count)()
    encoding = _native.Encoding(token_capacity=count, tokens=ctypes.addressof(tokens))
    output = np.empty((32, 32, 3), np.uint8)
    image = _native.MutableImage(format=_native.PIXEL_RGB8, data=output.ctypes.data, width=32, height=32)
    size, number, out = ctypes.c_size_t(), [ctypes.c_int32() for _ in range(3)], _native.Handle()
    text = ctypes.create_string_buffer(1 << 20)
    labels_out = np.empty((32, 32), np.uint16)
    answer = _native.TeacherAnswer(label_capacity=labels_out.size, labels=labels_out.ctypes.data)
    shape = (ctypes.c_int64 * 8)(1, 3, 2, 2)
    pixels = np.zeros((1, 3, 2, 2), np.float32)
    given = _native.Tensor(
        element_type=1, rank=4, shape=shape, name=b"pixel_values", data=pixels.ctypes.data, capacity_bytes=pixels.nbytes
    )
    result = np.empty((1, 16, 2, 2), np.float32)
    wanted = _native.Tensor(name=b"logits", data=result.ctypes.data, capacity_bytes=result.nbytes)
    codes = (ctypes.c_float * (tokenizer.codebook_size * tokenizer.code_dimension))()
    nearest = (ctypes.c_int32 * tokenizer.codebook_size)()
    margins = (ctypes.c_float * tokenizer.codebook_size)()
    t, r, n = tokenizer._open, trainer._open, teacher._open
    good_arguments.keep = (
        images, labels, batch, maps, tokens, output, text, codes, nearest, margins, labels_out, pixels, result,
    )  # fmt: skip
    ref = ctypes.byref
    trainer.export(tmp_path / "model")
    trainer.save(tmp_path / "saved")
    model = str(tmp_path / "model").encode()
    saved = str(tmp_path / "saved").encode()
    return {
        "sgc_tokenizer_load": [ref(out), model, None],
        "sgc_tokenizer_info": [ref(size), text, len(text), t],
        "sgc_tokenizer_shape": [ref(number[0]), ref(number[1]), ref(number[2]), t],
        "sgc_token_grid": [ref(number[0]), ref(number[1]), t, 32, 32],
        "sgc_encode": [ref(encoding), t, batch.structures, 1],
        "sgc_decode": [ref(image), 1, t, tokens, count, rows, columns],
        "sgc_codebook": [ref(size), codes, len(codes), t],
        "sgc_quantize": [nearest, margins, t, codes, tokenizer.codebook_size],
        "sgc_trainer_create": [ref(out), __import__("json").dumps(TINY).encode(), None],
        "sgc_trainer_resume": [ref(out), saved, None],
        "sgc_trainer_imitate": [r, t],
        "sgc_train_step": [ref(_native.StepMetrics()), r, batch.structures, 1, maps.structures],
        "sgc_trainer_metrics": [ref(size), text, len(text), r],
        "sgc_trainer_save": [r, saved],
        "sgc_trainer_export": [r, model],
        "sgc_trainer_snapshot": [ref(out), r],
        "sgc_cancel": [t],
        "sgc_teacher_load": [ref(out), str(tmp_path / "scores.onnx").encode(), None],
        "sgc_teacher_info": [ref(size), text, len(text), n],
        "sgc_teacher_shape": [ref(number[0]), ref(number[1]), ref(number[2]), n, 32, 32],
        "sgc_teacher_run": [ref(answer), n, batch.structures, 1],
        "sgc_teacher_evaluate": [ref(wanted), 1, n, ref(given), 1],
        "sgc_trainer_set_teacher": [r, n],
    }


def test_every_pointer_times_null(tmp_path, tokenizer, trainer, teacher):
    arguments = good_arguments(tmp_path, tokenizer, trainer, teacher)
    untested = set(_native.FUNCTIONS) - set(arguments)
    assert untested == {
        "sgc_version", "sgc_version_string", "sgc_abi_version", "sgc_status_name", "sgc_last_error",
        "sgc_set_log_callback", "sgc_tokenizer_free", "sgc_trainer_free", "sgc_teacher_free",
    }  # fmt: skip
    for name, good in arguments.items():
        function = getattr(library, name)
        assert function(*good) == 0, f"{name}: {library.sgc_last_error()}"
        for position, parameter in enumerate(_native.FUNCTIONS[name][1]):
            if parameter in (ctypes.c_int32, ctypes.c_size_t) or position in NULLABLE.get(name, ()):
                continue
            status = function(*good[:position], None, *good[position + 1 :])
            expected = E["SGC_E_HANDLE"] if position in handle_positions(name) else E["SGC_E_ARG"]
            assert status == expected, f"{name}, parameter {position}"
            if name != "sgc_cancel":
                assert library.sgc_last_error() != b"", name
        for position in NULLABLE.get(name, ()):
            assert function(*good[:position], None, *good[position + 1 :]) == 0, f"{name}, parameter {position}"


def test_every_function_refuses_wrong_handles(tmp_path, tokenizer, trainer, teacher):
    arguments = good_arguments(tmp_path, tokenizer, trainer, teacher)
    arguments["sgc_teacher_free"] = [teacher._open]
    arguments["sgc_tokenizer_free"], arguments["sgc_trainer_free"] = [tokenizer._open], [trainer._open]
    with sgc.Trainer(TINY) as other:
        other.step(*scenes(2))
        closed_tokenizer = other.snapshot()
        freed = [other._open, closed_tokenizer._open]
        closed_tokenizer.close()
    for name, position in ((name, position) for name in HANDLE_AT for position in handle_positions(name)):
        handle = arguments[name][position]
        wrong = [handle & 0xFFFF_FFFF, handle + 1, handle - 1, handle ^ 1 << 63, 1, 2**64 - 1, *freed]
        if name != "sgc_cancel":
            wrong.append(trainer._open if handle == tokenizer._open else tokenizer._open)
        for value in wrong:
            good = arguments[name]
            status = getattr(library, name)(*good[:position], value, *good[position + 1 :])
            assert status == E["SGC_E_HANDLE"], f"{name}({value:#x})"


def test_random_values_are_no_handles(tokenizer):
    for value in np.random.default_rng(3).integers(0, 2**64, 20_000, dtype=np.uint64).tolist():
        assert library.sgc_tokenizer_shape(None, None, None, value) == E["SGC_E_HANDLE"]


def test_free(model):
    assert library.sgc_tokenizer_free(None) == 0
    assert library.sgc_trainer_free(None) == 0
    handle = sgc.Tokenizer(model)
    value = handle._open
    handle.close()
    handle.close()
    assert library.sgc_tokenizer_free(value) == E["SGC_E_HANDLE"]
    with pytest.raises(sgc.StateError) as caught:
        handle.encode(scenes(1)[0])
    assert caught.value.name == "SGC_E_HANDLE"


def test_structure_sizes(tokenizer):
    batch = Batch(scenes(1)[0])
    for size, expected in [(0, "SGC_E_ABI"), (8, "SGC_E_ABI"), (95, "SGC_E_ABI"), (2**32 - 1, "SGC_E_ABI"), (96, "SGC_OK")]:
        encoding = _native.Encoding()
        encoding.struct_size = size
        assert library.sgc_encode(ctypes.byref(encoding), tokenizer._open, batch.structures, 1) == E[expected], size

    class Longer(_native.Encoding):
        _fields_ = [("later", ctypes.c_uint64)]

    longer = Longer()
    pointer = ctypes.cast(ctypes.byref(longer), ctypes.POINTER(_native.Encoding))
    assert longer.struct_size == 104
    assert library.sgc_encode(pointer, tokenizer._open, batch.structures, 1) == 0
    assert longer.token_count > 0
    longer.later = 1
    assert library.sgc_encode(pointer, tokenizer._open, batch.structures, 1) == E["SGC_E_ABI"]
    reserved = _native.Encoding(reserved=1)
    assert library.sgc_encode(ctypes.byref(reserved), tokenizer._open, batch.structures, 1) == E["SGC_E_ARG"]


@pytest.mark.parametrize(
    "fields, status",
    [
        ({"threads": -1}, "SGC_E_ARG"), ({"threads": 10**6}, "SGC_E_LIMIT"), ({"precision": 2}, "SGC_E_ARG"),
        ({"tile_size": -1}, "SGC_E_ARG"), ({"tile_size": 95}, "SGC_E_ARG"), ({"tile_size": 96}, "SGC_OK"),
        ({"threads": 1, "precision": 1}, "SGC_OK"),
    ],
)  # fmt: skip
def test_options(model, fields, status):
    handle = _native.Handle()
    options = _native.EngineOptions(**fields)
    path = str(model).encode()
    assert library.sgc_tokenizer_load(ctypes.byref(handle), path, ctypes.byref(options)) == E[status]
    if status == "SGC_OK":
        assert library.sgc_tokenizer_free(handle) == 0
    else:
        assert handle.value is None


def test_texts(tmp_path):
    handle = _native.Handle()
    for text, status in [
        (b"", "SGC_E_ARG"), (b"\xff\xfe", "SGC_E_ARG"), (b"x" * 5000, "SGC_E_IO"),
        (str(tmp_path / "nowhere").encode(), "SGC_E_IO"),
    ]:  # fmt: skip
        assert library.sgc_tokenizer_load(ctypes.byref(handle), text, None) == E[status], text[:20]
    for text, status in [(b"", "SGC_E_ARG"), (b"{}" + b" " * (1 << 20), "SGC_E_LIMIT"), (b"[", "SGC_E_FORMAT")]:
        assert library.sgc_trainer_create(ctypes.byref(handle), text, None) == E[status], text[:20]
    assert handle.value is None


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(sgc.ArgumentError, match="seed") as caught:
        sgc.Trainer({**TINY, "sede": 1})
    assert caught.value.name == "SGC_E_ARG"


def test_the_last_error_is_the_thread_s_own(tokenizer):
    assert library.sgc_tokenizer_free(1) == E["SGC_E_HANDLE"]
    assert b"tokenizer" in library.sgc_last_error()
    seen = []
    thread = threading.Thread(target=lambda: seen.append(library.sgc_last_error()))
    thread.start()
    thread.join()
    assert seen == [b""]
    assert library.sgc_tokenizer_shape(None, None, None, tokenizer._open) == 0
    assert library.sgc_last_error() == b""


def test_short_buffers(tokenizer):
    size = ctypes.c_size_t()
    assert library.sgc_tokenizer_info(ctypes.byref(size), None, 0, tokenizer._open) == 0
    needed = size.value
    buffer = ctypes.create_string_buffer(b"?" * needed, needed)
    size.value = 0
    status = library.sgc_tokenizer_info(ctypes.byref(size), buffer, needed - 1, tokenizer._open)
    assert (status, size.value, buffer.raw) == (E["SGC_E_ARG"], needed, b"?" * needed)
    assert library.sgc_tokenizer_info(ctypes.byref(size), buffer, needed, tokenizer._open) == 0
    assert buffer.raw[-1] == 0
    count = ctypes.c_size_t()
    assert library.sgc_codebook(ctypes.byref(count), None, 0, tokenizer._open) == 0
    assert count.value == tokenizer.codebook_size * tokenizer.code_dimension
    codes = (ctypes.c_float * count.value)()
    assert library.sgc_codebook(ctypes.byref(count), codes, count.value - 1, tokenizer._open) == E["SGC_E_ARG"]
