"""Semantic visual tokenizer: images to grids of tokens that mean something, and back. A binding of libsgc.

>>> import sgc
>>> with sgc.Tokenizer("model") as tokenizer:
...     encoding = tokenizer.encode(image)          # uint8 [H, W, 3]
...     again = tokenizer.decode(encoding)          # uint8 [H, W, 3]
"""

from ._arrays import CopyWarning
from ._native import library as _library
from .errors import (
    ArgumentError,
    Cancelled,
    Error,
    FileError,
    FormatError,
    InternalError,
    NumericError,
    OutOfMemoryError,
    StateError,
)
from .log import set_log
from .teacher import Teacher
from .tokenizer import Encoding, Tokenizer
from .trainer import Trainer

#: The version of the loaded library.
__version__: str = _library.sgc_version_string().decode()

__all__ = [
    "ArgumentError",
    "Cancelled",
    "CopyWarning",
    "Encoding",
    "Error",
    "FileError",
    "FormatError",
    "InternalError",
    "NumericError",
    "OutOfMemoryError",
    "StateError",
    "Teacher",
    "Tokenizer",
    "Trainer",
    "set_log",
]
