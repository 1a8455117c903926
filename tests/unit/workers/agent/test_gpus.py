import sys
from types import SimpleNamespace

import pytest

from hpsearch.errors import InvalidInput
from hpsearch.wire.status import DeviceMemory
from hpsearch_workers.agent import gpus
from hpsearch_workers.agent.gpus import chosen, memory


@pytest.fixture
def four(monkeypatch):
    monkeypatch.setattr(gpus, "_all", lambda: ["0", "1", "2", "3"])


@pytest.fixture
def no_driver(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    monkeypatch.setattr(gpus, "_PROC", tmp_path / "gpus")
    monkeypatch.setenv("PATH", str(tmp_path))


def test_all_or_the_first(four):
    assert chosen("all", None) == ["0", "1", "2", "3"]
    assert chosen("2", None) == ["0", "1"]


def test_those_made_visible(four):
    assert chosen("all", "2, GPU-abc") == ["2", "GPU-abc"]
    assert chosen("1", "2,3") == ["2"]


@pytest.mark.parametrize("asked", ["0", "5", "-1", "two", "1.5", ""])
def test_more_than_there_are_or_no_number(four, asked):
    with pytest.raises(InvalidInput, match=r"gpus: must be `all` or a number from 1 to 4"):
        chosen(asked, None)


def test_no_gpu(no_driver):
    with pytest.raises(InvalidInput, match="there is no GPU here: no NVIDIA driver"):
        chosen("all", None)
    with pytest.raises(InvalidInput, match="CUDA_VISIBLE_DEVICES names none"):
        chosen("all", "")


def test_the_driver_counts_where_nvml_is_missing(no_driver, tmp_path):
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / "gpus" / name).mkdir(parents=True)
    assert chosen("all", None) == ["0", "1"]


def test_the_tool_counts_where_proc_does_not(no_driver, tmp_path):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'GPU 0: A (UUID: GPU-1)'\necho 'GPU 1: B (UUID: GPU-2)'\necho 'GPU 2: C'\n")
    tool.chmod(0o755)
    assert chosen("all", None) == ["0", "1", "2"]


class NoSuchDevice(Exception):
    pass


@pytest.fixture
def nvml(monkeypatch):
    """NVML with two devices of so many bytes, the first of which does not say how busy it is; what it was told to do."""
    used = {0: 10, 1: 20, "GPU-b": 20}
    calls = []

    def handle(device):
        if device not in used:
            raise NoSuchDevice
        return device

    def utilisation(device):
        if device == 0:
            raise NoSuchDevice
        return SimpleNamespace(gpu=37, memory=5)

    module = SimpleNamespace(
        NVMLError=NoSuchDevice,
        nvmlInit=lambda: calls.append("init"),
        nvmlShutdown=lambda: calls.append("shutdown"),
        nvmlDeviceGetCount=lambda: 2,
        nvmlDeviceGetHandleByIndex=handle,
        nvmlDeviceGetHandleByUUID=handle,
        nvmlDeviceGetUtilizationRates=utilisation,
        nvmlDeviceGetMemoryInfo=lambda device: SimpleNamespace(used=used[device], total=100),
    )
    monkeypatch.setitem(sys.modules, "pynvml", module)
    return calls


@pytest.mark.parametrize(
    ("visible", "used"), [(None, [10, 20]), ("1", [20]), ("GPU-b,0", [20, 10]), ("", []), ("7", [])]
)
def test_the_memory_of_the_devices_in_sight(nvml, visible, used):
    busy = {10: None, 20: 37}
    assert memory(visible) == [
        DeviceMemory(used_bytes=bytes_, total_bytes=100, utilisation_percent=busy[bytes_]) for bytes_ in used
    ]
    assert nvml.count("init") == nvml.count("shutdown")


def test_memory_that_nobody_tells(no_driver):
    assert memory(None) == []
