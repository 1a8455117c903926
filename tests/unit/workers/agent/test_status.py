import os

import pytest

from hpsearch.client.running import host_name
from hpsearch.wire.status import LIMIT, DeviceMemory
from hpsearch.wire.verbs import Renew
from hpsearch_workers.agent import gpus
from hpsearch_workers.agent.lately import Totals
from hpsearch_workers.agent.status import status

SOME = Totals(at=120.0, lane_seconds=1920.0, busy_seconds=1440.0, device_seconds=90.0, trials=30)
START = Totals(at=0.0)


def test_what_a_worker_tells():
    told = status(
        {"platform": "cpu", "device": "cpu", "devices": 1}, 16, 9, {"s": [(3, 7)]}, SOME, [os.getppid(), 2**30]
    )
    assert (told.lanes, told.busy, told.platform, told.pid) == (16, 9, "cpu", os.getpid())
    assert (told.training, told.training_left_out) == ({"s": [(3, 7)]}, 0)
    assert (told.window_seconds, told.occupancy) == (120.0, 0.75)
    assert (told.trials_per_minute, told.device_seconds_per_minute) == (15.0, 45.0)
    alone = status({}, 1, 0, {}, START, [])
    assert told.memory_bytes > alone.memory_bytes > 0
    assert alone.host == host_name()
    assert alone.version


def test_before_anything_has_happened_rates_are_unknown():
    told = status({}, 0, 0, {}, START, [])
    assert (told.occupancy, told.trials_per_minute, told.device_seconds_per_minute) == (None, None, None)


def test_what_a_worker_with_many_trials_tells_is_within_the_limit():
    told = status({}, 256, 256, {"s" * 100: [(number, 1) for number in range(1000)]}, SOME, [])
    sent = told.model_dump(mode="json", exclude_none=True)
    assert len(Renew(worker="w", leases=[], status=sent).model_dump_json()) <= LIMIT + 100
    assert len(told.training["s" * 100]) + told.training_left_out == 1000


@pytest.mark.parametrize(("platform", "count"), [("gpu", 1), ("cpu", 0)])
def test_gpus_are_told_where_they_train(monkeypatch, platform, count):
    one = DeviceMemory(used_bytes=1, total_bytes=2, utilisation_percent=3)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setattr(gpus, "memory", lambda visible: [one] * (visible == "3"))
    assert status({"platform": platform}, 1, 0, {}, START, []).device_memory == [one] * count
