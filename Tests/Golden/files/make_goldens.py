"""Writes the golden files of the file formats with the reference implementations.

    pip install numpy==2.4.6 safetensors==0.8.0
    python Tests/Golden/files/make_goldens.py

No random numbers: element i of an array is a formula of i, which the tests repeat.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

folder = Path(__file__).parent

save_file(
    {
        "encoder.conv_in.weight": (np.arange(2 * 3 * 3 * 3, dtype=np.float32) / 8 - 3).reshape(2, 3, 3, 3),
        "double": np.arange(5, dtype=np.float64) / 3,
        "half": (np.arange(4, dtype=np.float16) / 2),
        "counts": np.arange(-3, 3, dtype=np.int32),
        "wide": np.array([-(2**40), 2**40], dtype=np.int64),
        "bytes": np.arange(7, dtype=np.uint8),
        "tokens": np.arange(6, dtype=np.uint16).reshape(1, 2, 3),
        "scalar": np.array(0.5, dtype=np.float32),
        "empty": np.zeros((0, 4), dtype=np.float32),
    },
    folder / "reference.safetensors",
    metadata={"format": "pt", "note": "schlüssel \"quoted\""},
)

np.save(folder / "uint8_5.npy", np.arange(5, dtype=np.uint8))
np.save(folder / "uint16_2x3x4.npy", (np.arange(24) * 2731).astype(np.uint16).reshape(2, 3, 4))
np.save(folder / "int32_scalar.npy", np.array(-7, dtype=np.int32))
np.save(folder / "float32_0x3.npy", np.zeros((0, 3), dtype=np.float32))
np.save(folder / "float32_2x2.npy", np.array([[0.1, -0.0], [np.inf, 1e-40]], dtype=np.float32))
np.save(folder / "fortran.npy", np.asfortranarray(np.arange(6, dtype=np.uint8).reshape(2, 3)))
np.save(folder / "float64.npy", np.zeros(2))
np.save(folder / "big_endian.npy", np.zeros(2, dtype=">i4"))
