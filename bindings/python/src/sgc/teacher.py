"""A pretrained network from an ONNX file."""

from __future__ import annotations

import ctypes
import json
import os
from typing import Any, Mapping, Sequence

import numpy as np

from . import _native
from ._arrays import Batch
from ._calls import check, interruptible, options, path, text
from ._owner import Owner
from .errors import ArgumentError

_library = _native.library

# ONNX's numbers of element types; NumPy has no bfloat16, so it comes as the upper halves of float32.
_ELEMENT_TYPES = {
    1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_,
    10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64, 16: np.uint16,
}  # fmt: skip
_NUMBERS = {np.dtype(kind): number for number, kind in _ELEMENT_TYPES.items() if number != 16}


class Teacher(Owner, kind="teacher"):
    """A network loaded from an ONNX file and the description beside it. Any number of threads may use it at once.

    Use it in a ``with`` statement or call :meth:`close`. Pickling stores the path and loads the network again.

    Args:
        model: the ONNX file; a JSON file of the same name describes it where the graph does not tell enough.
        threads, precision, memory_budget: as for :class:`Tokenizer`.
        operation_limit: the most floating-point operations of one run of the network; 0 for 5 * 10**14. With a budget
            it bounds what a file that nobody vouches for can take.
    """

    def __init__(
        self,
        model: str | os.PathLike[str],
        *,
        threads: int = 0,
        precision: str = "float32",
        memory_budget: int = 0,
        operation_limit: int = 0,
    ) -> None:
        handle = _native.Handle()
        setup = options(threads, precision, memory_budget, operation_limit)
        check(_library.sgc_teacher_load, ctypes.byref(handle), path(model), ctypes.byref(setup))
        self._origin = (os.path.abspath(os.fspath(model)), threads, precision, memory_budget, operation_limit)
        self._handle = handle.value or 0
        #: What a call gave last time: the sizes of the values, so that the next call needs no second one.
        self._sizes: dict[str, int] = {}

    @property
    def info(self) -> dict[str, Any]:
        """The description with all defaults, and the network's inputs, outputs, operators and values."""
        return json.loads(text(_library.sgc_teacher_info, self._open))

    def shape(self, height: int, width: int) -> tuple[int, int, int]:
        """(rows, columns, channels) of what the network itself gives for an image; channels are its classes or features.

        0 channels: it gives class ids alone.
        """
        numbers = [ctypes.c_int32() for _ in range(3)]
        check(_library.sgc_teacher_shape, *[ctypes.byref(number) for number in numbers], self._open, width, height)
        return tuple(number.value for number in numbers)

    def labels(self, images: Any, *, layout: str = "HWC", order: str = "RGB") -> np.ndarray:
        """The class id of every pixel, uint16 [H, W] or [N, H, W]; 65535: none. Of a segmentation.

        Args:
            images: as for :meth:`Tokenizer.encode`.
        """
        return self._run(images, layout, order, wants_labels=True)

    def features(self, images: Any, *, layout: str = "HWC", order: str = "RGB") -> np.ndarray:
        """What the network sees in each place, float32 [rows, columns, C] or [N, rows, columns, C].

        Of a segmentation: the scores of its classes.

        Args:
            images: as for :meth:`Tokenizer.encode`.
        """
        return self._run(images, layout, order, wants_labels=False)

    def _run(self, images: Any, layout: str, order: str, *, wants_labels: bool) -> np.ndarray:
        batch = Batch(images, layout, order)
        if batch.count == 0:
            raise ValueError("images: expected at least one")
        query = _native.TeacherAnswer()
        check(_library.sgc_teacher_run, ctypes.byref(query), self._open, batch.structures, batch.count)
        first = batch.structures[0]
        if wants_labels:
            result = np.empty((batch.count, first.height, first.width), np.uint16)
            # A teacher without labels: the library says so.
            answer = _native.TeacherAnswer(labels=result.ctypes.data, label_capacity=result.size)
        else:
            result = np.empty((batch.count, query.rows, query.columns, query.channels), np.float32)
            answer = _native.TeacherAnswer(features=result.ctypes.data, feature_capacity=result.size)
        interruptible(
            self._open, (batch, answer, result),
            _library.sgc_teacher_run, ctypes.byref(answer), self._open, batch.structures, batch.count,
        )  # fmt: skip
        return result[0] if batch.is_single else result

    def evaluate(self, inputs: Mapping[str, Any], outputs: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Computes values of the network by name, and returns them by name.

        Args:
            inputs: arrays by the names of the network's inputs; bfloat16 inputs are not supported.
            outputs: names of outputs, or of any values inside the network; all outputs if they are not given. A
                bfloat16 value comes as uint16, the upper halves of float32 numbers.
        """
        names = [item["name"] for item in self.info["outputs"]] if outputs is None else list(outputs)
        if isinstance(outputs, str) or not names:
            raise ValueError(f"outputs: expected a list of names, got {outputs!r}")
        arrays = [np.ascontiguousarray(value).reshape(np.shape(value)) for value in inputs.values()]
        given = (_native.Tensor * max(len(arrays), 1))(
            *[_input(name, array) for name, array in zip(inputs, arrays)]
        )
        # A guess of the sizes saves a second run; where it was too small, the first run told them.
        sizes = [self._sizes.get(name, 1 << 16) for name in names]
        while True:
            memory = [np.empty(size, np.uint8) for size in sizes]
            wanted = (_native.Tensor * len(names))(
                *[
                    _native.Tensor(name=name.encode(), data=block.ctypes.data, capacity_bytes=block.size)
                    for name, block in zip(names, memory)
                ]
            )
            try:
                interruptible(
                    self._open, (arrays, given, memory, wanted),
                    _library.sgc_teacher_evaluate, wanted, len(names), self._open, given, len(arrays),
                )  # fmt: skip
                break
            except ArgumentError:
                needed = [tensor.size_bytes for tensor in wanted]
                if all(need <= size for need, size in zip(needed, sizes)):
                    raise
                sizes = [max(need, 1) for need in needed]
        self._sizes.update({name: max(tensor.size_bytes, 1) for name, tensor in zip(names, wanted)})
        return {name: _output(tensor, block) for name, tensor, block in zip(names, wanted, memory)}

    def __reduce__(self) -> tuple:
        return _reload, self._origin

    def __repr__(self) -> str:
        return f"<sgc.Teacher {self._origin[0]!r}>"


def _reload(model: str, threads: int, precision: str, memory_budget: int, operation_limit: int) -> Teacher:
    return Teacher(
        model, threads=threads, precision=precision, memory_budget=memory_budget, operation_limit=operation_limit
    )


def _input(name: str, array: np.ndarray) -> _native.Tensor:
    number = _NUMBERS.get(array.dtype.newbyteorder("="))
    if number is None or array.dtype.byteorder == ">":
        raise TypeError(f"{name}: expected numbers or booleans in the machine's byte order, got {array.dtype}")
    if array.ndim > 8:
        raise ValueError(f"{name}: expected at most 8 dimensions, got {array.ndim}")
    return _native.Tensor(
        element_type=number, rank=array.ndim, shape=(ctypes.c_int64 * 8)(*array.shape), name=name.encode(),
        data=array.ctypes.data, capacity_bytes=array.nbytes,
    )  # fmt: skip


def _output(tensor: _native.Tensor, memory: np.ndarray) -> np.ndarray:
    kind = np.dtype(_ELEMENT_TYPES[tensor.element_type])
    shape = tuple(tensor.shape[: tensor.rank])
    array = memory[: tensor.size_bytes].view(kind).reshape(shape)
    return array if memory.size <= max(tensor.size_bytes, 1) else array.copy()
