"""Files in MNIST's IDX format (LeCun et al. 1998): big-endian header, then the bytes of one array; plain or gzip."""

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 2**32
"""Arrays beyond this are refused: a header that is wrong would make us allocate anything."""
_UNSIGNED_BYTE = 8
_GZIP = b"\x1f\x8b"


class IdxError(ValueError):
    """The file is not what IDX says it would be."""


def read_idx(path: Path, rank: int) -> NDArray[np.uint8]:
    """The array of unsigned bytes with `rank` dimensions in this file.

    Raises IdxError when magic number, dimensions or length are wrong, OSError when the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == _GZIP
        with gzip.open(path) if compressed else path.open("rb") as file:
            return _read(file, rank)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise IdxError(f"is a damaged gzip file: {error}") from None


def _read(file: BinaryIO | gzip.GzipFile, rank: int) -> NDArray[np.uint8]:
    magic = file.read(4)
    expected = bytes([0, 0, _UNSIGNED_BYTE, rank])
    if magic != expected:
        raise IdxError(
            f"must begin with the magic number {expected.hex(' ')} of unsigned bytes in {rank} dimension(s), got {magic.hex(' ')!r}"
        )
    header = file.read(4 * rank)
    if len(header) < 4 * rank:
        raise IdxError("ends within its header")
    shape = tuple(int(size) for size in np.frombuffer(header, ">u4"))
    size = math.prod(shape)
    if size == 0 or size > MAX_BYTES:
        raise IdxError(f"declares the dimensions {shape}; there must be samples, and at most {MAX_BYTES} bytes")
    content = file.read(size + 1)
    if len(content) != size:
        raise IdxError(
            f"declares {size} bytes for the dimensions {shape}, got {'more' if len(content) > size else len(content)}"
        )
    return np.frombuffer(content, np.uint8).reshape(shape)
