"""The GPUs of this machine, their memory and how busy they are, without jax."""

import subprocess
from pathlib import Path
from types import ModuleType

from hpsearch.errors import InvalidInput
from hpsearch.wire.status import DeviceMemory

_PROC = Path("/proc/driver/nvidia/gpus")


def chosen(gpus: str, visible: str | None) -> list[str]:
    """The devices that `--gpus all|N` means, as CUDA_VISIBLE_DEVICES takes them; `visible` is its present value.

    Raises InvalidInput where there are none, or fewer than asked for.
    """
    there = _visible(visible)
    if not there:
        reason = "CUDA_VISIBLE_DEVICES names none" if visible is not None else "no NVIDIA driver shows one"
        raise InvalidInput.at("gpus", f"there is no GPU here: {reason}; leave it out to train on the CPU")
    if gpus == "all":
        return there
    if not gpus.isdigit() or not 1 <= int(gpus) <= len(there):
        raise InvalidInput.at("gpus", f"must be `all` or a number from 1 to {len(there)}, the GPUs here; got {gpus!r}")
    return there[: int(gpus)]


def memory(visible: str | None) -> list[DeviceMemory]:
    """Memory and utilisation of each device that CUDA_VISIBLE_DEVICES names; empty where NVML does not tell."""
    try:
        import pynvml
    except ImportError:
        return []
    try:
        pynvml.nvmlInit()
        try:
            return [_told(pynvml, _handle(pynvml, device)) for device in _visible(visible)]
        finally:
            pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return []


def _told(pynvml: ModuleType, handle: object) -> DeviceMemory:
    found = pynvml.nvmlDeviceGetMemoryInfo(handle)
    try:
        busy = int(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    except pynvml.NVMLError:  # a part of a GPU (MIG) has none
        busy = None
    return DeviceMemory(used_bytes=int(found.used), total_bytes=int(found.total), utilisation_percent=busy)


def _handle(pynvml: ModuleType, device: str) -> object:
    """Of a device by its number, or by its name as NVIDIA's tools show it."""
    if device.isdigit():
        return pynvml.nvmlDeviceGetHandleByIndex(int(device))
    return pynvml.nvmlDeviceGetHandleByUUID(device)


def _visible(visible: str | None) -> list[str]:
    return _all() if visible is None else [part.strip() for part in visible.split(",") if part.strip()]


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
