"""Pixels, tokens and label maps of hosts: every layout gives the same tokens, every bad one its status."""

from __future__ import annotations

import ctypes
import pickle
import warnings

import numpy as np
import pytest
from conftest import scenes

import sgc
from sgc import _native
from sgc._arrays import Batch

E = _native.STATUSES
library = _native.library


def encode(tokenizer, image: _native.Image, capacity: int = 4096) -> tuple[int, str]:
    """Status and message of encoding one image structure."""
    tokens = (ctypes.c_int32 * max(capacity, 1))()
    encoding = _native.Encoding(token_capacity=capacity, tokens=ctypes.addressof(tokens))
    status = library.sgc_encode(ctypes.byref(encoding), tokenizer._open, ctypes.byref(image), 1)
    return status, library.sgc_last_error().decode()


PIXELS = scenes(1)[0][0]


@pytest.mark.parametrize(
    "changes, status",
    [
        ({}, "SGC_OK"),
        ({"data": None}, "SGC_E_ARG"),
        ({"width": 0}, "SGC_E_ARG"),
        ({"height": 0}, "SGC_E_ARG"),
        ({"width": 0, "height": 0}, "SGC_E_ARG"),
        ({"width": -1}, "SGC_E_ARG"),
        ({"height": -(2**31)}, "SGC_E_ARG"),
        ({"width": 2**31 - 1, "height": 2**31 - 1}, "SGC_E_LIMIT"),
        ({"width": 1, "height": 60_000_000}, "SGC_E_LIMIT"),
        ({"row_stride_bytes": 95}, "SGC_E_ARG"),
        ({"row_stride_bytes": -96}, "SGC_E_ARG"),
        ({"row_stride_bytes": 2**62}, "SGC_E_ARG"),
        ({"format": 999}, "SGC_E_ARG"),
        ({"format": 0}, "SGC_E_ARG"),
        ({"format": -1}, "SGC_E_ARG"),
        ({"struct_size": 0}, "SGC_E_ABI"),
        ({"format": _native.PIXEL_RGB32F_PLANAR, "plane_stride_bytes": 127}, "SGC_E_ARG"),
        ({"format": _native.PIXEL_RGB32F_PLANAR, "plane_stride_bytes": 2**62}, "SGC_E_ARG"),
    ],
)
def test_bad_images(tokenizer, changes, status):
    image = Batch(PIXELS).structures[0]
    for field, value in changes.items():
        setattr(image, field, value)
    got, message = encode(tokenizer, image)
    assert got == E[status], message
    assert (message == "") == (status == "SGC_OK")


@pytest.mark.parametrize(
    "value, status", [(np.nan, "SGC_E_NUMERIC"), (np.inf, "SGC_E_NUMERIC"), (-np.inf, "SGC_E_NUMERIC"), (1e30, "SGC_E_RANGE")]
)
@pytest.mark.parametrize("layout", ["HWC", "CHW"])
def test_bad_floats_are_named_with_their_place(tokenizer, value, status, layout):
    pixels = PIXELS.astype(np.float32) / 255
    pixels[5, 7, 1] = value
    array = pixels if layout == "HWC" else np.ascontiguousarray(pixels.transpose(2, 0, 1))
    with pytest.raises(sgc.Error, match="image 0: .*channel 1 of the pixel at column 7, row 5") as caught:
        tokenizer.encode(array, layout=layout)
    assert caught.value.name == status


def test_every_layout_gives_the_same_tokens(tokenizer):
    expected = tokenizer.encode(PIXELS).tokens
    alpha = np.dstack([PIXELS, np.full(PIXELS.shape[:2], 9, np.uint8)])
    floats = PIXELS.astype(np.float32) / np.float32(255)
    wide = np.zeros((32, 50, 3), np.uint8)
    wide[:, 3:35] = PIXELS
    planar = np.zeros((3, 40, 33), np.float32)
    planar[:, 2:34, 1:33] = floats.transpose(2, 0, 1)
    unaligned = np.frombuffer(b"x" + floats.tobytes(), np.uint8)[1:].view(np.float32).reshape(floats.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("error", sgc.CopyWarning)  # all of these go in place
        for name, tokens in {
            "padded rows": tokenizer.encode(wide[:, 3:35]).tokens,
            "BGR": tokenizer.encode(np.ascontiguousarray(PIXELS[:, :, ::-1]), order="BGR").tokens,
            "RGBA": tokenizer.encode(alpha).tokens,
            "BGRA": tokenizer.encode(np.ascontiguousarray(alpha[:, :, [2, 1, 0, 3]]), order="BGR").tokens,
            "float": tokenizer.encode(floats).tokens,
            "unaligned float": tokenizer.encode(unaligned).tokens,
            "planar": tokenizer.encode(np.ascontiguousarray(floats.transpose(2, 0, 1)), layout="CHW").tokens,
            "planar view": tokenizer.encode(planar[:, 2:34, 1:33], layout="CHW").tokens,
        }.items():
            np.testing.assert_array_equal(tokens, expected, err_msg=name)
    gray = tokenizer.encode(PIXELS[:, :, 0].copy()).tokens
    np.testing.assert_array_equal(gray, tokenizer.encode(PIXELS[:, :, :1].repeat(3, axis=2)).tokens)


@pytest.mark.parametrize("make", [lambda a: a[:, ::-1], lambda a: a[::-1], lambda a: a.transpose(1, 0, 2), lambda a: a / 255.0])
def test_what_cannot_go_in_place_is_copied_and_said(tokenizer, make):
    array = make(PIXELS)
    with pytest.warns(sgc.CopyWarning):
        tokens = tokenizer.encode(array).tokens
    contiguous = np.ascontiguousarray(array) if array.dtype == np.uint8 else array.astype(np.float32)
    np.testing.assert_array_equal(tokens, tokenizer.encode(contiguous).tokens)


@pytest.mark.parametrize("height, width", [(1, 1), (1, 33), (31, 17), (33, 40)])
def test_sizes_that_are_not_divisible_are_padded_and_cropped(tokenizer, height, width):
    image = scenes(1, 64, 64)[0][0, :height, :width]
    encoding = tokenizer.encode(image)
    factor = tokenizer.downsampling_factor
    assert encoding.tokens.shape == (-(-height // factor), -(-width // factor)) == tokenizer.token_grid(height, width)
    padding = ((0, -height % factor), (0, -width % factor), (0, 0))
    np.testing.assert_array_equal(encoding.tokens, tokenizer.encode(np.pad(image, padding, mode="edge")).tokens)
    whole = tokenizer.decode(encoding.tokens)
    np.testing.assert_array_equal(tokenizer.decode(encoding), whole[:height, :width])


def test_large_images_are_computed_in_tiles(model, tokenizer):
    images = scenes(2, 150, 230)[0]
    with sgc.Tokenizer(model, tile_size=96) as tiled:
        with pickle.loads(pickle.dumps(tiled)) as copy:
            encoding = copy.encode(images)
        np.testing.assert_array_equal(encoding.tokens, tiled.encode(images).tokens)
        np.testing.assert_array_equal(tiled.encode(images[:, :90, :96]).tokens, tokenizer.encode(images[:, :90, :96]).tokens)
        pixels = tiled.decode(encoding)
    whole = tokenizer.encode(images)
    assert encoding.tokens.shape == whole.tokens.shape
    assert pixels.shape == images.shape
    assert not np.array_equal(pixels, tokenizer.decode(encoding)), "nothing was tiled"


def test_batches_equal_single_images(tokenizer):
    images = scenes(8)[0]
    one = [tokenizer.encode(image) for image in images]
    for size in (1, 3, 8):
        batch = tokenizer.encode(images[:size], latents=True)
        for field in ("tokens", "classes", "purities", "margins"):
            np.testing.assert_array_equal(getattr(batch, field), np.stack([getattr(e, field) for e in one[:size]]))
        np.testing.assert_array_equal(batch.latents, tokenizer.codebook[batch.tokens])
    assert (batch.margins >= 0).all() and ((0 <= batch.purities) & (batch.purities <= 1)).all()
    assert ((0 <= batch.tokens) & (batch.tokens < tokenizer.codebook_size)).all()
    decoded = tokenizer.decode(batch)
    np.testing.assert_array_equal(decoded[2], tokenizer.decode(one[2]))


def test_empty_batches_and_size_queries(tokenizer):
    encoding = _native.Encoding()
    assert library.sgc_encode(ctypes.byref(encoding), tokenizer._open, None, 0) == 0
    assert encoding.token_count == 0
    assert library.sgc_decode(None, 0, tokenizer._open, None, 0, 2, 2) == 0
    batch = Batch(scenes(3)[0])
    assert library.sgc_encode(ctypes.byref(encoding), tokenizer._open, batch.structures, 3) == 0
    rows, columns = tokenizer.token_grid(32, 32)
    assert (encoding.rows, encoding.columns, encoding.token_count) == (rows, columns, 3 * rows * columns)
    tokens = np.full(encoding.token_count, -7, np.int32)
    short = _native.Encoding(token_capacity=tokens.size - 1, tokens=tokens.ctypes.data)
    assert library.sgc_encode(ctypes.byref(short), tokenizer._open, batch.structures, 3) == E["SGC_E_ARG"]
    assert short.token_count == tokens.size and (tokens == -7).all()
    huge = library.sgc_encode(ctypes.byref(_native.Encoding()), tokenizer._open, batch.structures, 2**62)
    assert huge == E["SGC_E_ARG"]


def test_one_bad_image_in_a_batch(tokenizer):
    images = scenes(3)[0].astype(np.float32) / np.float32(255)
    good = tokenizer.encode(images).tokens
    images[1, 4, 4, 0] = np.nan
    batch = Batch(images)
    tokens = np.full(good.shape, -7, np.int32)
    encoding = _native.Encoding(token_capacity=tokens.size, tokens=tokens.ctypes.data)
    arguments = [ctypes.byref(encoding), tokenizer._open, batch.structures, 3]
    assert library.sgc_encode(*arguments) == E["SGC_E_NUMERIC"]
    assert library.sgc_last_error().startswith(b"image 1: ")
    assert (tokens == -7).all()
    statuses = np.full(3, -7, np.int32)
    encoding.image_statuses = statuses.ctypes.data
    assert library.sgc_encode(*arguments) == E["SGC_E_NUMERIC"]
    assert statuses.tolist() == [0, E["SGC_E_NUMERIC"], 0]
    np.testing.assert_array_equal(tokens[[0, 2]], good[[0, 2]])
    assert (tokens[1] == -1).all()


def test_images_of_two_sizes_do_not_make_a_batch(tokenizer):
    with pytest.raises(sgc.ArgumentError, match="image 1: expected 32x32 like image 0, got 32x16") as caught:
        tokenizer.encode([PIXELS, PIXELS[:16]])
    assert caught.value.name == "SGC_E_MISMATCH"


def test_bad_tokens(tokenizer):
    tokens = tokenizer.encode(PIXELS).tokens
    for bad in (-1, tokenizer.codebook_size, 2**31 - 1):
        wrong = tokens.copy()
        wrong[1, 2] = bad
        out = np.full((32, 32, 3), 7, np.uint8)
        with pytest.raises(sgc.ArgumentError, match="image 0: .* at row 1, column 2") as caught:
            tokenizer.decode(wrong, out=out)
        assert caught.value.name == "SGC_E_RANGE"
        assert (out == 7).all()
    with pytest.raises(sgc.ArgumentError) as caught:
        tokenizer.decode(tokens, size=(tokens.shape[0] * tokenizer.downsampling_factor + 1, 32))
    assert caught.value.name == "SGC_E_MISMATCH"
    image = _native.MutableImage(format=_native.PIXEL_RGB8, data=out.ctypes.data, width=32, height=32)
    pointer = tokens.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
    for count, rows, columns in [(tokens.size - 1, *tokens.shape), (tokens.size, 0, 4), (tokens.size, -1, -1)]:
        status = library.sgc_decode(ctypes.byref(image), 1, tokenizer._open, pointer, count, rows, columns)
        assert status == E["SGC_E_ARG"]


def test_outputs_must_not_overlap_inputs(tokenizer):
    memory = np.zeros(32 * 32 * 3, np.uint8)
    rows, columns = tokenizer.token_grid(32, 32)
    image = _native.Image(format=_native.PIXEL_RGB8, data=memory.ctypes.data, width=32, height=32)
    encoding = _native.Encoding(token_capacity=rows * columns, tokens=memory.ctypes.data + 1024)
    status = library.sgc_encode(ctypes.byref(encoding), tokenizer._open, ctypes.byref(image), 1)
    assert status == E["SGC_E_ARG"] and b"overlap" in library.sgc_last_error()
    output = _native.MutableImage(format=_native.PIXEL_RGB8, data=memory.ctypes.data, width=32, height=32)
    pointer = ctypes.cast(memory.ctypes.data + 1024, ctypes.POINTER(ctypes.c_int32))
    status = library.sgc_decode(
        ctypes.byref(output), 1, tokenizer._open, pointer, rows * columns, rows, columns
    )
    assert status == E["SGC_E_ARG"] and b"overlap" in library.sgc_last_error()


def test_decoding_into_every_format(tokenizer):
    tokens = tokenizer.encode(PIXELS).tokens
    reference = tokenizer.decode(tokens)
    floats = tokenizer.decode(tokens, dtype=np.float32)
    assert floats.min() >= 0 and floats.max() <= 1
    np.testing.assert_array_equal(np.floor(floats * 255 + 0.5).astype(np.uint8), reference)

    def decode(output: np.ndarray, pixel_format: int, row_stride: int = 0) -> np.ndarray:
        image = _native.MutableImage(
            format=pixel_format, data=output.ctypes.data, width=32, height=32, row_stride_bytes=row_stride
        )
        pointer = tokens.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
        status = library.sgc_decode(ctypes.byref(image), 1, tokenizer._open, pointer, tokens.size, *tokens.shape)
        assert status == 0, library.sgc_last_error()
        return output

    bgra = decode(np.zeros((32, 32, 4), np.uint8), _native.PIXEL_BGRA8)
    np.testing.assert_array_equal(bgra[:, :, 2::-1], reference)
    assert (bgra[:, :, 3] == 255).all()
    planar = decode(np.zeros((3, 32, 32), np.float32), _native.PIXEL_RGB32F_PLANAR)
    np.testing.assert_array_equal(planar.transpose(1, 2, 0), floats)
    padded = decode(np.full((32, 100), 7, np.uint8), _native.PIXEL_RGB8, row_stride=100)
    np.testing.assert_array_equal(padded[:, :96].reshape(32, 32, 3), reference)
    assert (padded[:, 96:] == 7).all()
    gray = decode(np.zeros((32, 32), np.uint8), _native.PIXEL_GRAY8)
    luma = floats @ np.array([0.299, 0.587, 0.114])
    assert np.abs(gray - luma * 255).max() <= 0.51


def test_a_training_step_checks_its_batch(trainer):
    images, labels = scenes(2)
    assert trainer.metrics == {}
    for arguments, name in [
        ((images, labels[:, :16]), "SGC_E_MISMATCH"),
        ((images, np.full_like(labels, 250)), "SGC_E_RANGE"),
        (([images[0], images[1][:16]], None), "SGC_E_MISMATCH"),
        ((images.astype(np.float32), labels), "SGC_E_RANGE"),
        ((np.full(images.shape, np.nan, np.float32), labels), "SGC_E_NUMERIC"),
    ]:
        with pytest.raises(sgc.Error, match="image|class id") as caught:
            trainer.step(*arguments)
        assert caught.value.name == name
    assert trainer.metrics == {}
    assert trainer.step(images, np.where(labels == 0, 255, labels).astype(np.uint8), ignore=255)["step"] == 1
    assert trainer.step(images, labels.astype(np.uint16))["step"] == 2
