"""The static files of the pages: read once, each at a path of its own, so that no path can lead to any other file."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class File(NamedTuple):
    """What is answered; `etag` tells contents apart."""

    content: bytes
    media_type: str
    etag: str


def _read(folder: Path) -> dict[str, File]:
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in _MEDIA_TYPES)
    return {
        f"/static/{path.relative_to(folder).as_posix()}": _file(path.read_bytes(), _MEDIA_TYPES[path.suffix])
        for path in found
    }


def _file(content: bytes, media_type: str) -> File:
    return File(content, media_type, f'"{sha256(content).hexdigest()[:32]}"')


FILES: Mapping[str, File] = MappingProxyType(_read(Path(__file__).parent / "static"))
"""By path."""
