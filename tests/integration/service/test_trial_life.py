"""Every end of an attempt under every decision, and what a trial keeps of it."""

from datetime import timedelta
from math import inf, nan

import pytest
from lab import TERM, TICK
from replaying import rows
from trial_table import AFTER, FAILED, PRUNED, QUEUED

from hpsearch.service import life
from hpsearch.service.commands.command import Command
from hpsearch.trial import Decision

pytestmark = pytest.mark.anyio

ONCE = {"errors": 1, "expiries": 1, "releases": 1}
THRESHOLD = {"name": "threshold", "upper": 1.0}


class Decide(Command):
    """A decision that no pruner of this release makes."""

    def __init__(self, lease, decision):
        self.tokens = [lease.lease]
        self.decision = decision

    def run(self, batch):
        life.decide(batch.ledger, batch.ledger.attempt(self.tokens[0]), self.decision, "a rung", 1)


async def let_decide(lab, name, lease, decision):
    if decision == "release":
        await lab.patch(name, state="paused")
    elif decision == "pause":
        await lab.service._writer.submit(Decide(lease, Decision.PAUSE))
    elif decision == "stop":
        assert (await lab.report(lease, 1, 2.0)).decision == "stop"
    elif decision == "cancel":
        await lab.cancel(0, name)
    (standing,) = await lab.renew(lease)
    assert standing.decision == decision


async def end(lab, lease, how):
    told = {
        "completed": lambda: lab.complete(lease, 0.5),
        "released": lambda: lab.release(lease),
        "failed": lambda: lab.fail(lease, "exception"),
        "fatal": lambda: lab.fail(lease, "invalid_parameters"),
    }
    item = await told[how]()
    assert item.accepted
    return item.trial_state


@pytest.mark.parametrize("decision", ["continue", "release", "pause", "stop", "cancel"])
async def test_what_a_trial_becomes_when_its_attempt_ends(lab, decision):
    cases = [(how, spent) for how in AFTER for spent in (False, True)]
    for how, spent in cases:
        name = f"{how}-{spent}"
        await lab.create(name, attempts=ONCE if spent else {}, pruner=THRESHOLD)
        lease = await lab.ask_one(studies=[name])
        await let_decide(lab, name, lease, decision)
        if how != "expired":
            assert await end(lab, lease, how) == AFTER[how][decision][spent]
    await lab.expire()
    found = {(how, spent): (await lab.trial(0, f"{how}-{spent}")).state for how, spent in cases}
    assert found == {(how, spent): AFTER[how][decision][spent] for how, spent in cases}


@pytest.mark.parametrize("reason", ["exception", "out_of_memory", "killed", "io", "cosmic_rays"])
async def test_errors_that_may_pass_are_tried_again(lab, reason):
    await lab.create()
    assert (await lab.fail(await lab.ask_one(), reason)).trial_state == QUEUED


@pytest.mark.parametrize("reason", ["diverged", "invalid_parameters", "invalid_settings"])
async def test_errors_that_cannot_pass_are_not_tried_again(lab, reason):
    await lab.create()
    assert (await lab.fail(await lab.ask_one(), reason, "because")).trial_state == FAILED
    trial = await lab.trial(0)
    assert (trial.reason, trial.error.reason, trial.error.message) == (reason, reason, "because")


async def test_a_retry_waits_twice_as_long_after_each_error(lab):
    await lab.create(attempts={"errors": 4}, budget={"max_trials": 1})
    for wait in (10, 20, 40):
        lease = await lab.ask_one()
        await lab.fail(lease)
        lab.clock.forward(wait - 0.001)
        assert await lab.ask() == []
        lab.clock.forward(0.001)
    lease = await lab.ask_one()
    assert lease.attempt == 4
    assert (await lab.fail(lease)).trial_state == FAILED


async def test_released_and_expired_trials_do_not_wait_and_go_before_new_ones(lab):
    await lab.create()
    _, second, third = await lab.ask(3)
    await lab.release(second)
    again = await lab.ask_one()
    assert (again.trial, again.attempt) == (1, 2)
    await lab.complete(third)
    await lab.expire()
    leases = await lab.ask(3)
    assert [(lease.trial, lease.attempt) for lease in leases] == [(0, 2), (1, 3), (3, 1)]


@pytest.mark.parametrize(
    ("kind", "most", "reason"), [("errors", 2, "exception"), ("expiries", 3, "lost"), ("releases", 50, "released")]
)
async def test_the_allowances_of_a_trial(lab, kind, most, reason):
    await lab.create(budget={"max_trials": 1})
    for _ in range(most):
        lease = await lab.ask_one()
        if kind == "errors":
            await lab.fail(lease)
            lab.clock.forward(10)
        elif kind == "expiries":
            await lab.expire()
        else:
            await lab.release(lease)
    trial = await lab.trial(0)
    assert (trial.state, trial.attempts, trial.reason, trial.error.reason) == (FAILED, most, reason, reason)
    assert (await lab.study()).reason == "max_trials"


async def test_what_expires_together_ends_in_the_order_of_the_trials(lab):
    """So that what follows from it, as a row of failures, does not depend on the database."""
    await lab.create(budget={"max_trials": 2}, attempts={"expiries": 1}, pruner={"name": "threshold", "upper": 1.0})
    stopped, _ = await lab.ask(2)
    lab.clock.forward(5)
    await lab.report(stopped, 1, 2.0)  # it renews: this lease ends later than the other
    await lab.pass_time(7)
    lab.clock.forward(14)
    assert await lab.service.sweep() == 2
    assert await lab.states() == [PRUNED, FAILED]
    (study,) = rows(lab.database, "SELECT failure_streak FROM studies")
    assert study["failure_streak"] == 1


async def test_what_was_charged_of_one_kind_does_not_spend_another(lab):
    await lab.create(budget={"max_trials": 1}, attempts={"errors": 2, "expiries": 2, "releases": 2})
    await lab.fail(await lab.ask_one())
    await lab.pass_time(10)
    await lab.ask_one()
    await lab.expire()
    assert (await lab.release(await lab.ask_one())).trial_state == QUEUED
    assert (await lab.release(await lab.ask_one())).trial_state == FAILED


async def test_a_release_that_the_server_asked_for_is_not_charged(lab):
    await lab.create(attempts={"releases": 1})
    for _ in range(3):
        lease = await lab.ask_one()
        await lab.patch(state="paused")
        assert (await lab.release(lease)).trial_state == QUEUED
        await lab.patch(state="active")


@pytest.mark.parametrize("value", [nan, inf, -inf])
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
async def test_a_completion_that_is_not_finite_is_a_divergence(lab, value, direction):
    await lab.create(direction=direction)
    told = await lab.complete(await lab.ask_one(), value)
    assert (told.accepted, told.trial_state) == (True, FAILED)
    trial = await lab.trial(0)
    assert (trial.reason, trial.values, trial.error.reason) == ("diverged", None, "diverged")
    assert (await lab.study()).best_trial is None


async def test_one_bad_value_of_several_is_a_divergence(lab):
    await lab.create(direction=["minimize", "maximize"], metric=["loss", "accuracy"])
    assert (await lab.complete(await lab.ask_one(), 0.5, nan)).trial_state == FAILED


async def test_a_pruned_trial_has_the_value_at_the_step_of_the_decision(lab):
    await lab.create(pruner=THRESHOLD)
    lease = await lab.ask_one()
    await lab.report(lease, 1, 0.5)
    assert (await lab.report(lease, 2, 1.5)).reason == "threshold: above 1.0"
    await lab.report(lease, 3, 9.0)
    await lab.release(lease, metrics={"accuracy": 0.25})
    trial = await lab.trial(0)
    assert (trial.state, trial.values, trial.best_step, trial.last_step) == (PRUNED, [1.5], 2, 3)
    assert (trial.reason, trial.metrics) == ("threshold: above 1.0", {"accuracy": 0.25})


async def test_a_trial_that_the_study_stopped_has_its_latest_value(lab):
    await lab.create()
    lease = await lab.ask_one()
    await lab.report(lease, 1, 0.5)
    await lab.report(lease, 4, 0.7)
    await lab.patch(state="finished")
    await lab.release(lease)
    trial = await lab.trial(0)
    assert (trial.state, trial.values, trial.best_step, trial.reason) == (PRUNED, [0.7], 4, "study_over")


async def test_a_pruned_trial_without_a_report_has_no_value(lab):
    await lab.create()
    lease = await lab.ask_one()
    await lab.patch(state="finished")
    await lab.release(lease)
    trial = await lab.trial(0)
    assert (trial.state, trial.values) == (PRUNED, None)


async def test_the_latest_attempt_at_a_step_counts(lab):
    await lab.create(pruner=THRESHOLD)
    lease = await lab.ask_one()
    for step in (1, 2, 3):
        await lab.report(lease, step, step / 10)
    await lab.release(lease)
    lease = await lab.ask_one()
    await lab.report(lease, 1, 0.9)
    await lab.report(lease, 2, 5.0)
    await lab.expire()
    trial = await lab.trial(0)
    assert (trial.state, trial.values, trial.best_step) == (PRUNED, [5.0], 2)
    page = await lab.service.list_reports("s", 0, 10, None)
    assert [(report.step, report.value, report.attempt) for report in page.items] == [
        (1, 0.9, 2),
        (2, 5.0, 2),
        (3, 0.3, 1),
    ]


async def test_a_completed_trial_keeps_what_was_told(lab):
    await lab.create()
    lease = await lab.ask_one()
    trial = await lab.trial(0)
    assert (trial.started_at, trial.finished_at) == (lab.clock.now, None)
    lab.clock.forward(5)
    await lab.complete(
        lease,
        0.25,
        metrics={"accuracy": 0.9, "loss": nan},
        best_step=7,
        checkpoint={"ref": "here", "step": 7},
        device_seconds=1.5,
        trace={"programs": [1]},
    )
    trial = await lab.trial(0)
    assert (trial.values, trial.best_step, trial.finished_at - trial.started_at) == ([0.25], 7, timedelta(seconds=5))
    assert trial.metrics["accuracy"] == 0.9
    assert trial.metrics["loss"] != trial.metrics["loss"]
    assert (trial.checkpoint.ref, trial.checkpoint.step) == ("here", 7)
    (attempt,) = trial.history
    assert (attempt.end, attempt.best_step, attempt.device_seconds) == ("completed", 7, 1.5)
    assert (attempt.trace, attempt.worker) == ({"programs": [1]}, "w")


async def test_a_retry_resumes_at_the_newest_checkpoint_with_the_same_seed_and_parameters(lab):
    await lab.create()
    first = await lab.ask_one()
    assert first.resume is None
    await lab.report(first, 3, 0.5, checkpoint={"ref": "a", "step": 3})
    await lab.report(first, 4, 0.5)
    await lab.expire()
    second = await lab.ask_one()
    assert (second.resume.ref, second.resume.step) == ("a", 3)
    await lab.release(second, checkpoint={"ref": "b", "step": 5})
    third = await lab.ask_one()
    assert (third.resume.ref, third.resume.step, third.attempt) == ("b", 5, 3)
    assert first.seed == second.seed == third.seed
    assert first.params == second.params == third.params
    assert len({first.lease, second.lease, third.lease}) == 3


async def test_a_decision_only_grows(lab):
    await lab.create(pruner=THRESHOLD)
    lease = await lab.ask_one()
    found = []
    for step, act in enumerate(
        [
            lambda: lab.patch(state="paused"),
            lambda: lab.patch(state="active"),
            lambda: lab.report(lease, 10, 2.0),
            lambda: lab.patch(state="paused"),
            lambda: lab.cancel(0),
            lambda: lab.patch(state="finished"),
        ]
    ):
        await act()
        found.append((await lab.report(lease, step, 0.5)).decision)
    assert found == ["release", "release", "stop", "stop", "cancel", "cancel"]


async def test_time_alone_ends_nothing(lab):
    await lab.create()
    lease = await lab.ask_one()
    lab.clock.forward(100 * (TERM + TICK))
    assert (await lab.report(lease, 1, 0.5)).decision == "continue"
    assert (await lab.complete(lease)).accepted
