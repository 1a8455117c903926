"""The test data of a study."""

import pytest
from lab import WHO

from hpsearch import errors

pytestmark = pytest.mark.anyio


async def test_test_data_is_sealed_until_the_study_is_finished(lab):
    await lab.create()
    await lab.complete(await lab.ask_one(), 0.5)
    with pytest.raises(errors.StudyNotFinished):
        await lab.open_test()
    await lab.complete(await lab.ask_one(), 0.4)
    await lab.fail(await lab.ask_one(), "diverged")
    await lab.patch(state="finished")
    record = await lab.open_test()
    assert (record.id, record.trial, record.who, record.at, record.metrics) == (1, 1, WHO.name, lab.clock.now, None)
    lab.clock.forward(1)
    assert await lab.open_test() == await lab.open_test(1) == record
    other = await lab.open_test(0)
    assert (other.id, other.trial) == (2, 0)
    with pytest.raises(errors.Conflict, match="failed"):
        await lab.open_test(2)
    with pytest.raises(errors.TrialNotFound):
        await lab.open_test(3)
    assert await lab.service.list_tests("s") == [record, other]


async def test_a_test_is_recorded_once(lab):
    await lab.create()
    await lab.complete(await lab.ask_one(), 0.5)
    await lab.patch(state="finished")
    with pytest.raises(errors.NotFound):
        await lab.record_test(1, {"accuracy": 0.5})
    await lab.open_test()
    metrics = {"accuracy": 0.5, "loss": float("nan")}
    record = await lab.record_test(1, metrics)
    assert repr(record.metrics) == repr(metrics)
    assert repr(await lab.record_test(1, metrics)) == repr(record)
    with pytest.raises(errors.Conflict):
        await lab.record_test(1, {"accuracy": 0.6})
    assert repr(await lab.service.list_tests("s")) == repr([record])


async def test_there_is_nothing_to_test(lab):
    await lab.create()
    await lab.patch(state="finished")
    with pytest.raises(errors.TrialNotFound):
        await lab.open_test()
