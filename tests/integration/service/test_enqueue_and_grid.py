"""Trials that people enqueue, and the points of a grid: each once."""

import asyncio

import pytest
from lab import WHO, gathering

from hpsearch.errors import BudgetExhausted, InvalidInput, RequestIdReused, StudyOver, TrialNotFound

pytestmark = pytest.mark.anyio

GRID = {"name": "grid"}
SPACE = {"a": {"type": "int", "low": 0, "high": 2}, "b": {"type": "categorical", "choices": ["x", "y"]}}
POINTS = [{"a": a, "b": b} for a in (0, 1, 2) for b in ("x", "y")]


async def test_an_enqueued_trial_is_tried_before_new_suggestions(lab):
    await lab.create()
    view = await lab.enqueue(params={"x": 0.25})
    assert (view.number, view.state, view.params, view.enqueued, view.attempts) == (0, "queued", {"x": 0.25}, True, 0)
    assert (view.started_at, view.created_at) == (None, lab.clock.now)
    lease = await lab.ask_one()
    assert (lease.trial, lease.attempt, lease.params) == (0, 1, {"x": 0.25})
    assert (await lab.ask_one()).trial == 1


async def test_the_same_enqueue_again_answers_its_trial_another_is_refused(lab):
    await lab.create(budget={"max_trials": 1})
    view = await lab.enqueue(request_id="again", params={"x": 0.25})
    assert await lab.enqueue(request_id="again", params={"x": 0.25}) == view
    with pytest.raises(RequestIdReused):
        await lab.enqueue(request_id="again", params={"x": 0.5})
    await lab.complete(await lab.ask_one())
    again = await lab.enqueue(request_id="again", params={"x": 0.25})
    assert (again.number, again.state) == (0, "completed")


async def test_equal_enqueues_at_once_are_one(lab):
    await lab.create(sampler={"name": "tpe"})
    views = await asyncio.gather(
        *(lab.enqueue(request_id="again", params={"x": 0.25}) for _ in range(5)), lab.ask_one()
    )
    assert len({view.number for view in views[:5]}) == 1
    assert (await lab.study()).counts.total <= 2


async def test_a_trial_is_run_again_as_a_new_one(lab):
    await lab.create(attempts={"errors": 1})
    lease = await lab.ask_one()
    await lab.fail(lease)
    view = await lab.enqueue(from_trial=0)
    assert (view.number, view.params, view.state) == (1, lease.params, "queued")
    assert view.seed != (await lab.trial(0)).seed
    for number in (2, 2**31 - 1):
        with pytest.raises(TrialNotFound):
            await lab.enqueue(from_trial=number)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "exactly one of params and from_trial"),
        ({"params": {"x": 0.5}, "from_trial": 0}, "exactly one of params and from_trial"),
        ({"params": {}}, r"params.x: is missing"),
        ({"params": {"x": 2}}, r"params.x: must be a number from 0.0 to 1.0"),
        ({"params": {"x": float("nan")}}, r"params.x: must be a number"),
        ({"params": {"x": 10**400}}, r"params.x: must be a number"),
        ({"params": {"x": 0.5, "y": 1}}, r"params.y: there is no such parameter"),
    ],
)
async def test_what_is_no_point_of_the_space_is_refused(lab, fields, message):
    await lab.create()
    with pytest.raises(InvalidInput, match=message):
        await lab.enqueue(**fields)
    assert (await lab.study()).seq == 1


async def test_enqueueing_counts_against_the_budget(lab):
    await lab.create(budget={"max_trials": 2})
    await lab.ask_one()
    await lab.enqueue(params={"x": 0.5})
    with pytest.raises(BudgetExhausted):
        await lab.enqueue(params={"x": 0.75})
    await lab.patch(state="paused")
    with pytest.raises(BudgetExhausted):
        await lab.enqueue(params={"x": 0.75})
    await lab.patch(state="finished")
    with pytest.raises(BudgetExhausted):
        await lab.enqueue(params={"x": 0.75})


async def test_enqueueing_revives_a_stopped_study(lab):
    await lab.create()
    await lab.patch(state="finished")
    await lab.enqueue(params={"x": 0.5})
    assert (await lab.study()).state == "active"
    assert (await lab.ask_one()).trial == 0


async def test_enqueueing_does_not_revive_what_has_met_its_target(lab):
    await lab.create(budget={"target_value": 0.5})
    await lab.complete(await lab.ask_one(), 0.4)
    with pytest.raises(StudyOver):
        await lab.enqueue(params={"x": 0.5})


async def test_a_paused_study_takes_trials_for_later(lab):
    await lab.create()
    await lab.patch(state="paused")
    await lab.enqueue(params={"x": 0.5})
    assert await lab.ask() == []
    await lab.patch(state="active")
    assert (await lab.ask_one()).params == {"x": 0.5}


# Grids


async def test_a_grid_is_handed_out_in_the_order_of_its_index(lab):
    view = await lab.create(sampler=GRID, space=SPACE)
    assert view.grid_size == 6
    leases = await lab.ask(4) + await lab.ask(4)
    assert [lease.params for lease in leases] == POINTS
    assert await lab.ask() == []
    for lease in leases:
        await lab.complete(lease)
    study = await lab.study()
    assert (study.state, study.reason) == ("finished", "grid_exhausted")
    assert (await lab.asked(studies=["s"])).finished


async def test_a_shuffled_grid_is_the_same_points_in_an_order_of_the_seed(lab):
    for name, seed in (("s", 1), ("t", 1), ("u", 2)):
        await lab.create(name, sampler={"name": "grid", "shuffle": True, "seed": seed}, space=SPACE)
    orders = [[lease.params for lease in await lab.ask(10, studies=[name])] for name in "stu"]
    assert orders[0] == orders[1] != orders[2]
    assert all(sorted(map(str, order)) == sorted(map(str, POINTS)) for order in orders)


@pytest.mark.parametrize("shuffle", [False, True])
async def test_each_point_once_also_among_enqueued_ones_under_many_asks_at_once(lab, shuffle):
    space = SPACE | {"c": {"type": "float", "low": 0, "high": 1, "step": 0.1}}
    await lab.create(sampler={"name": "grid", "shuffle": shuffle, "seed": 3}, space=space)
    enqueued = [{"a": 0, "b": "x", "c": 0.0}, {"a": 2, "b": "y", "c": 1.0}, {"a": 1, "b": "x", "c": 0.3}]
    await lab.enqueue(params=enqueued[0])
    first = await lab.ask(3)
    rest = [
        lab.enqueue(params=enqueued[1]),
        *(lab.ask(7, worker=f"w{number}") for number in range(10)),
        lab.enqueue(params=enqueued[2]),
    ]
    answers = await asyncio.gather(*rest)
    leases = first + [lease for answer in answers if isinstance(answer, list) for lease in answer] + await lab.ask(9)
    trials = [trial for page in await lab.pages() for trial in page]
    assert len(leases) == len(trials)
    assert {str(trial.params) for trial in trials} == {
        str({"a": a, "b": b, "c": c / 10}) for a in (0, 1, 2) for b in "xy" for c in range(11)
    }
    for place, trial in enumerate(trials):  # what was enqueued later than its point was handed out runs twice
        assert trial.enqueued or trial.params not in [earlier.params for earlier in trials[:place]]
    assert len(trials) <= 66 + 2


async def test_a_grid_whose_last_points_were_enqueued_is_finished(lab):
    await lab.create(sampler=GRID, space=SPACE)
    for params in POINTS[3:]:
        await lab.enqueue(params=params)
    for lease in await lab.ask(3) + await lab.ask(9):
        await lab.complete(lease)
    assert (await lab.study()).counts.total == 6
    assert (await lab.asked(studies=["s"])).finished
    assert (await lab.study()).reason == "grid_exhausted"


async def test_a_failed_point_is_spent_and_may_be_run_again(lab):
    await lab.create(sampler=GRID, space={"a": {"type": "int", "low": 0, "high": 1}}, attempts={"errors": 1})
    for lease in await lab.ask(2):
        await lab.fail(lease)
    assert (await lab.study()).reason == "grid_exhausted"
    assert (await lab.enqueue(from_trial=1)).params == {"a": 1}
    study = await lab.study()
    assert (study.state, study.counts.total) == ("active", 3)
    await lab.complete(await lab.ask_one())
    assert (await lab.study()).reason == "grid_exhausted"


async def test_what_lies_between_the_steps_takes_no_point(lab):
    await lab.create(sampler=GRID, space={"x": {"type": "float", "low": 0, "high": 1, "step": 0.5}})
    with pytest.raises(InvalidInput):
        await lab.enqueue(params={"x": 0.3})
    assert [lease.params["x"] for lease in await lab.ask(5)] == [0.0, 0.5, 1.0]


async def test_a_grid_too_large_to_list(lab):
    space = {f"p{number}": {"type": "int", "low": 1, "high": 10} for number in range(40)}
    view = await lab.create(sampler={"name": "grid", "shuffle": True, "seed": 1}, space=space)
    assert view.grid_size == 10**40
    leases = await lab.ask(50)
    assert len({str(lease.params) for lease in leases}) == 50
    await lab.enqueue(params=leases[0].params)
    assert (await lab.trial(50)).state == "queued"


# In one transaction


async def test_a_name_is_free_in_the_moment_of_its_deletion(lab):
    first = await lab.create()
    async with gathering(lab):
        deleting = asyncio.ensure_future(lab.service.delete_study("s", WHO))
        creating = asyncio.ensure_future(lab.create(settings={"new": 1}))
        await asyncio.sleep(0)
    await deleting
    assert (await creating).definition.settings == {"new": 1}
    assert (await lab.study()).created_at == first.created_at


async def test_equal_creations_at_once_are_one(lab):
    from domain import study_of

    definition = study_of(name="s", objective="mine:train")
    answers = await asyncio.gather(*(lab.service.create_study(definition, WHO) for _ in range(5)))
    assert sorted(created for _, created in answers) == [False] * 4 + [True]
    assert len({view.seed for view, _ in answers}) == 1
