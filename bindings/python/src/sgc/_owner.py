"""What every object of the binding does with the handle that it owns."""

from __future__ import annotations

from typing import TypeVar

from . import _native
from ._calls import check
from .errors import error

_library = _native.library
Self = TypeVar("Self", bound="Owner")


class Owner:
    """Owns one handle of the library: `with`, `close` and garbage collection free it, once.

    A subclass says what it is and how its handles are freed: ``class Tokenizer(Owner, kind="tokenizer")`` frees them with
    ``sgc_tokenizer_free``. It sets ``_handle`` when it has one.
    """

    _handle = 0
    _kind: str

    def __init_subclass__(cls, *, kind: str) -> None:
        cls._kind = kind

    def cancel(self) -> None:
        """Ends the calls that run in other threads; they raise Cancelled there."""
        _library.sgc_cancel(self._open)

    @property
    def _open(self) -> int:
        if not self._handle:
            raise error(_native.STATUSES["SGC_E_HANDLE"], f"this {self._kind} is closed")
        return self._handle

    def close(self) -> None:
        """Frees the memory; calls of other threads that still run finish first. May be called twice."""
        handle, self._handle = self._handle, 0
        if handle:
            check(getattr(_library, f"sgc_{self._kind}_free"), handle)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self._handle:
            getattr(_library, f"sgc_{self._kind}_free")(self._handle)
