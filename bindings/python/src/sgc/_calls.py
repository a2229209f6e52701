"""How calls reach the library: statuses become exceptions, and Ctrl-C reaches a long call."""

from __future__ import annotations

import _thread
import ctypes
import math
import os
import queue
import signal
import threading
import time
from typing import Any, Callable

from . import _native
from .errors import error

_library = _native.library


def check(function: Callable[..., int], *arguments: Any) -> None:
    """Calls a function that returns a status."""
    status = function(*arguments)
    if status != _native.OK:
        raise error(status, _library.sgc_last_error().decode())


class Pace:
    """How long calls of one handle take, each function's by its last call; and who is in one."""

    def __init__(self) -> None:
        self._seconds_per_unit: dict[str, float] = {}
        #: Threads other than the main one that are in a call: those of one handle wait for each other.
        self.busy: set[int] = set()

    def note(self, function: Callable[..., int], seconds: float, work: int) -> None:
        """A call that is done."""
        self._seconds_per_unit[function.__name__] = seconds / max(1, work)

    def expects(self, function: Callable[..., int], work: int) -> float:
        """The seconds of a call: without end when there was none yet, or when it has to wait for others."""
        return math.inf if self.busy else self._seconds_per_unit.get(function.__name__, math.inf) * max(1, work)


#: A call that is expected to end sooner than this is not made interruptible: nobody notices how late Ctrl-C takes effect.
_SHORT = 0.05


def interruptible(
    handle: int, keep: object, function: Callable[..., int], *arguments: Any, pace: Pace | None = None, work: int = 1
) -> None:
    """Calls a function that may take long, so that Ctrl-C cancels it and raises KeyboardInterrupt.

    Python runs signal handlers between bytecodes of the main thread only, so there the call goes to a thread of its own
    while the main thread waits on a lock, which a signal interrupts. On other threads, and when it is expected to be
    short, it is called directly: the thread would take a tenth of a millisecond.

    Args:
        handle: what to cancel.
        keep: the owners of the memory behind `arguments`; they live until the call is over, whatever is raised here.
        pace: what is known of the handle's calls, and learns of this one.
        work: how much there is to do: the number of tokens.
    """
    pace = pace or Pace()
    began = time.perf_counter()
    if threading.current_thread() is not threading.main_thread():
        thread = threading.get_ident()
        pace.busy.add(thread)
        try:
            check(function, *arguments)
        finally:
            pace.busy.discard(thread)
    elif pace.expects(function, work) < _SHORT or not callable(signal.getsignal(signal.SIGINT)):
        check(function, *arguments)
    else:
        _on_a_thread(handle, keep, function, *arguments)
    pace.note(function, time.perf_counter() - began, work)


def _on_a_thread(handle: int, keep: object, function: Callable[..., int], *arguments: Any) -> None:
    """Calls a function on a thread of its own; what a signal handler raises meanwhile cancels the call."""
    outcome: list[BaseException] = []
    finished: list[bool] = []
    gate: queue.SimpleQueue[bool] = queue.SimpleQueue()
    done = threading.Lock()
    done.acquire()

    def work(_: object) -> None:
        if not gate.get():
            return
        try:
            check(function, *arguments)
        except BaseException as problem:  # handed to the main thread
            outcome.append(problem)
        finally:
            finished.append(True)
            done.release()

    # A signal may come right after any of the calls below has done its work, so each can stand being done twice.
    try:
        _thread.start_new_thread(work, (keep,))
    except BaseException:
        gate.put(False)  # the thread, if there is one, ends without a call
        raise
    interruption: BaseException | None = None
    while True:
        try:
            gate.put(True)  # the thread takes one
            if not finished:
                done.acquire()
            break
        except BaseException as signalled:  # whatever the host's signal handler raises, KeyboardInterrupt as a rule
            interruption = interruption or signalled
            _library.sgc_cancel(handle)
    if interruption is not None:
        raise interruption
    if outcome:
        raise outcome[0]


def text(function: Callable[..., int], handle: int) -> str:
    """Calls a function that writes text after a size query."""
    size = ctypes.c_size_t()
    check(function, ctypes.byref(size), None, 0, handle)
    buffer = ctypes.create_string_buffer(size.value)
    check(function, ctypes.byref(size), buffer, size.value, handle)
    return buffer.value.decode()


def options(
    threads: int, precision: str, memory_budget: int, operation_limit: int = 0, tile_size: int = 0
) -> _native.EngineOptions:
    """The options of a handle."""
    precisions = {"float32": _native.PRECISION_FLOAT32, "bfloat16": _native.PRECISION_BFLOAT16}
    if precision not in precisions:
        raise ValueError(f"precision: expected 'float32' or 'bfloat16', got {precision!r}")
    return _native.EngineOptions(
        threads=threads, precision=precisions[precision], memory_budget_bytes=memory_budget,
        operation_limit=operation_limit, tile_size=tile_size,
    )  # fmt: skip


def path(value: str | os.PathLike[str]) -> bytes:
    """A path as the library takes it."""
    encoded = os.fsencode(value)
    if b"\0" in encoded:
        raise ValueError("path: expected no NUL character")
    return encoded
