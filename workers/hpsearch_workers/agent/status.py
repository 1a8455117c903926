"""What a worker tells about itself with each renewal."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from hpsearch import __version__
from hpsearch.client.running import host_name
from hpsearch.wire.status import WorkerStatus
from hpsearch_workers.agent import gpus
from hpsearch_workers.agent.lately import Totals

_PAGE = os.sysconf("SC_PAGE_SIZE")


def status(
    device: Mapping[str, JsonValue],
    lanes: int,
    busy: int,
    training: Mapping[str, Sequence[tuple[int, int]]],
    lately: Totals,
    processes: Iterable[int],
) -> WorkerStatus:
    """As the protocol takes it: cut to its limit.

    `device` is what a training process computes on; memory is that of this process and `processes`.
    """
    pid = os.getpid()
    on_gpus = gpus.memory(os.environ.get("CUDA_VISIBLE_DEVICES")) if device.get("platform") == "gpu" else []
    told = WorkerStatus.read(device).model_copy(
        update={
            "host": host_name(),
            "pid": pid,
            "version": __version__,
            "memory_bytes": sum(_resident(process) for process in (pid, *processes)),
            "device_memory": on_gpus,
            "lanes": lanes,
            "busy": busy,
            "training": {study: list(trials) for study, trials in training.items()},
            "window_seconds": round(lately.at, 1),
            "occupancy": round(lately.busy_seconds / lately.lane_seconds, 4) if lately.lane_seconds else None,
            "trials_per_minute": _per_minute(lately.trials, lately.at),
            "device_seconds_per_minute": _per_minute(lately.device_seconds, lately.at),
        }
    )
    return told.within()


def _per_minute(count: float, seconds: float) -> float | None:
    return round(60 * count / seconds, 3) if seconds else None


def _resident(pid: int) -> int:
    """Resident bytes of a process, 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0
