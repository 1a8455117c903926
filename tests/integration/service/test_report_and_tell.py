"""Reports and tells: what is stored, what a repeat is answered, what pruners decide."""

import asyncio
from math import inf, nan

import pytest
from lab import TERM, gathering

from hpsearch.errors import ArtifactNotFound

pytestmark = pytest.mark.anyio

ASHA = {"name": "asha", "min_resource": 1, "reduction_factor": 2}


async def curve(lab, number=0):
    page = await lab.service.list_reports("s", number, 1000, None)
    return [(report.step, report.value, report.attempt) for report in page.items]


@pytest.mark.parametrize("value", [0.1, 5e-324, 1.7976931348623157e308, inf, -inf, nan])
async def test_reported_values_are_stored_exactly(lab, value):
    await lab.create()
    lease = await lab.ask_one()
    await lab.report(lease, 1, value, metrics={"other": value})
    (report,) = (await lab.service.list_reports("s", 0, 10, None)).items
    assert repr(report.value) == repr(value)
    assert repr(report.metrics["other"]) == repr(value)
    assert report.at == lab.clock.now


@pytest.mark.parametrize("step", [0, 1, 2**53 - 1])
async def test_steps_may_be_any_whole_number(lab, step):
    await lab.create()
    lease = await lab.ask_one()
    await lab.report(lease, step, 0.5, checkpoint={"ref": "x", "step": step})
    assert await curve(lab) == [(step, 0.5, 1)]
    trial = await lab.trial(0)
    assert (trial.last_step, trial.checkpoint.step) == (step, step)


@pytest.mark.parametrize("value", [0.5, inf, nan])
async def test_the_same_report_again_is_harmless_another_value_is_refused(lab, value):
    await lab.create()
    lease = await lab.ask_one()
    await lab.report(lease, 1, value)
    before = await lab.trial(0)
    again = await lab.report(lease, 1, value, metrics={"ignored": 1})
    assert (again.decision, again.code) == ("continue", None)
    other = await lab.report(lease, 1, 0.25)
    assert (other.decision, other.code) == ("continue", "report_conflict")
    assert (await lab.trial(0)) == before
    assert repr(await curve(lab)) == repr([(1, value, 1)])


async def test_one_request_may_repeat_and_contradict_itself(lab):
    await lab.create()
    lease = (await lab.ask_one()).lease
    items = [{"lease": lease, "step": step, "value": value} for step, value in [(2, 0.5), (1, 0.7), (2, 0.5), (2, 0.6)]]
    assert [answer.code for answer in await lab.report_all(*items)] == [None, None, None, "report_conflict"]
    assert await curve(lab) == [(1, 0.7, 1), (2, 0.5, 1)]


async def test_every_value_of_a_request_is_stored_before_its_first_decision(lab):
    await lab.create(pruner=ASHA)
    leases = await lab.ask(4)
    items = [
        {"lease": lease.lease, "step": 1, "value": value} for lease, value in zip(leases, (4, 3, 2, 1), strict=True)
    ]
    found = [answer.decision for answer in await lab.report_all(*items)]
    assert found == ["stop", "stop", "continue", "continue"]


async def test_a_pruner_compares_with_stored_reports_of_other_trials(lab):
    await lab.create(pruner=ASHA)
    good, bad = await lab.ask(2)
    assert (await lab.report(good, 1, 0.1)).decision == "continue"
    await lab.complete(good)
    answer = await lab.report(bad, 1, 0.2)
    assert (answer.decision, answer.reason) == ("stop", "asha rung 1")
    again = await lab.report(bad, 1, 0.2)
    assert (again.decision, again.reason) == ("stop", "asha rung 1")


async def test_the_reports_of_a_later_attempt_take_the_place_of_the_earlier_ones_at_a_rung(lab):
    await lab.create(pruner=ASHA)
    first, other = await lab.ask(2)
    await lab.report(first, 1, 0.1)
    await lab.release(first)
    first = await lab.ask_one()
    await lab.report(first, 1, 0.9)
    assert (await lab.report(other, 1, 0.5)).decision == "continue"


async def test_a_patience_pruner_looks_at_the_whole_curve(lab):
    await lab.create(pruner={"name": "patience", "patience": 2})
    lease = await lab.ask_one()
    found = [(await lab.report(lease, step, value)).decision for step, value in enumerate([3, 2, 2.5, nan, 1], 1)]
    assert found == ["continue"] * 3 + ["stop"] * 2


async def test_only_one_trial_is_stopped_by_its_curve(lab):
    await lab.create(pruner={"name": "threshold", "lower": 0.0})
    one, other = await lab.ask(2)
    assert (await lab.report(one, 1, -1.0)).decision == "stop"
    assert (await lab.report(other, 1, 1.0)).decision == "continue"
    assert [item.decision for item in await lab.renew(one, other)] == ["stop", "continue"]


# Tell


SAME = {
    "state": "completed",
    "values": [0.5],
    "metrics": {"a": nan},
    "best_step": 3,
    "device_seconds": 1.0,
    "artifacts": {"log": ["x"]},
    "trace": {"p": 1},
}


async def test_the_same_tell_again_is_accepted_for_ever_another_is_refused(lab):
    await lab.create()
    lease = await lab.ask_one()
    told = await lab.tell(lease, **SAME)
    before = await lab.trial(0)
    await lab.pass_time(100)
    assert await lab.tell(lease, **SAME) == told
    assert await lab.tell(lease, **SAME, checkpoint={"ref": "moved", "step": 3}) == told
    for change in ({"values": [0.6]}, {"metrics": {}}, {"best_step": 4}, {"artifacts": {}}, {"state": "released"}):
        other = await lab.tell(lease, **SAME | change)
        assert (other.accepted, other.code, other.trial_state) == (False, "tell_conflict", "completed")
    assert repr(await lab.trial(0)) == repr(before)


async def test_a_tell_is_accepted_again_after_the_trial_went_on(lab):
    await lab.create()
    old = await lab.ask_one()
    await lab.release(old)
    new = await lab.ask_one()
    told = await lab.release(old)
    assert (told.accepted, told.trial_state) == (True, "running")
    await lab.complete(new)
    assert (await lab.release(old)).trial_state == "completed"
    assert (await lab.complete(old)).code == "tell_conflict"


async def test_a_completion_needs_one_value_an_objective(lab):
    await lab.create(direction=["minimize", "maximize"], metric=["a", "b"])
    lease = await lab.ask_one()
    for values in ((0.5,), (0.5, 0.5, 0.5)):
        told = await lab.complete(lease, *values)
        assert (told.accepted, told.code, told.trial_state) == (False, "invalid_values", "running")
    assert (await lab.complete(lease, 0.5, 0.25)).accepted
    assert (await lab.trial(0)).values == [0.5, 0.25]


async def test_the_error_of_a_failure_is_kept(lab):
    await lab.create()
    lease = await lab.ask_one()
    error = {"reason": "exception", "message": "bad\n\N{SNOWMAN}", "traceback": "line\n" * 1000}
    await lab.tell(lease, "failed", error=error)
    trial = await lab.trial(0)
    assert trial.state == "queued"
    assert trial.error.model_dump() == trial.history[0].error.model_dump() == error


async def test_artifacts_are_json_by_name(lab):
    await lab.create()
    lease = await lab.ask_one()
    documents = {
        "null": None,
        "list": [1, 2.5, "x", None],
        "deep": {"a": {"b": []}},
        "text": "\N{SNOWMAN}\n",
        "no": False,
    }
    await lab.complete(lease, artifacts=documents)
    assert (await lab.trial(0)).artifacts == sorted(documents)
    found = {name: await lab.service.get_artifact("s", 0, name) for name in documents}
    assert found == documents
    with pytest.raises(ArtifactNotFound, match="'other'; it has deep, list, no, null, text"):
        await lab.service.get_artifact("s", 0, "other")


async def test_artifacts_of_a_later_attempt_take_the_place_of_those_of_the_same_name(lab):
    await lab.create()
    await lab.release(await lab.ask_one(), artifacts={"log": 1, "kept": 1})
    await lab.release(await lab.ask_one(), artifacts={"log": 2})
    assert [await lab.service.get_artifact("s", 0, name) for name in ("log", "kept")] == [2, 1]


async def test_many_items_in_one_request(lab):
    await lab.create()
    leases = await lab.ask(300)
    items = [{"lease": lease.lease, "step": step, "value": 1.0} for lease in leases for step in (1, 2, 3)]
    assert {answer.decision for answer in await lab.report_all(*items)} == {"continue"}
    assert {item.decision for item in await lab.renew(*leases)} == {"continue"}
    told = await lab.tell_all(*({"lease": lease.lease, "state": "completed", "values": [1.0]} for lease in leases))
    assert all(item.accepted for item in told)
    assert await lab.counts() == {"completed": 300}


# Renew


async def test_a_renewal_changes_no_study(lab):
    await lab.create()
    lease = await lab.ask_one()
    before = await lab.study()
    await lab.renew(lease, status={"lanes": 4})
    assert await lab.study() == before


async def test_a_status_is_kept_whatever_else_the_worker_does_in_the_same_moment(lab):
    await lab.create()
    async with gathering(lab):
        renewing = asyncio.ensure_future(lab.renew(status={"lanes": 4}))
        asking = asyncio.ensure_future(lab.ask())
        await asyncio.sleep(0)
    await asyncio.gather(renewing, asking)
    (worker,) = (await lab.service.list_workers(10, None)).items
    assert worker.status == {"lanes": 4}


async def test_workers_are_known_by_what_they_told_last(lab):
    await lab.create()
    await lab.ask(2, worker="b")
    lease = await lab.ask_one(worker="w")
    lab.clock.forward(3)
    await lab.renew(lease, status={"host": "h", "lanes": [1, None]})
    await lab.renew(lease)
    page = await lab.service.list_workers(10, None)
    assert [(worker.name, worker.open_leases) for worker in page.items] == [("b", 2), ("w", 1)]
    worker = page.items[1]
    assert worker.status == {"host": "h", "lanes": [1, None]}
    assert ((worker.last_seen - worker.first_seen).total_seconds(), worker.last_seen) == (3, lab.clock.now)
    assert (worker.told.host, worker.told.lanes) == ("h", None)  # what is strange is left out
    first = await lab.service.list_workers(1, None)
    second = await lab.service.list_workers(1, first.next_cursor)
    assert [worker.name for worker in (*first.items, *second.items)] == ["b", "w"]
    assert second.next_cursor is None


async def test_a_worker_is_silent_when_it_was_not_heard_of_for_a_term(lab):
    await lab.create()
    lease = await lab.ask_one(worker="w")
    lab.clock.forward(TERM)
    (worker,) = (await lab.service.list_workers(1, None)).items
    assert (worker.silent_seconds, worker.is_silent) == (TERM, False)
    lab.clock.forward(0.5)
    (worker,) = (await lab.service.list_workers(1, None)).items
    assert (worker.silent_seconds, worker.is_silent) == (TERM + 0.5, True)
    await lab.renew(lease)
    (worker,) = (await lab.service.list_workers(1, None)).items
    assert (worker.silent_seconds, worker.is_silent) == (0.0, False)
    lab.clock.forward(-3600)
    (worker,) = (await lab.service.list_workers(1, None)).items
    assert (worker.silent_seconds, worker.is_silent) == (0.0, False)
