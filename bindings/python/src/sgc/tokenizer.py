"""A trained tokenizer."""

from __future__ import annotations

import ctypes
import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _native
from ._arrays import Batch, destinations
from ._calls import Pace, check, interruptible, options, path, text
from ._owner import Owner

_library = _native.library


@dataclass(frozen=True)
class Encoding:
    """What :meth:`Tokenizer.encode` gives; N is missing from every shape when one image went in.

    Attributes:
        tokens: codebook indices, int32 [N, rows, columns].
        classes: the class each token's code mostly stood for in training, -1 for none; int32 [N, rows, columns].
        purities: the share of that class among the code's hits, 0...1; float32 [N, rows, columns].
        margins: distance to the second-best code minus that to the chosen, in the model's own measure; float32
            [N, rows, columns].
        latents: the chosen codebook entries, float32 [N, rows, columns, D], if asked for.
        image_size: (height, width) of the images, which decode needs where they are not divisible by the factor.
    """

    tokens: np.ndarray
    classes: np.ndarray
    purities: np.ndarray
    margins: np.ndarray
    latents: np.ndarray | None
    image_size: tuple[int, int]


class Tokenizer(Owner, kind="tokenizer"):
    """A model loaded from a directory. Any number of threads may use it at once.

    Use it in a ``with`` statement or call :meth:`close`. Pickling stores the path and loads the model again.

    Args:
        directory: where config.json and model.safetensors are.
        threads: threads to compute with; 0 for what the machine allows.
        precision: "float32" or "bfloat16".
        memory_budget: bytes that this model may take in all; 0 for no budget.
        tile_size: larger images are computed in tiles of this side in pixels, at least 24 times the factor and rounded
            down to a multiple of it, in bounded memory; 0 computes them at once. Statistics and attention of tiles are not quite those of the image.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        threads: int = 0,
        precision: str = "float32",
        memory_budget: int = 0,
        tile_size: int = 0,
    ) -> None:
        handle = _native.Handle()
        setup = options(threads, precision, memory_budget, tile_size=tile_size)
        check(_library.sgc_tokenizer_load, ctypes.byref(handle), path(directory), ctypes.byref(setup))
        origin = (os.path.abspath(os.fspath(directory)), threads, precision, memory_budget, tile_size)
        self._origin: tuple | None = origin
        self._adopt(handle.value or 0)

    def _adopt(self, handle: int) -> None:
        self._handle = handle
        self._pace = Pace()
        numbers = [ctypes.c_int32() for _ in range(3)]
        check(_library.sgc_tokenizer_shape, *[ctypes.byref(number) for number in numbers], handle)
        #: Entries of the codebook, dimension of one, and side of the square of pixels that a token stands for.
        self.codebook_size, self.code_dimension, self.downsampling_factor = (number.value for number in numbers)

    @classmethod
    def _from_handle(cls, handle: int) -> Tokenizer:
        self = cls.__new__(cls)
        self._origin = None
        self._adopt(handle)
        return self

    @property
    def info(self) -> dict[str, Any]:
        """The model's whole configuration."""
        return json.loads(text(_library.sgc_tokenizer_info, self._open))

    @property
    def codebook(self) -> np.ndarray:
        """A copy of the codebook, float32 [K, D]."""
        codes = np.empty((self.codebook_size, self.code_dimension), np.float32)
        count = ctypes.c_size_t()
        pointer = codes.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        check(_library.sgc_codebook, ctypes.byref(count), pointer, codes.size, self._open)
        return codes

    def quantize(self, latents: Any) -> tuple[np.ndarray, np.ndarray]:
        """(tokens, margins) of latents that did not come from this model's encoder.

        Args:
            latents: finite numbers [..., D]; what is not dense float32 is copied.

        Returns:
            int32 and float32 arrays of the leading shape, as in :class:`Encoding`.
        """
        vectors = np.ascontiguousarray(latents, dtype=np.float32)
        if vectors.ndim == 0 or vectors.shape[-1] != self.code_dimension:
            raise ValueError(f"latents: expected [..., {self.code_dimension}], got {list(vectors.shape)}")
        tokens = np.empty(vectors.shape[:-1], np.int32)
        margins = np.empty(vectors.shape[:-1], np.float32)
        floats = ctypes.POINTER(ctypes.c_float)
        interruptible(
            self._open, (vectors, tokens, margins),
            _library.sgc_quantize, tokens.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            margins.ctypes.data_as(floats), self._open, vectors.ctypes.data_as(floats), tokens.size,
            pace=self._pace, work=tokens.size,
        )  # fmt: skip
        return tokens, margins

    def token_grid(self, height: int, width: int) -> tuple[int, int]:
        """(rows, columns) of tokens of an image; sides that are not divisible by the factor are rounded up."""
        rows, columns = ctypes.c_int32(), ctypes.c_int32()
        check(_library.sgc_token_grid, ctypes.byref(rows), ctypes.byref(columns), self._open, width, height)
        return rows.value, columns.value

    def encode(
        self, images: Any, *, layout: str = "HWC", order: str = "RGB", latents: bool = False
    ) -> Encoding:
        """Encodes an image or a batch of images of one size.

        Args:
            images: an array [H, W, C], [N, H, W, C] or a sequence of arrays; uint8 with 1, 3 or 4 channels, or
                float32 in 0...1 with 3. Views with padded rows are used in place; what cannot be is copied with a CopyWarning.
            layout: "HWC", or "CHW" with the channels first.
            order: "RGB" or "BGR", for uint8.
            latents: whether to return the codebook entries as well.
        """
        batch = Batch(images, layout, order)
        if batch.count == 0:
            raise ValueError("images: expected at least one")
        query = _native.Encoding()
        check(_library.sgc_encode, ctypes.byref(query), self._open, batch.structures, batch.count)
        shape = (batch.count, query.rows, query.columns)
        tokens, classes = np.empty(shape, np.int32), np.empty(shape, np.int32)
        purities, margins = np.empty(shape, np.float32), np.empty(shape, np.float32)
        entries = np.empty((*shape, self.code_dimension), np.float32) if latents else None
        encoding = _native.Encoding(
            token_capacity=tokens.size, tokens=tokens.ctypes.data, classes=classes.ctypes.data,
            purities=purities.ctypes.data, margins=margins.ctypes.data,
            latent_capacity=0 if entries is None else entries.size,
            latents=None if entries is None else entries.ctypes.data,
        )  # fmt: skip
        interruptible(
            self._open, (batch, encoding, tokens, classes, purities, margins, entries),
            _library.sgc_encode, ctypes.byref(encoding), self._open, batch.structures, batch.count,
            pace=self._pace, work=tokens.size,
        )  # fmt: skip
        first = batch.structures[0]
        results = [tokens, classes, purities, margins, entries]
        if batch.is_single:
            results = [None if array is None else array[0] for array in results]
        return Encoding(*results, image_size=(first.height, first.width))

    def decode(
        self, tokens: Any, *, size: tuple[int, int] | None = None, dtype: Any = np.uint8, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Decodes a token grid [rows, columns], or a batch [N, rows, columns], or an :class:`Encoding`.

        Args:
            tokens: integers in 0...K-1.
            size: (height, width) of the images; the grid's size times the factor if it is not given.
            dtype: uint8, or float32 in 0...1.
            out: a contiguous array of the result's shape to write into; its dtype counts then.
        """
        if isinstance(tokens, Encoding):
            size, tokens = size or tokens.image_size, tokens.tokens
        array = np.asarray(tokens)
        if array.dtype.kind not in "iu" or array.ndim not in (2, 3):
            raise ValueError(
                f"tokens: expected integers [rows, columns] or [N, rows, columns], got {array.dtype} {array.shape}"
            )
        if array.size and (array.max() > 2**31 - 1 or array.min() < -(2**31)):
            raise ValueError(f"tokens: expected 0...{self.codebook_size - 1}")
        grids = np.ascontiguousarray(array.reshape((-1, *array.shape[-2:])), dtype=np.int32)
        count, rows, columns = grids.shape
        height, width = size or (rows * self.downsampling_factor, columns * self.downsampling_factor)
        images = out if out is not None else np.empty((*array.shape[:-2], height, width, 3), dtype)
        if images.dtype not in (np.uint8, np.float32) or not images.flags.c_contiguous or not images.flags.writeable:
            raise ValueError("out: expected a writable, contiguous array of uint8 or float32")
        if images.shape != (*array.shape[:-2], height, width, 3):
            raise ValueError(f"out: expected shape {(*array.shape[:-2], height, width, 3)}, got {images.shape}")
        interruptible(
            self._open, (images, grids),
            _library.sgc_decode, destinations(images.reshape((count, height, width, 3))), count, self._open,
            grids.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)), grids.size, rows, columns,
            pace=self._pace, work=grids.size,
        )  # fmt: skip
        return images

    def __reduce__(self) -> tuple:
        if self._origin is None:
            raise TypeError("a tokenizer that was not loaded from a directory cannot be pickled: export it first")
        return _reload, self._origin

    def __repr__(self) -> str:
        origin = self._origin[0] if self._origin else "snapshot"
        return f"<sgc.Tokenizer {origin!r} K={self.codebook_size} f={self.downsampling_factor}>"


def _reload(directory: str, threads: int, precision: str, memory_budget: int, tile_size: int) -> Tokenizer:
    return Tokenizer(
        directory, threads=threads, precision=precision, memory_budget=memory_budget, tile_size=tile_size
    )
