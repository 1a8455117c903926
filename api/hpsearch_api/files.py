"""The static files of the pages: read once, so that no path can lead to any other file."""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

ROUTE = "/static/{path:path}"
"""All are below it."""
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_EDITION = re.compile(r"(?<=^/static/)@[0-9a-f]{16}/")


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
_PRESENT = sha256("".join(f"{path} {file.etag} " for path, file in FILES.items()).encode()).hexdigest()[:16]


def lasting(path: str) -> str:
    """The path of the same file under the digest of them all: what it names never changes, so browsers need not ask again."""
    return path.replace("/static/", f"/static/@{_PRESENT}/", 1)


def find(path: str) -> File | None:
    """The file at a path; at that of another edition, for pages that were loaded before an upgrade, the present one."""
    return FILES.get(_EDITION.sub("", path, count=1)) if path.startswith("/static/") else None


def lasts(path: str) -> bool:
    """Whether what is at this path never changes."""
    return path.startswith(f"/static/@{_PRESENT}/")
