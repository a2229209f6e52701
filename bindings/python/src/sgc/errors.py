"""What a call of libsgc raises: one class per group of statuses, each with ``status`` and ``name``."""

from __future__ import annotations

from ._native import STATUSES


class Error(Exception):
    """A call of libsgc failed. ``status`` is its number, ``name`` the number's name (``SGC_E_RANGE``)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = next((name for name, value in STATUSES.items() if value == status), "SGC_E_?")

    def __reduce__(self) -> tuple:
        return type(self), (self.status, str(self))


class ArgumentError(Error, ValueError):
    """An argument, or the content of an array, is not what the call takes."""


class NumericError(Error, ArithmeticError):
    """A number is NaN or infinite."""


class OutOfMemoryError(Error, MemoryError):
    """The memory budget or the machine's memory is exhausted."""


class FormatError(Error, ValueError):
    """A file or a configuration does not follow its format, is damaged, or is of a later version."""


class FileError(Error, OSError):
    """The operating system refused to read or write."""


class StateError(Error, RuntimeError):
    """The handle is closed, busy, or of the process before a fork."""


class Cancelled(Error):
    """The call was cancelled."""


class InternalError(Error, RuntimeError):
    """A defect of libsgc."""


_CLASSES: dict[str, type[Error]] = {
    "SGC_E_ARG": ArgumentError,
    "SGC_E_HANDLE": StateError,
    "SGC_E_STATE": StateError,
    "SGC_E_ABI": InternalError,
    "SGC_E_NOMEM": OutOfMemoryError,
    "SGC_E_LIMIT": ArgumentError,
    "SGC_E_FORMAT": FormatError,
    "SGC_E_TRUNCATED": FormatError,
    "SGC_E_UNSUPPORTED": FormatError,
    "SGC_E_CHECKSUM": FormatError,
    "SGC_E_MISMATCH": ArgumentError,
    "SGC_E_RANGE": ArgumentError,
    "SGC_E_NUMERIC": NumericError,
    "SGC_E_IO": FileError,
    "SGC_E_PATH": FileError,
    "SGC_E_CANCELLED": Cancelled,
    "SGC_E_FORKED": StateError,
    "SGC_E_INTERNAL": InternalError,
}


def error(status: int, message: str) -> Error:
    """The exception for a status."""
    name = next((name for name, value in STATUSES.items() if value == status), "")
    return _CLASSES.get(name, Error)(status, message)
