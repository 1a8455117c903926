"""What people do to studies, what studies do by themselves, and how that is refused."""

from math import inf

import pytest
from domain import study_of
from lab import TICK, WHO
from replaying import rows

from hpsearch import errors
from hpsearch.storage import definitions

pytestmark = pytest.mark.anyio


async def budget_of(lab):
    return (await lab.study()).definition.budget.model_dump(exclude_none=True)


# Creation


async def test_a_new_study(lab):
    view = await lab.create(description="why", sampler={"name": "tpe", "seed": 7}, budget={"max_trials": 3})
    assert (view.name, view.state, view.reason, view.seed, view.counts.total) == ("s", "active", None, 7, 0)
    assert (view.best_trial, view.best_value, view.grid_size, view.active_seconds) == (None, None, None, 0.0)
    assert view.created_at == view.updated_at == lab.clock.now
    assert view == await lab.study()


async def test_the_same_study_again_is_answered(lab):
    definition = study_of(name="s", objective="mine:train", description="a", budget={"max_trials": 3})
    first, created = await lab.service.create_study(definition, WHO)
    assert created
    await lab.patch(description="b", budget={"max_trials": 5})
    again, created = await lab.service.create_study(definition)
    assert not created
    assert (again.seed, again.definition.budget.max_trials) == (first.seed, 5)
    given_its_seed = study_of(name="s", objective="mine:train", sampler={"name": "tpe", "seed": first.seed})
    with pytest.raises(errors.StudyExists):
        await lab.service.create_study(given_its_seed, WHO)


@pytest.mark.parametrize(
    "change",
    [
        {"description": "b"},
        {"budget": {"max_trials": 4}},
        {"settings": {"a": True}},
        {"settings": {"a": 1.5}},
        {"space": {"x": {"type": "categorical", "choices": [True, 2]}}},
        {"space": {"x": {"type": "categorical", "choices": [1.0, 2]}}},
    ],
)
async def test_another_study_of_the_same_name_is_refused(lab, change):
    fields = {"settings": {"a": 1}, "space": {"x": {"type": "categorical", "choices": [1, 2]}}}
    await lab.create(**fields)
    with pytest.raises(errors.StudyExists):
        await lab.create(**fields | change)
    assert (await lab.study()).seq == 1


async def test_a_built_in_objective_is_checked_before_anything_is_stored(lab):
    with pytest.raises(errors.InvalidInput):
        await lab.create(objective="flax/nothing")
    with pytest.raises(errors.StudyNotFound):
        await lab.study()


async def test_a_space_of_300_parameters(lab):
    space = {f"p{number}": {"type": "float", "low": 0, "high": 1} for number in range(300)}
    await lab.create(space=space, sampler={"name": "tpe", "n_startup_trials": 1})
    lease = await lab.ask_one()
    await lab.complete(lease)
    assert list(lease.params) == list(space)
    assert len((await lab.ask_one()).params) == 300


async def test_there_is_no_such_study(lab):
    service = lab.service
    for call in (
        service.get_study("s"),
        lab.patch(state="paused"),
        service.delete_study("s", WHO),
        lab.enqueue(params={}),
        lab.cancel(0),
        lab.trial(0),
        service.list_trials("s", limit=1, cursor=None),
        service.list_reports("s", 0, 1, None),
        service.get_artifact("s", 0, "a"),
        service.best("s"),
        lab.pages(),
        service.list_tests("s"),
        lab.open_test(),
        lab.record_test(1, {"a": 1.0}),
    ):
        with pytest.raises(errors.StudyNotFound, match="'s'"):
            await call


# Pause, resume, stop


async def test_a_paused_study_asks_its_trials_back_and_goes_on_where_it_was(lab):
    await lab.create()
    first, second = await lab.ask(2)
    view = await lab.patch(state="paused")
    assert (view.state, view.reason) == ("paused", "user")
    assert [(item.decision, item.reason) for item in await lab.renew(first)] == [("release", "study paused")]
    await lab.complete(first, 0.5)
    await lab.release(second, checkpoint={"ref": "x", "step": 3})
    assert await lab.ask() == []
    view = await lab.patch(state="active")
    assert (view.state, view.reason) == ("active", None)
    again = await lab.ask_one()
    assert (again.trial, again.attempt, again.resume.step) == (1, 2, 3)
    assert (await lab.renew(again))[0].decision == "continue"


async def test_a_stopped_study_cancels_what_waits_and_stops_what_runs(lab):
    await lab.create()
    running, released = await lab.ask(2)
    await lab.release(released)
    await lab.enqueue(params={"x": 0.5})
    view = await lab.patch(state="finished")
    assert (view.state, view.reason) == ("finished", "user")
    assert await lab.states() == ["running", "cancelled", "cancelled"]
    assert (await lab.trial(1)).reason == "study_over"
    assert [(item.decision, item.reason) for item in await lab.renew(running)] == [("stop", "study_over")]
    assert (await lab.complete(running, 0.5)).trial_state == "completed"
    assert (await lab.study()).best_trial == 0


@pytest.mark.parametrize("state", ["active", "paused", "finished"])
async def test_the_state_that_a_study_is_in_changes_nothing(lab, state):
    await lab.create()
    await lab.patch(state=state)
    before = await lab.study()
    assert await lab.patch(state=state) == before


async def test_a_stopped_study_goes_on(lab):
    await lab.create(budget={"max_trials": 2})
    lease = await lab.ask_one()
    await lab.patch(state="finished")
    view = await lab.patch(state="active")
    assert (view.state, view.reason) == ("active", None)
    assert (await lab.renew(lease))[0].decision == "stop"
    await lab.release(lease)
    await lab.complete(await lab.ask_one())
    assert (await lab.study()).reason == "max_trials"


async def test_a_finished_study_is_not_paused(lab):
    await lab.create()
    await lab.patch(state="finished")
    with pytest.raises(errors.StudyOver):
        await lab.patch(state="paused")
    assert (await lab.study()).state == "finished"


# Budgets


async def test_extending_the_budget_revives_a_study(lab):
    await lab.create(budget={"max_trials": 1})
    await lab.complete(await lab.ask_one())
    assert (await lab.study()).state == "finished"
    with pytest.raises(errors.StudyOver):
        await lab.patch(state="active")
    view = await lab.patch(budget={"max_trials": 2})
    assert (view.state, view.reason) == ("active", None)
    await lab.complete(await lab.ask_one())
    assert (await lab.patch(budget={"max_trials": None})).state == "active"
    assert await lab.ask()


async def test_a_budget_may_be_cut_to_what_was_spent_but_not_below(lab):
    await lab.create(budget={"max_trials": 5, "max_seconds": 100})
    leases = await lab.ask(2)
    await lab.pass_time(2 * TICK)
    for budget in ({"max_trials": 1}, {"max_seconds": 19.9}):
        with pytest.raises(errors.BudgetBelowUse):
            await lab.patch(budget=budget, description="x")
    assert await budget_of(lab) == {"max_trials": 5, "max_seconds": 100}
    assert (await lab.study()).definition.description == ""
    await lab.patch(budget={"max_trials": 2})
    assert await lab.ask() == []
    for lease in leases:
        await lab.complete(lease)
    assert (await lab.study()).reason == "max_trials"


async def test_a_budget_that_leaves_another_limit_reached_does_not_revive(lab):
    await lab.create(budget={"max_trials": 9, "target_value": 0.5})
    await lab.complete(await lab.ask_one(), 0.4)
    before = await lab.study()
    assert before.reason == "target_value"
    for budget in ({"max_trials": 20}, {"target_value": 0.45}):
        with pytest.raises(errors.StudyOver, match="target_value"):
            await lab.patch(budget=budget)
    assert await lab.study() == before
    assert (await lab.patch(budget={"target_value": 0.3})).state == "active"


async def test_cutting_the_budget_of_a_stopped_study_does_not_revive_it(lab):
    await lab.create(budget={"max_trials": 9})
    await lab.patch(state="finished")
    assert (await lab.patch(budget={"max_trials": 5})).state == "finished"
    assert (await lab.patch(budget={"max_trials": 6})).state == "active"


async def test_a_description_changes_nothing_else(lab):
    before = await lab.create(budget={"max_trials": 9})
    lab.clock.forward(1)
    after = await lab.patch(description="new")
    assert after.definition.description == "new"
    assert (after.seq, after.updated_at) == (before.seq + 1, lab.clock.now)
    assert (await lab.study()) == after
    assert await lab.patch(description="new") == after


@pytest.mark.parametrize(("direction", "values"), [("minimize", (0.7, 0.5)), ("maximize", (0.3, 0.5))])
async def test_the_target_is_met_by_a_completed_trial(lab, direction, values):
    await lab.create(direction=direction, budget={"target_value": 0.5})
    first, second, third, fourth = await lab.ask(4)
    await lab.release(third)
    good = -inf if direction == "minimize" else inf
    await lab.report(fourth, 1, good)
    await lab.complete(first, values[0])
    assert (await lab.study()).state == "active"
    await lab.complete(second, values[1])
    study = await lab.study()
    assert (study.state, study.reason, study.best_trial, study.best_value) == ("finished", "target_value", 1, 0.5)
    assert await lab.states() == ["completed", "completed", "cancelled", "running"]
    assert (await lab.renew(fourth))[0].decision == "stop"


async def test_several_objectives_have_no_target(lab):
    before = await lab.create(direction=["minimize", "maximize"], metric=["loss", "accuracy"])
    with pytest.raises(errors.InvalidInput) as caught:
        await lab.patch(budget={"target_value": 0.5}, description="new")
    assert [found.field for found in caught.value.fields] == ["budget.target_value"]
    assert await lab.study() == before


async def test_a_target_that_is_met_already_finishes(lab):
    await lab.create()
    await lab.complete(await lab.ask_one(), 0.4)
    assert (await lab.patch(budget={"target_value": 0.4})).reason == "target_value"


async def test_seconds_are_counted_by_sweeps_while_the_study_is_active(lab):
    await lab.create(budget={"max_seconds": 35})
    await lab.pass_time(10)
    assert (await lab.study()).active_seconds == 10
    lab.clock.forward(3600)  # a gap in service
    await lab.service.sweep()
    assert (await lab.study()).active_seconds == 10
    await lab.patch(state="paused")
    await lab.pass_time(10)
    await lab.patch(state="active")
    await lab.pass_time(20)
    assert ((await lab.study()).active_seconds, (await lab.study()).state) == (30, "active")
    lease = await lab.ask_one()
    await lab.pass_time(10)
    study = await lab.study()
    assert (study.active_seconds, study.state, study.reason) == (40, "finished", "max_seconds")
    assert (await lab.renew(lease))[0].decision == "stop"
    await lab.pass_time(10)
    assert (await lab.study()).active_seconds == 40
    with pytest.raises(errors.StudyOver, match="max_seconds"):
        await lab.patch(state="active")
    assert (await lab.patch(budget={"max_seconds": 100})).state == "active"


async def test_a_deleted_study_is_hidden_and_its_name_is_free(lab):
    await lab.create("other")
    await lab.create(budget={"max_trials": 1})
    lease = await lab.ask_one(studies=["s"])
    await lab.service.delete_study("s", WHO)
    with pytest.raises(errors.StudyNotFound):
        await lab.study()
    with pytest.raises(errors.StudyNotFound):
        await lab.service.delete_study("s", WHO)
    assert [study.name for study in (await lab.service.list_studies(10, None)).items] == ["other"]
    await lab.create(budget={"max_trials": 2})
    assert (await lab.study()).counts.total == 0
    new = await lab.ask_one(studies=["s"])
    assert (new.trial, new.attempt) == (0, 1)
    assert (await lab.complete(lease)).code == "lease_lost"
    assert (await lab.trial(0)).state == "running"


@pytest.mark.parametrize("fields", [{"budget": {"max_trials": 1}}, {"budget": {"max_seconds": 25}}, {}])
async def test_nothing_happens_to_a_deleted_study_any_more(lab, fields):
    """Its leases expire all the same, but it is neither finished nor paused by that."""
    await lab.create(attempts={"expiries": 1}, **fields)
    await lab.ask(5)
    await lab.service.delete_study("s", WHO)
    before = rows(lab.database, "SELECT state, reason, active_seconds FROM studies")
    await lab.expire()
    assert rows(lab.database, "SELECT state, reason, active_seconds FROM studies") == before
    assert rows(lab.database, "SELECT token FROM attempts WHERE ended_at IS NULL") == []


async def test_studies_are_listed_in_the_order_of_their_creation(lab):
    for name in "bcad":
        await lab.create(name)
    await lab.service.delete_study("c", WHO)
    found, cursor = [], None
    while True:
        page = await lab.service.list_studies(2, cursor)
        found.append([study.name for study in page.items])
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [["b", "a"], ["d"]]
    with pytest.raises(errors.InvalidInput, match="cursor"):
        await lab.service.list_studies(2, "x")


async def test_more_studies_than_definitions_that_are_kept(lab, monkeypatch):
    monkeypatch.setattr(definitions, "CHARACTERS", 1)
    for name in "abcd":
        await lab.create(name, settings={"is": name})
    for name in "abcdda":
        assert (await lab.study(name)).definition.settings == {"is": name}


# Cancel


async def test_what_waits_is_cancelled_at_once(lab):
    await lab.create(budget={"max_trials": 1})
    await lab.enqueue(params={"x": 0.5})
    view = await lab.cancel(0)
    assert (view.state, view.reason, view.finished_at) == ("cancelled", "cancelled", lab.clock.now)
    assert (await lab.study()).reason == "max_trials"
    assert await lab.cancel(0) == view


async def test_what_runs_is_cancelled_when_its_worker_hears_of_it(lab):
    await lab.create()
    lease = await lab.ask_one()
    assert (await lab.cancel(0)).state == "running"
    assert (await lab.cancel(0)).state == "running"
    (item,) = await lab.renew(lease)
    assert (item.decision, item.reason) == ("cancel", f"cancelled by {WHO}")
    assert (await lab.release(lease)).trial_state == "cancelled"
    assert (await lab.trial(0)).reason == f"cancelled by {WHO}"


async def test_what_has_ended_is_not_cancelled(lab):
    await lab.create()
    await lab.complete(await lab.ask_one())
    with pytest.raises(errors.TrialFinal):
        await lab.cancel(0)
    for number in (1, 2**31 - 1):
        with pytest.raises(errors.TrialNotFound):
            await lab.cancel(number)
