"""What a worker tells about itself with each renewal."""

import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import JsonValue

from hpsearch import __version__

_PAGE = os.sysconf("SC_PAGE_SIZE")


def status(device: Mapping[str, JsonValue], lanes: int, busy: int, processes: Iterable[int]) -> dict[str, JsonValue]:
    """Host, process id, version, memory (resident bytes of this process and `processes`), lanes, busy lanes, and the device."""
    pid = os.getpid()
    return {
        "host": socket.gethostname(),
        "pid": pid,
        "version": __version__,
        "lanes": lanes,
        "busy": busy,
        "memory_bytes": sum(_resident(process) for process in (pid, *processes)),
        **device,
    }


def _resident(pid: int) -> int:
    """Resident bytes of a process, 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0
