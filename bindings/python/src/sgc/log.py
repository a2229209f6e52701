"""The library's log lines in Python's logging."""

from __future__ import annotations

import logging

from . import _native

_LEVELS = [logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG]
# Every callback that was ever set: a call of an earlier one may still run on another thread.
_kept: list = []


def set_log(logger: logging.Logger | None) -> None:
    """Sends the library's log lines to `logger`; None for no log, as at the start."""
    def receive(level: int, message: bytes, _: object) -> None:
        assert logger is not None
        logger.log(_LEVELS[min(max(level, 0), 3)], "%s", message.decode(errors="replace"))

    callback = _native.LogCallback() if logger is None else _native.LogCallback(receive)
    _kept.append(callback)
    _native.library.sgc_set_log_callback(callback, None)
