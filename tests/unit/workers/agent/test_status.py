import os

import pytest

from hpsearch.client.running import host_name
from hpsearch_workers.agent import gpus
from hpsearch_workers.agent.status import status


def test_what_a_worker_tells():
    told = status({"platform": "cpu"}, 16, 9, [os.getppid(), 2**30])
    assert (told["lanes"], told["busy"], told["platform"], told["pid"]) == (16, 9, "cpu", os.getpid())
    alone = status({}, 1, 0, [])
    assert told["memory_bytes"] > alone["memory_bytes"] > 0
    assert alone["host"] == host_name()
    assert "version" in alone


@pytest.mark.parametrize(("platform", "found"), [("gpu", [{"used_bytes": 1, "total_bytes": 2}]), ("cpu", None)])
def test_the_memory_of_gpus_is_told_where_they_train(monkeypatch, platform, found):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setattr(gpus, "memory", lambda visible: [{"used_bytes": 1, "total_bytes": 2}] * (visible == "3"))
    assert status({"platform": platform}, 1, 0, []).get("device_memory") == found


def test_unknown_memory_is_left_out(monkeypatch):
    monkeypatch.setattr(gpus, "memory", lambda visible: [])
    assert "device_memory" not in status({"platform": "gpu"}, 1, 0, [])
