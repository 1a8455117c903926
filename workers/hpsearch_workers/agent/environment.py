"""How training processes are started: the command, and the environment that shares the machine among them."""

import os
import sys
from collections.abc import Mapping, Sequence

from hpsearch.settings import Settings
from hpsearch_workers.agent import compilation_cache

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")
"""What numerical libraries take their number of threads from; NPROC is XLA's on the CPU."""
_SECRETS = ("HPSEARCH_TOKEN", "HPSEARCH_ADMIN_TOKEN")
_MEMORY_SHARE = 0.9
"""Of a GPU's memory, for all training processes on it."""


def command(objectives: Sequence[str], *, own_code: bool) -> list[str]:
    """The command of a training process. Without code of the user's, no file of the current folder can stand in for a library."""
    names = [part for name in objectives for part in ("--objective", name)]
    return [sys.executable, *([] if own_code else ["-P"]), "-m", "hpsearch_workers.child", *names]


def environment(given: Mapping[str, str], settings: Settings, processes: int, cores: int) -> dict[str, str]:
    """The environment of one of `processes` training processes on `cores` cores.

    No tokens, the lanes that the worker was told, the programs that are kept, its share of threads and GPU memory. What is set for
    JAX and other libraries already stays.
    """
    shared = {name: value for name, value in given.items() if name not in _SECRETS}
    shared = {**compilation_cache.variables(settings.cache), **shared}
    if settings.lanes is not None:
        shared["HPSEARCH_LANES"] = str(settings.lanes)
    if processes > 1:
        for name in _THREADS:
            shared.setdefault(name, str(max(1, cores // processes)))
        # Each JAX process takes three quarters of the GPU at its start otherwise.
        shared.setdefault("XLA_PYTHON_CLIENT_MEM_FRACTION", f"{_MEMORY_SHARE / processes:.3f}")
    return shared


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
