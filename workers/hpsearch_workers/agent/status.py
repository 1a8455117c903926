"""What a worker tells about itself with each renewal."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import JsonValue

from hpsearch import __version__
from hpsearch.client.running import host_name
from hpsearch_workers.agent import gpus

_PAGE = os.sysconf("SC_PAGE_SIZE")


def status(device: Mapping[str, JsonValue], lanes: int, busy: int, processes: Iterable[int]) -> dict[str, JsonValue]:
    """Host, process id, version, memory (resident bytes of this process and `processes`), lanes, busy lanes, and the device.

    With it, where it is a GPU and NVML tells, the memory of each: `device_memory`.
    """
    pid = os.getpid()
    on_gpus = gpus.memory(os.environ.get("CUDA_VISIBLE_DEVICES")) if device.get("platform") == "gpu" else []
    told: dict[str, JsonValue] = {
        "host": host_name(),
        "pid": pid,
        "version": __version__,
        "lanes": lanes,
        "busy": busy,
        "memory_bytes": sum(_resident(process) for process in (pid, *processes)),
        **device,
    }
    return told | {"device_memory": [dict(one) for one in on_gpus]} if on_gpus else told


def _resident(pid: int) -> int:
    """Resident bytes of a process, 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0
