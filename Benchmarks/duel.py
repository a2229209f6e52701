"""Runs the two sides in turn, A B A B, each in a process of its own, and sums up their times."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Conditions:
    """What all cases of a run share."""

    #: For files that live as long as the run.
    folder: Path
    threads: int
    is_quick: bool
    #: Of every library that took part.
    versions: list[str] = field(default_factory=list)

    def note_versions(self, *workers: Worker) -> None:
        """Asks the sides for theirs."""
        answers = [worker.call("version") for worker in workers]
        self.versions.extend(version for version in answers if version not in self.versions)


def _serve(connection: Any, side: Callable[..., Any], case: Any, path: Path, threads: int) -> None:
    """The loop of a worker: calls methods of its side by name and answers with seconds per call and the result."""
    try:
        worker = side(case, path, threads)
        connection.send((0.0, None))
        while True:
            name, arguments, calls = connection.recv()
            method = getattr(worker, name)
            began = time.perf_counter()
            for _ in range(calls):
                result = method(*arguments)
            connection.send(((time.perf_counter() - began) / calls, result))
    except EOFError:
        pass
    except BaseException:
        connection.send((-1.0, traceback.format_exc()))


class Worker:
    """A process that computes one side of a case."""

    def __init__(self, side: Callable[..., Any], case: Any, path: Path, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, side, case, path, threads), daemon=True)
        self._process.start()
        theirs.close()
        self._receive()

    def _receive(self) -> tuple[float, Any]:
        try:
            seconds, result = self._connection.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(f"a worker died with exit code {self._process.exitcode}") from None
        if seconds < 0:
            raise RuntimeError(result)
        return seconds, result

    def call(self, name: str, *arguments: Any) -> Any:
        """The result of one call."""
        self._connection.send((name, arguments, 1))
        return self._receive()[1]

    def time(self, name: str, *arguments: Any, calls: int = 1) -> float:
        """Seconds per call."""
        self._connection.send((name, arguments, calls))
        return self._receive()[0]

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stops the process meanwhile: threads of some libraries spin for a while after their work."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()


@dataclass(frozen=True)
class Times:
    """Seconds per call of each round."""

    ours: list[float]
    peer: list[float]

    @property
    def ratio(self) -> float:
        """Of the medians: below 1 when ours is faster."""
        return median(self.ours) / median(self.peer)

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest ratio of one round."""
        ratios = [a / b for a, b in zip(self.ours, self.peer)]
        return min(ratios), max(ratios)


def alternate(ours: Worker, peer: Worker, name: str, *arguments: Any, is_quick: bool) -> Times:
    """Times a method that both sides have; both must have run it before, so that nothing is compiled or packed here.

    Short calls are repeated until a sample takes a quarter of a second. There are 15 rounds, or as many as fit into
    20 seconds, but never fewer than 5. While one side works the other one is stopped.
    """
    first = [worker.time(name, *arguments) for worker in (ours, peer)]
    calls = max(1, round(0.25 / max(max(first), 1e-6)))
    rounds = 5 if is_quick else min(15, max(5, int(20 / (calls * sum(first)))))
    times = Times([], [])
    for _ in range(rounds):
        for worker, other, seconds in ((ours, peer, times.ours), (peer, ours, times.peer)):
            with other.stopped():
                if calls > 1:
                    worker.time(name, *arguments)  # Caches are the other's yet.
                seconds.append(worker.time(name, *arguments, calls=calls))
    return times
