"""A tokenizer in training."""

from __future__ import annotations

import ctypes
import json
import os
from typing import Any, Mapping

from . import _native
from ._arrays import Batch, LabelBatch
from ._calls import check, interruptible, options, path, text
from ._owner import Owner
from .teacher import Teacher
from .tokenizer import Tokenizer

_library = _native.library


class Trainer(Owner, kind="trainer"):
    """A training: the caller owns the loop and hands in batches from memory. One call at a time.

    Use it in a ``with`` statement or call :meth:`close`.

    Args:
        configuration: a mapping or JSON text; what is not in it has its default. Unknown keys are errors.
        threads, precision, memory_budget: as for :class:`Tokenizer`.
    """

    def __init__(
        self,
        configuration: Mapping[str, Any] | str = "{}",
        *,
        threads: int = 0,
        precision: str = "float32",
        memory_budget: int = 0,
    ) -> None:
        handle = _native.Handle()
        document = configuration if isinstance(configuration, str) else json.dumps(configuration)
        setup = options(threads, precision, memory_budget)
        check(_library.sgc_trainer_create, ctypes.byref(handle), document.encode(), ctypes.byref(setup))
        self._handle = handle.value or 0

    @classmethod
    def resume(
        cls,
        directory: str | os.PathLike[str],
        *,
        threads: int = 0,
        precision: str = "float32",
        memory_budget: int = 0,
    ) -> Trainer:
        """Continues a training that :meth:`save` wrote, bit for bit as if it had not stopped."""
        self = cls.__new__(cls)
        handle = _native.Handle()
        setup = options(threads, precision, memory_budget)
        check(_library.sgc_trainer_resume, ctypes.byref(handle), path(directory), ctypes.byref(setup))
        self._handle = handle.value or 0
        return self

    def set_teacher(self, teacher: Teacher | None) -> None:
        """Lets the training learn from a teacher from the next step on; None takes all teachers away.

        Its kind says how: "segmentation" gives labels where a step is given none, "features" and "perceptual" add a loss.
        After :meth:`resume` the teachers that the training had must be set again.
        """
        check(_library.sgc_trainer_set_teacher, self._open, None if teacher is None else teacher._open)

    def imitate(self, tokenizer: Tokenizer) -> None:
        """Lets the training imitate a tokenizer, mostly a larger one: before the first step, or after :meth:`resume`.

        The tokenizer's codebook becomes the trainer's and stays as it is, so tokens mean the same to both. The configuration's
        "quantizer" must be the tokenizer's, ``tokenizer.info["quantizer"]``. Steps report "latent_distillation", the squared
        distance of the latents relative to the variance of the codes, and "teacher_agreement", the share of equal tokens.
        """
        check(_library.sgc_trainer_imitate, self._open, tokenizer._open)

    def step(
        self,
        images: Any,
        labels: Any = None,
        *,
        ignore: int | None = None,
        layout: str = "HWC",
        order: str = "RGB",
    ) -> dict[str, float]:
        """Does one step on a batch and returns every metric by name; NaN where one does not apply.

        Ctrl-C cancels the step, leaves the trainer as before it, and raises KeyboardInterrupt.

        Args:
            images: as for :meth:`Tokenizer.encode`.
            labels: class ids, integers [H, W] or [N, H, W], of the images' size; uint8 and uint16 are used in place.
            ignore: the id of pixels without a class.
        """
        batch = Batch(images, layout, order)
        maps = None if labels is None else LabelBatch(labels, ignore)
        if maps is not None and maps.count != batch.count:
            raise ValueError(f"labels: expected one map for each of {batch.count} images, got {maps.count}")
        interruptible(
            self._open, (batch, maps), _library.sgc_train_step, None, self._open, batch.structures, batch.count,
            None if maps is None else maps.structures,
        )  # fmt: skip
        return self.metrics

    @property
    def metrics(self) -> dict[str, float]:
        """Every metric of the last step by name; empty before the first step."""
        values = json.loads(text(_library.sgc_trainer_metrics, self._open))
        return {name: float("nan") if value is None else value for name, value in values.items()}

    def save(self, directory: str | os.PathLike[str]) -> None:
        """Writes a checkpoint for :meth:`resume`; what the directory held stays valid until that is complete."""
        interruptible(self._open, None, _library.sgc_trainer_save, self._open, path(directory))

    def export(self, directory: str | os.PathLike[str]) -> None:
        """Writes the model as it is now, for :class:`Tokenizer`."""
        interruptible(self._open, None, _library.sgc_trainer_export, self._open, path(directory))

    def snapshot(self) -> Tokenizer:
        """A tokenizer with a copy of the model as it is now; training goes on without it."""
        handle = _native.Handle()
        check(_library.sgc_trainer_snapshot, ctypes.byref(handle), self._open)
        return Tokenizer._from_handle(handle.value or 0)
