"""How many GPUs this machine has, without jax."""

import subprocess
from pathlib import Path

from hpsearch.errors import InvalidInput

_PROC = Path("/proc/driver/nvidia/gpus")


def chosen(gpus: str, visible: str | None) -> list[str]:
    """The devices that `--gpus all|N` means, as CUDA_VISIBLE_DEVICES takes them; `visible` is its present value.

    Raises InvalidInput where there are none, or fewer than asked for.
    """
    there = [part.strip() for part in visible.split(",") if part.strip()] if visible is not None else _all()
    if not there:
        reason = "CUDA_VISIBLE_DEVICES names none" if visible is not None else "no NVIDIA driver shows one"
        raise InvalidInput.at("gpus", f"there is no GPU here: {reason}; leave it out to train on the CPU")
    if gpus == "all":
        return there
    if not gpus.isdigit() or not 1 <= int(gpus) <= len(there):
        raise InvalidInput.at("gpus", f"must be `all` or a number from 1 to {len(there)}, the GPUs here; got {gpus!r}")
    return there[: int(gpus)]


def _all() -> list[str]:
    return [str(number) for number in range(_count_by_nvml() or _count_by_proc() or _count_by_tool())]


def _count_by_nvml() -> int:
    try:
        import pynvml
    except ImportError:
        return 0
    try:
        pynvml.nvmlInit()
        count = int(pynvml.nvmlDeviceGetCount())
        pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return 0
    return count


def _count_by_proc() -> int:
    try:
        return len(list(_PROC.iterdir()))
    except OSError:
        return 0


def _count_by_tool() -> int:
    try:
        listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
