import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from hpsearch.wire.status import LIMIT, DeviceMemory, WorkerStatus
from hpsearch.wire.verbs import Renew

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", fullmatch=True)
TRAINING = st.dictionaries(NAMES, st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**4)), min_size=1))
JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()) | st.just({"a": 1})


def test_what_was_told_is_read_back():
    memory = DeviceMemory(used_bytes=1, total_bytes=2, utilisation_percent=None)
    status = WorkerStatus(host="h", lanes=16, busy=3, training={"s": [(7, 2)]}, device_memory=[memory], occupancy=0.5)
    assert WorkerStatus.read(status.model_dump(mode="json", exclude_none=True)) == status


def test_what_is_strange_is_left_out_and_the_rest_is_read():
    told = {"host": "h", "lanes": [1, None], "busy": -1, "mood": "good", "training": {"s": [[1]]}, "devices": 2}
    assert WorkerStatus.read(told) == WorkerStatus(host="h", devices=2)


@given(st.dictionaries(st.sampled_from([*WorkerStatus.model_fields, "other"]), JSON))
def test_any_status_can_be_read(told):
    found = WorkerStatus.read(told)
    assert all(
        getattr(found, name) == told[name]
        for name in ("lanes", "pid")
        if type(told.get(name)) is int and told[name] >= 0
    )


@given(TRAINING)
def test_a_status_is_cut_to_what_a_renewal_may_have(training):
    found = WorkerStatus(host="h", training=training).within()
    sent = found.model_dump(mode="json", exclude_none=True)
    assert Renew(worker="w", leases=[], status=sent).status == sent
    kept = sum(map(len, found.training.values()))
    assert kept + found.training_left_out == sum(map(len, training.values()))
    if found.training_left_out:
        more = WorkerStatus(host="h", training=training).within(2**30)
        assert len(to_json(more)) > LIMIT


def test_the_first_trials_are_kept():
    training = {"b": [(1, 1)], "a": [(number, 5) for number in reversed(range(1000))]}
    found = WorkerStatus(training=training).within()
    kept = len(found.training["a"])
    assert found.training == {"a": [(number, 5) for number in range(kept)]}
    assert (found.training_left_out, kept > 256) == (1001 - kept, True)
    assert WorkerStatus(training=training).within(10).training == {}


@pytest.mark.parametrize("lanes", [1, 256])
def test_the_lanes_of_a_study_fit(lanes):
    training = {"digits-mlp": [(99_000 + number, 100) for number in range(lanes)]}
    assert WorkerStatus(training=training).within().training_left_out == 0
