"""NumPy arrays as the library's images and label maps, in place wherever their strides allow."""

from __future__ import annotations

import ctypes
import warnings

import numpy as np

from . import _native


class CopyWarning(UserWarning):
    """An array could not be used in place and was copied: it has another type, or pixels that are not adjacent."""


_BYTE_FORMATS = {
    ("RGB", 3): _native.PIXEL_RGB8,
    ("BGR", 3): _native.PIXEL_BGR8,
    ("RGB", 4): _native.PIXEL_RGBA8,
    ("BGR", 4): _native.PIXEL_BGRA8,
    ("RGB", 1): _native.PIXEL_GRAY8,
    ("BGR", 1): _native.PIXEL_GRAY8,
}


class Batch:
    """Images of one batch: structures for the library, and the arrays that own their pixels."""

    def __init__(self, images: object, layout: str = "HWC", order: str = "RGB") -> None:
        if layout not in ("HWC", "CHW"):
            raise ValueError(f"layout: expected 'HWC' or 'CHW', got {layout!r}")
        if order not in ("RGB", "BGR"):
            raise ValueError(f"order: expected 'RGB' or 'BGR', got {order!r}")
        arrays, self.is_single = _split(images, dimensions=3, gray_too=layout == "HWC")
        self.arrays = [_usable_image(array, layout) for array in arrays]
        self.count = len(self.arrays)
        self.structures = (_native.Image * max(self.count, 1))(
            *[_image(array, layout, order) for array in self.arrays]
        )


class LabelBatch:
    """Label maps of one batch, as :class:`Batch`."""

    def __init__(self, labels: object, ignore: int | None) -> None:
        arrays, self.is_single = _split(labels, dimensions=2, gray_too=False)
        self.arrays = [_usable_labels(array) for array in arrays]
        self.count = len(self.arrays)
        self.structures = (_native.LabelMap * max(self.count, 1))(
            *[_label_map(array, -1 if ignore is None else ignore) for array in self.arrays]
        )


def _split(values: object, dimensions: int, gray_too: bool) -> tuple[list[np.ndarray], bool]:
    """One array, one array of a batch, or a sequence of arrays, as a list of arrays; whether it was one."""
    if isinstance(values, (list, tuple)):
        return [np.asarray(value) for value in values], False
    array = np.asarray(values)
    if array.ndim == dimensions or (gray_too and array.ndim == 2):
        return [array], True
    if array.ndim == dimensions + 1:
        return list(array), False
    raise ValueError(f"expected an array with {dimensions} or {dimensions + 1} dimensions, got {array.shape}")


def _copy(array: np.ndarray, dtype: np.dtype | type, reason: str) -> np.ndarray:
    warnings.warn(f"array copied: {reason}", CopyWarning, stacklevel=5)
    return np.ascontiguousarray(array, dtype=dtype)


def _usable_image(array: np.ndarray, layout: str) -> np.ndarray:
    """The array itself if the library can read it in place, else a copy that it can."""
    if layout == "HWC" and array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3:
        raise ValueError(f"image: expected {layout} with 3 dimensions, got {array.shape}")
    channels = array.shape[0 if layout == "CHW" else 2]
    if array.dtype == np.uint8:
        if channels not in (1, 3, 4):
            raise ValueError(f"image: expected 1, 3 or 4 channels of uint8, got {array.shape} in {layout}")
        if layout == "CHW":
            return _copy(array.transpose(1, 2, 0), np.uint8, "uint8 images are read as HWC")
    elif array.dtype.kind == "f":
        if channels != 3:
            raise ValueError(f"image: expected 3 channels of float32, got {array.shape} in {layout}")
        if array.dtype != np.float32:
            return _copy(array, np.float32, f"expected float32, got {array.dtype}")
    else:
        raise TypeError(f"image: expected uint8 or float32, got {array.dtype}")
    row, pixel = (1, 2) if layout == "CHW" else (0, 1)
    inner = array.itemsize * (1 if layout == "CHW" else channels)
    fits = array.strides[pixel] == inner and array.strides[row] >= inner * array.shape[pixel]
    if layout == "CHW":
        fits = fits and array.strides[0] >= array.strides[1] * array.shape[1]
    else:
        fits = fits and array.strides[2] == array.itemsize
    # NumPy gives axes of length 1 any stride; a contiguous array is always fine.
    return array if fits or array.flags.c_contiguous else _copy(array, array.dtype, f"strides {array.strides}")


def _strides(array: np.ndarray, row_axis: int, row_bytes: int) -> int:
    """The row stride; of a contiguous array, whose strides may be anything along axes of length 1, the packed one."""
    return row_bytes if array.flags.c_contiguous else array.strides[row_axis]


def _image(array: np.ndarray, layout: str, order: str) -> _native.Image:
    if layout == "CHW" and array.dtype == np.float32:
        if order == "BGR":
            raise ValueError("order: planar float images are RGB")
        _, height, width = array.shape
        row = _strides(array, 1, width * 4)
        return _native.Image(
            format=_native.PIXEL_RGB32F_PLANAR, data=array.ctypes.data, width=width, height=height,
            row_stride_bytes=row,
            plane_stride_bytes=row * height if array.flags.c_contiguous else array.strides[0],
        )  # fmt: skip
    height, width, channels = array.shape
    if array.dtype == np.float32:
        if order == "BGR":
            raise ValueError("order: float images are RGB")
        pixel_format = _native.PIXEL_RGB32F
    else:
        pixel_format = _BYTE_FORMATS[order, channels]
    return _native.Image(
        format=pixel_format, data=array.ctypes.data, width=width, height=height,
        row_stride_bytes=_strides(array, 0, width * channels * array.itemsize),
    )  # fmt: skip


def _usable_labels(array: np.ndarray) -> np.ndarray:
    if array.ndim != 2:
        raise ValueError(f"labels: expected HW with 2 dimensions, got {array.shape}")
    if array.dtype.kind not in "iu":
        raise TypeError(f"labels: expected integers, got {array.dtype}")
    if array.dtype not in (np.uint8, np.uint16):
        if array.size and (array.min() < 0 or array.max() > 65535):
            raise ValueError("labels: expected class ids in 0...65535")
        return _copy(array, np.uint16, f"expected uint8 or uint16, got {array.dtype}")
    fits = array.strides[1] == array.itemsize and array.strides[0] >= array.itemsize * array.shape[1]
    return array if fits or array.flags.c_contiguous else _copy(array, array.dtype, f"strides {array.strides}")


def _label_map(array: np.ndarray, ignore: int) -> _native.LabelMap:
    height, width = array.shape
    return _native.LabelMap(
        format=_native.LABEL_UINT8 if array.dtype == np.uint8 else _native.LABEL_UINT16, data=array.ctypes.data,
        width=width, height=height, row_stride_bytes=_strides(array, 0, width * array.itemsize), ignore_id=ignore,
    )  # fmt: skip


def destinations(images: np.ndarray) -> ctypes.Array:
    """Structures through which the library writes into `images`, contiguous [N, H, W, 3] of uint8 or float32."""
    count, height, width, channels = images.shape
    pixel_format = _native.PIXEL_RGB8 if images.dtype == np.uint8 else _native.PIXEL_RGB32F
    size = height * width * channels * images.itemsize
    return (_native.MutableImage * max(count, 1))(
        *[
            _native.MutableImage(format=pixel_format, data=images.ctypes.data + i * size, width=width, height=height)
            for i in range(count)
        ]
    )
