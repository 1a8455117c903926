"""What an ask is granted, and what the same ask is answered again."""

import asyncio

import pytest
from domain import study_of
from lab import TERM, gathering

from hpsearch.errors import RequestIdReused, StudyNotFound
from hpsearch.identity import Identity, Scope
from hpsearch.service import suggester
from hpsearch.wire import studies as bodies
from hpsearch.wire import verbs

pytestmark = pytest.mark.anyio


async def test_a_lease_says_what_a_worker_needs(lab):
    space = {"b": {"type": "int", "low": 1, "high": 9}, "a": {"type": "constant", "value": "x"}}
    await lab.create(space=space, settings={"deep": {"list": [1, None]}}, direction="maximize", metric="accuracy")
    asked = await lab.asked(2, worker="gpu-1")
    assert [(lease.study, lease.trial, lease.attempt) for lease in asked.leases] == [("s", 0, 1), ("s", 1, 1)]
    assert list(asked.leases[0].params) == ["b", "a"]
    assert 0 <= asked.leases[0].seed < 2**31
    work = asked.studies["s"]
    assert (work.objective, work.metric, work.direction) == ("mine:train", "accuracy", "maximize")
    assert work.settings == {"deep": {"list": [1, None]}}
    assert (asked.lease_seconds, asked.renew_seconds, asked.finished) == (TERM, TERM / 4, False)
    detail = await lab.trial(0)
    assert detail.params == asked.leases[0].params
    assert asked.leases[0].lease not in repr(detail)


async def test_a_lease_says_how_many_trials_the_study_may_have_by_now(lab):
    await lab.create(budget={"max_trials": 40})
    assert (await lab.asked(1)).studies["s"].max_trials == 40
    await lab.patch(budget={"max_trials": 50})
    assert (await lab.asked(1)).studies["s"].max_trials == 50
    await lab.patch(budget={"max_trials": None})
    assert (await lab.asked(1)).studies["s"].max_trials is None


# Repeats


async def test_a_repeated_ask_answers_the_leases_that_are_still_open(lab):
    await lab.create()
    first = await lab.asked(3, request_id="again")
    again = await lab.asked(3, request_id="again")
    assert again.leases == first.leases
    assert again.studies == first.studies
    await lab.release(first.leases[1])
    again = await lab.asked(3, request_id="again")
    assert again.leases == [first.leases[0], first.leases[2]]
    assert (await lab.study()).counts.total == 3


async def test_a_repeated_ask_grants_nothing_when_its_leases_have_ended(lab):
    await lab.create()
    lease = await lab.ask_one(request_id="again")
    await lab.complete(lease)
    assert await lab.ask(1, request_id="again") == []
    assert (await lab.study()).counts.total == 1


async def test_a_repeated_ask_of_a_deleted_study_answers_nothing(lab):
    await lab.create()
    await lab.ask_one(request_id="again")
    await lab.service.delete_study("s")
    assert await lab.ask(1, request_id="again") == []


async def test_waiting_longer_is_the_same_ask(lab):
    await lab.create()
    lease = await lab.ask_one(request_id="again")
    assert await lab.ask(1, request_id="again", wait_seconds=60) == [lease]


@pytest.mark.parametrize("change", [{"count": 2}, {"studies": ["s"]}, {"objectives": ["mine:train"]}])
async def test_another_ask_of_the_same_id_is_refused(lab, change):
    await lab.create()
    await lab.ask_one(request_id="again")
    with pytest.raises(RequestIdReused):
        await lab.asked(**{"count": 1, "request_id": "again"} | change)
    assert (await lab.study()).counts.total == 1


async def test_ids_belong_to_workers(lab):
    await lab.create()
    one = await lab.ask_one(worker="a", request_id="1")
    other = await lab.ask_one(worker="b", request_id="1")
    assert one.trial != other.trial


async def test_an_ask_that_was_granted_nothing_may_be_granted_when_repeated(lab):
    await lab.create(budget={"max_trials": 1})
    lease = await lab.ask_one()
    assert await lab.ask(1, request_id="again") == []
    await lab.release(lease)
    assert [lease.trial for lease in await lab.ask(1, request_id="again")] == [0]


@pytest.mark.parametrize("sampler", ["random", "tpe"])
async def test_equal_asks_at_once_are_one(lab, sampler, monkeypatch):
    monkeypatch.setattr(suggester, "COMPUTE_SECONDS", 600.0)  # however slow the machine
    await lab.create(sampler={"name": sampler})
    answers = await asyncio.gather(*(lab.asked(2, request_id="again") for _ in range(8)))
    assert all(answer.leases == answers[0].leases for answer in answers)
    assert (await lab.study()).counts.total == 2


# Budgets and order


@pytest.mark.parametrize("sampler", ["random", "tpe", "grid"])
async def test_budgets_are_exact_under_many_asks_at_once(lab, sampler):
    space = {"x": {"type": "int", "low": 1, "high": 1000}}
    await lab.create(sampler={"name": sampler}, space=space, budget={"max_trials": 50})
    asks = (lab.ask(3, worker=f"w{number}") for number in range(32))
    leases = [lease for answer in await asyncio.gather(*asks) for lease in answer]
    assert sorted(lease.trial for lease in leases) == list(range(50))
    assert await lab.ask() == []
    assert await lab.counts() == {"running": 50}
    await asyncio.gather(*(lab.complete(lease) for lease in leases))
    study = await lab.study()
    assert (study.state, study.reason, study.counts.completed) == ("finished", "max_trials", 50)


async def test_the_lowest_queued_trial_goes_first_then_suggestions(lab):
    await lab.create(sampler={"name": "tpe"})
    leases = await lab.ask(4)
    for lease in reversed(leases[1:]):
        await lab.release(lease)
    await lab.enqueue(params={"x": 0.5})
    assert [lease.trial for lease in await lab.ask(2)] == [1, 2]
    assert [(lease.trial, lease.attempt) for lease in await lab.ask(4)] == [(3, 2), (4, 1), (5, 1), (6, 1)]


async def test_what_is_released_at_the_same_moment_goes_before_a_suggestion(lab):
    """One gathered transaction: the ask sees what the tell before it did."""
    await lab.create()
    lease = await lab.ask_one()
    _, granted = await asyncio.gather(lab.release(lease), lab.ask_one())
    assert (granted.trial, granted.attempt) in {(0, 2), (1, 1)}
    async with gathering(lab):
        told, enqueued, asked = (
            asyncio.ensure_future(one) for one in (lab.release(granted), lab.enqueue(params={"x": 0.5}), lab.ask(3))
        )
        await asyncio.sleep(0)
    await told
    await enqueued
    assert granted.trial in {lease.trial for lease in await asked}


async def test_an_ask_computes_for_a_limited_time_then_grants_what_it_has(lab, monkeypatch):
    monkeypatch.setattr(suggester, "COMPUTE_SECONDS", 0.0)
    await lab.create(sampler={"name": "tpe"}, budget={"max_trials": 2})
    assert [len(await lab.ask(5)) for _ in range(3)] == [1, 1, 0]


# Which study


async def test_the_study_with_the_fewest_open_leases_is_served_the_oldest_first(lab):
    for name in "abc":
        await lab.create(name)
    found = [(await lab.ask_one()).study for _ in range(3)]
    assert found == ["a", "b", "c"]
    await lab.ask(2, studies=["a"])
    assert [(await lab.ask_one()).study for _ in range(3)] == ["b", "c", "b"]


async def test_asks_at_once_are_spread_over_the_studies(lab):
    for name in "abcd":
        await lab.create(name)
    async with gathering(lab):
        asks = [asyncio.ensure_future(lab.ask_one()) for _ in range(8)]
        await asyncio.sleep(0)
    leases = await asyncio.gather(*asks)
    assert sorted(lease.study for lease in leases) == sorted("abcd" * 2)


async def test_one_ask_is_served_from_one_study(lab):
    await lab.create("a", budget={"max_trials": 1})
    await lab.create("b")
    assert [lease.study for lease in await lab.ask(3)] == ["a"]
    assert [lease.study for lease in await lab.ask(3)] == ["b"] * 3


async def test_an_ask_names_studies_and_objectives(lab):
    await lab.create("a", objective="mine:a")
    await lab.create("b", objective="mine:b")
    assert (await lab.ask_one(studies=["b"])).study == "b"
    assert (await lab.ask_one(objectives=["mine:b", "mine:c"])).study == "b"
    assert await lab.ask(studies=["a"], objectives=["mine:b"]) == []
    assert await lab.ask(objectives=[]) == []


async def test_a_worker_gets_trials_of_its_own_project_alone(lab):
    await lab.create("s")
    await lab.create("only-here")
    elsewhere = Identity("w", Scope.WORKER, project="elsewhere")

    async def leases(request_id):
        return (await lab.service.ask(verbs.Ask(worker="w", request_id=request_id, count=2), elsewhere)).leases

    assert await leases("before") == []
    await lab.service.create_study(study_of(name="s", objective="mine:train"), elsewhere)
    granted = await leases("after")
    assert [lease.study for lease in granted] == ["s", "s"]
    assert (await lab.service.get_study("s", elsewhere)).counts.running == 2
    assert await lab.counts("s") == await lab.counts("only-here") == {}


async def test_a_grid_that_was_handed_out_leaves_the_ask_to_another_study(lab):
    await lab.create("grid", sampler={"name": "grid"}, space={"kind": {"type": "categorical", "choices": ["a"]}})
    await lab.create("other")
    await lab.ask(3, studies=["other"])
    assert (await lab.ask_one()).study == "grid"
    assert (await lab.ask_one()).study == "other"


async def test_paused_finished_and_deleted_studies_grant_nothing(lab):
    for name in ("paused", "finished"):
        await lab.create(name)
        await lab.enqueue(name, params={"x": 0.5})
        await lab.patch(name, state=name)
    await lab.create("deleted")
    await lab.service.delete_study("deleted")
    assert await lab.ask(9) == []


async def test_finished_means_every_study_asked_for(lab):
    await lab.create("a")
    await lab.create("b")
    await lab.patch("a", state="finished")
    assert (await lab.asked(studies=["a"])).finished
    await lab.patch("b", state="paused")
    assert not (await lab.asked(studies=["a", "b"])).finished
    await lab.patch("b", state="finished")
    assert (await lab.asked(studies=["a", "b"])).finished
    assert not (await lab.asked()).finished
    with pytest.raises(StudyNotFound, match="'c'"):
        await lab.asked(studies=["a", "c"])


async def test_asks_of_one_moment_that_find_the_last_trial_gone_are_told_so(lab):
    await lab.create("a", budget={"max_trials": 1})
    async with gathering(lab):
        asks = [asyncio.ensure_future(lab.asked(studies=["a"])) for _ in range(20)]
        await asyncio.sleep(0)
    assert sorted(len(asked.leases) for asked in await asyncio.gather(*asks)) == [0] * 19 + [1]


async def test_asks_of_one_moment_go_on_to_another_study_when_the_first_has_nothing_left(lab):
    await lab.create("a", budget={"max_trials": 1})
    await lab.create("b", budget={"max_trials": 9})
    await lab.ask(5, studies=["b"])
    async with gathering(lab):
        asks = [asyncio.ensure_future(lab.ask_one()) for _ in range(5)]
        await asyncio.sleep(0)
    assert sorted(lease.study for lease in await asyncio.gather(*asks)) == ["a"] + ["b"] * 4


async def test_an_ask_whose_study_is_paused_while_it_computes_is_served_from_another(lab):
    tpe = {"name": "tpe"}
    await lab.create("a", sampler=tpe)
    await lab.create("b", sampler=tpe)
    compute = lab.service._suggester._compute
    loop = asyncio.get_running_loop()

    def pause_then_compute(cache, study_id, count):
        pausing = lab.service.patch_study("a", bodies.StudyPatch(state="paused"))
        asyncio.run_coroutine_threadsafe(pausing, loop).result(10)
        return compute(cache, study_id, count)

    lab.service._suggester._compute = pause_then_compute
    async with asyncio.timeout(20):
        assert (await lab.ask_one()).study == "b"
