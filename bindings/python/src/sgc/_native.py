"""The functions and structures of include/sgc.h for ctypes, and the search for the library.

Tests/python/test_declarations.py compares every declaration here with the header.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from ctypes import POINTER, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path

VERSION = (0, 1, 0)
ABI_VERSION = 0

OK = 0
STATUSES = {
    "SGC_OK": 0,
    "SGC_E_ARG": 1,
    "SGC_E_HANDLE": 2,
    "SGC_E_STATE": 3,
    "SGC_E_ABI": 4,
    "SGC_E_NOMEM": 5,
    "SGC_E_LIMIT": 6,
    "SGC_E_FORMAT": 7,
    "SGC_E_TRUNCATED": 8,
    "SGC_E_UNSUPPORTED": 9,
    "SGC_E_CHECKSUM": 10,
    "SGC_E_MISMATCH": 11,
    "SGC_E_RANGE": 12,
    "SGC_E_NUMERIC": 13,
    "SGC_E_IO": 14,
    "SGC_E_PATH": 15,
    "SGC_E_CANCELLED": 16,
    "SGC_E_FORKED": 17,
    "SGC_E_INTERNAL": 18,
}

PIXEL_RGB8 = 1
PIXEL_BGR8 = 2
PIXEL_RGBA8 = 3
PIXEL_BGRA8 = 4
PIXEL_GRAY8 = 5
PIXEL_RGB32F = 6
PIXEL_RGB32F_PLANAR = 7

LABEL_UINT8 = 1
LABEL_UINT16 = 2

PRECISION_FLOAT32 = 0
PRECISION_BFLOAT16 = 1


class _Sized(ctypes.Structure):
    """A structure that starts with its own size."""

    def __init__(self, **fields: object) -> None:
        super().__init__(struct_size=ctypes.sizeof(type(self)), **fields)


class Image(_Sized):
    _fields_ = [
        ("struct_size", c_uint32),
        ("format", c_int32),
        ("data", c_void_p),
        ("width", c_int32),
        ("height", c_int32),
        ("row_stride_bytes", c_int64),
        ("plane_stride_bytes", c_int64),
    ]


class MutableImage(_Sized):
    _fields_ = list(Image._fields_)


class LabelMap(_Sized):
    _fields_ = [
        ("struct_size", c_uint32),
        ("format", c_int32),
        ("data", c_void_p),
        ("width", c_int32),
        ("height", c_int32),
        ("row_stride_bytes", c_int64),
        ("ignore_id", c_int32),
        ("reserved", c_int32),
    ]


class EngineOptions(_Sized):
    _fields_ = [
        ("struct_size", c_uint32),
        ("threads", c_int32),
        ("precision", c_int32),
        ("tile_size", c_int32),
        ("memory_budget_bytes", c_uint64),
        ("operation_limit", c_uint64),
    ]


class Encoding(_Sized):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_int32),
        ("token_capacity", c_size_t),
        ("tokens", c_void_p),
        ("classes", c_void_p),
        ("purities", c_void_p),
        ("margins", c_void_p),
        ("latent_capacity", c_size_t),
        ("latents", c_void_p),
        ("image_statuses", c_void_p),
        ("rows", c_int32),
        ("columns", c_int32),
        ("token_count", c_size_t),
        ("latent_count", c_size_t),
    ]


class StepMetrics(_Sized):
    _fields_ = [
        ("struct_size", c_uint32),
        ("skipped", c_int32),
        ("step", c_int64),
        ("loss", c_double),
        ("reconstruction", c_double),
        ("commitment", c_double),
        ("semantic", c_double),
        ("adversarial", c_double),
        ("discriminator", c_double),
        ("usage", c_double),
        ("perplexity", c_double),
        ("dead_codes", c_double),
        ("class_purity", c_double),
        ("gradient_norm", c_double),
        ("learning_rate", c_double),
        ("images_per_second", c_double),
    ]


class TeacherAnswer(_Sized):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_int32),
        ("label_capacity", c_size_t),
        ("labels", c_void_p),
        ("feature_capacity", c_size_t),
        ("features", c_void_p),
        ("image_statuses", c_void_p),
        ("rows", c_int32),
        ("columns", c_int32),
        ("channels", c_int32),
        ("reserved_end", c_int32),
        ("label_count", c_size_t),
        ("feature_count", c_size_t),
    ]


class Tensor(_Sized):
    _fields_ = [
        ("struct_size", c_uint32),
        ("element_type", c_int32),
        ("rank", c_int32),
        ("reserved", c_int32),
        ("shape", c_int64 * 8),
        ("name", c_char_p),
        ("data", c_void_p),
        ("capacity_bytes", c_size_t),
        ("size_bytes", c_size_t),
    ]


# Handles are numbers of 64 bits; c_void_p keeps them whole.
Handle = c_void_p
LogCallback = ctypes.CFUNCTYPE(None, c_int32, c_char_p, c_void_p)

# name: (result, parameters), in the header's order.
FUNCTIONS = {
    "sgc_version": (c_int32, []),
    "sgc_version_string": (c_char_p, []),
    "sgc_abi_version": (c_int32, []),
    "sgc_status_name": (c_char_p, [c_int32]),
    "sgc_last_error": (c_char_p, []),
    "sgc_set_log_callback": (None, [LogCallback, c_void_p]),
    "sgc_tokenizer_load": (c_int32, [POINTER(Handle), c_char_p, POINTER(EngineOptions)]),
    "sgc_tokenizer_free": (c_int32, [Handle]),
    "sgc_tokenizer_info": (c_int32, [POINTER(c_size_t), c_char_p, c_size_t, Handle]),
    "sgc_tokenizer_shape": (c_int32, [POINTER(c_int32), POINTER(c_int32), POINTER(c_int32), Handle]),
    "sgc_token_grid": (c_int32, [POINTER(c_int32), POINTER(c_int32), Handle, c_int32, c_int32]),
    "sgc_encode": (c_int32, [POINTER(Encoding), Handle, POINTER(Image), c_size_t]),
    "sgc_decode": (c_int32, [POINTER(MutableImage), c_size_t, Handle, POINTER(c_int32), c_size_t, c_int32, c_int32]),
    "sgc_codebook": (c_int32, [POINTER(c_size_t), POINTER(c_float), c_size_t, Handle]),
    "sgc_quantize": (c_int32, [POINTER(c_int32), POINTER(c_float), Handle, POINTER(c_float), c_size_t]),
    "sgc_teacher_load": (c_int32, [POINTER(Handle), c_char_p, POINTER(EngineOptions)]),
    "sgc_teacher_free": (c_int32, [Handle]),
    "sgc_teacher_info": (c_int32, [POINTER(c_size_t), c_char_p, c_size_t, Handle]),
    "sgc_teacher_shape": (
        c_int32,
        [POINTER(c_int32), POINTER(c_int32), POINTER(c_int32), Handle, c_int32, c_int32],
    ),
    "sgc_teacher_run": (c_int32, [POINTER(TeacherAnswer), Handle, POINTER(Image), c_size_t]),
    "sgc_teacher_evaluate": (c_int32, [POINTER(Tensor), c_size_t, Handle, POINTER(Tensor), c_size_t]),
    "sgc_trainer_create": (c_int32, [POINTER(Handle), c_char_p, POINTER(EngineOptions)]),
    "sgc_trainer_resume": (c_int32, [POINTER(Handle), c_char_p, POINTER(EngineOptions)]),
    "sgc_trainer_free": (c_int32, [Handle]),
    "sgc_trainer_set_teacher": (c_int32, [Handle, Handle]),
    "sgc_trainer_imitate": (c_int32, [Handle, Handle]),
    "sgc_train_step": (c_int32, [POINTER(StepMetrics), Handle, POINTER(Image), c_size_t, POINTER(LabelMap)]),
    "sgc_trainer_metrics": (c_int32, [POINTER(c_size_t), c_char_p, c_size_t, Handle]),
    "sgc_trainer_save": (c_int32, [Handle, c_char_p]),
    "sgc_trainer_export": (c_int32, [Handle, c_char_p]),
    "sgc_trainer_snapshot": (c_int32, [POINTER(Handle), Handle]),
    "sgc_cancel": (c_int32, [Handle]),
}

SONAME = "libsgc.so.0"


def candidates() -> list[str]:
    """Where the library may be, best first: in the package, SGC_LIBRARY, build/lib above here, the system."""
    here = Path(__file__).resolve().parent
    found = [str(here / SONAME)]
    if os.environ.get("SGC_LIBRARY"):
        found.append(os.environ["SGC_LIBRARY"])
    found += [str(folder / "build" / "lib" / SONAME) for folder in here.parents]
    return [path for path in found if os.path.exists(path)] + [SONAME]


def declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Tells ctypes the signature of every function."""
    for name, (result, parameters) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = parameters
    return library


def load() -> ctypes.CDLL:
    """Opens the library and refuses one of another binary interface or an older version than this binding."""
    problems = []
    for path in candidates():
        try:
            library = declare(ctypes.CDLL(path))
        except (OSError, AttributeError) as error:
            problems.append(f"{path}: {error}")
            continue
        abi, version = library.sgc_abi_version(), library.sgc_version()
        needed = VERSION[0] * 1_000_000 + VERSION[1] * 1_000
        if abi != ABI_VERSION or version < needed:
            text = library.sgc_version_string().decode()
            raise ImportError(
                f"{path}: expected libsgc {VERSION[0]}.{VERSION[1]} or later with ABI {ABI_VERSION}, "
                f"got {text} with ABI {abi}"
            )
        return library
    raise ImportError("libsgc not found; set SGC_LIBRARY to the path of libsgc.so\n  " + "\n  ".join(problems))


library = load()
