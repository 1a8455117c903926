"""Where training processes keep compiled programs, so that the next one need not compile them again."""

import platform
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_OF_THE_KIND = (
    *("vendor_id", "cpu family", "model", "flags"),
    *("CPU implementer", "CPU architecture", "CPU variant", "CPU part", "Features"),
)
"""What decides which code a CPU runs, as Linux names it on x86 and on ARM."""


def variables(cache: Path) -> dict[str, str]:
    """The environment that makes JAX keep all programs below `cache`.

    Machines may share the folder: those of another kind of CPU have a folder of their own in it, as they may not run this one's code.
    """
    return {
        "JAX_COMPILATION_CACHE_DIR": str(cache / "programs" / cpu_kind()),
        # Without these, what compiles within a second, as most of our programs do, is not kept.
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def cpu_kind() -> str:
    """The same for CPUs that run the same code: the architecture, and a digest of what Linux says of the first core."""
    described = {**_first_core(), "processor": platform.processor()}
    return f"{platform.machine() or 'cpu'}-{sha256(repr(sorted(described.items())).encode()).hexdigest()[:12]}"


def _first_core() -> Mapping[str, str]:
    try:
        lines = _CPU_INFO.read_text(encoding="utf-8", errors="replace").split("\n\n")[0].splitlines()
    except OSError:
        return {}
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    known = {name.strip(): " ".join(sorted(value.split())) for name, value in fields.items()}
    return {name: known[name] for name in _OF_THE_KIND if name in known}
