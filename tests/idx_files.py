"""Files in IDX format for tests."""

import struct

import numpy as np


def idx(array: np.ndarray, magic: bytes | None = None) -> bytes:
    """The array of unsigned bytes as an IDX file, with another magic number if one is given."""
    header = magic if magic is not None else bytes([0, 0, 8, array.ndim])
    return header + struct.pack(f">{array.ndim}I", *array.shape) + array.astype(np.uint8).tobytes()
