"""A database in which everything has happened once: real histories for checkers and readers."""

from unittest.mock import patch

from lab import WHO, Lab, lab_on

from hpsearch.service import suggester
from hpsearch.wire.studies import TestRequest, TestResult


async def make_histories(url: str) -> None:
    """Writes them into an empty database: studies `busy`, `grid`, `paused`, `pruned`, `active`, `failing`, `searched`, and a deleted one."""
    with patch.object(
        suggester, "COMPUTE_SECONDS", 600.0
    ):  # however slow the machine, an ask gets all that it asks for
        await _write(url)


async def _write(url: str) -> None:
    async with lab_on(url) as lab:
        for history in (_busy, _grid, _paused, _pruned, _deleted, _active, _failing, _searched):
            await history(lab)


async def _busy(lab: Lab) -> None:
    """Trials 0 completed, 1 failed twice, 2 expired, reopened, expired and taken over, 3 diverged, 4 and 5 cancelled, 6 released, 7 stopped."""
    mine = {"studies": ("busy",)}
    await lab.create("busy", budget={"max_trials": 20})
    await lab.enqueue("busy", params={"x": 0.5})
    zero, one, two, three, four = await lab.ask(5, **mine)
    for step, value in enumerate((0.5, 0.4, 0.3), 1):
        await lab.report(zero, step, value)
    await lab.complete(zero, 0.3, best_step=3, artifacts={"log_tail": "bye"})
    await lab.fail(one)
    await lab.complete(three, float("nan"))
    await lab.cancel(4, "busy")
    await lab.release(four)
    await lab.report(two, 1, 0.9)
    await lab.report(two, 2, 0.8)
    await lab.expire()
    await lab.report(two, 3, 0.7)
    await lab.expire()
    again = {lease.trial: lease for lease in await lab.ask(2, worker="other", **mine)}
    await lab.fail(again[1])
    for step, value in enumerate((0.95, 0.85, 0.75), 1):
        await lab.report(again[2], step, value)
    await lab.complete(again[2], 0.75)
    await lab.enqueue("busy", params={"x": 0.25})
    await lab.cancel(5, "busy")
    six = await lab.ask_one(**mine)
    await lab.patch("busy", state="paused")
    await lab.release(six)
    await lab.patch("busy", state="active")
    six, seven = await lab.ask(2, **mine)
    await lab.complete(six)
    await lab.patch("busy", state="finished")
    await lab.release(seven)
    opened = await lab.service.open_test("busy", TestRequest(trial=None), WHO)
    await lab.service.record_test("busy", opened.id, TestResult(metrics={"accuracy": 0.9}), WHO)


async def _grid(lab: Lab) -> None:
    """Four points, all handed out, one enqueued, one of them failed; finished by its grid."""
    space = {"a": {"type": "categorical", "choices": ["x", "y"]}, "b": {"type": "int", "low": 1, "high": 2}}
    await lab.create("grid", space=space, sampler={"name": "grid"})
    await lab.enqueue("grid", params={"a": "x", "b": 2})
    first, *others = await lab.ask(10, studies=("grid",))
    await lab.fail(first, "invalid_parameters")
    for lease in others:
        await lab.complete(lease)


async def _paused(lab: Lab) -> None:
    """Two trials run and have heard that the study is paused."""
    await lab.create("paused")
    await lab.ask(2, studies=("paused",))
    await lab.patch("paused", state="paused")


async def _pruned(lab: Lab) -> None:
    """A trial above the threshold is stopped; the other goes on to the end, which is the budget's."""
    await lab.create("pruned", pruner={"name": "threshold", "upper": 10.0}, budget={"max_trials": 2})
    bad, good = await lab.ask(2, studies=("pruned",))
    await lab.report(bad, 1, 1.0)
    assert (await lab.report(bad, 2, 11.0)).decision == "stop"
    await lab.release(bad)
    await lab.complete(good)


async def _deleted(lab: Lab) -> None:
    """Deleted while trials ran; its name is taken by the next."""
    await lab.create("active")
    await lab.ask(2, studies=("active",))
    await lab.service.delete_study("active", WHO)


async def _active(lab: Lab) -> None:
    """Under TPE: one finished, one waiting for its retry, one running."""
    await lab.create("active", sampler={"name": "tpe"})
    done, failed, _ = await lab.ask(3, studies=("active",))
    await lab.complete(done)
    await lab.fail(failed)


async def _searched(lab: Lab) -> None:
    """Under TPE past its startup: completed ones, one that diverged, one enqueued, two suggested at once and still running."""
    mine = {"studies": ("searched",)}
    await lab.create("searched", sampler={"name": "tpe", "n_startup_trials": 3})
    for number in range(11):
        await lab.complete(await lab.ask_one(**mine), float("nan") if number == 5 else (number - 4) ** 2 / 16)
    await lab.enqueue("searched", params={"x": 0.5})
    await lab.complete(await lab.ask_one(**mine), 0.7)
    await lab.ask(3, **mine)


async def _failing(lab: Lab) -> None:
    """Trials 0 to 5 ended one after the other: failed, diverged, failed; then, after a pause, failed, cancelled, failed."""
    await lab.create("failing")
    leases = await lab.ask(6, studies=("failing",))
    for lease, reason in zip(leases, ("invalid_parameters", "diverged", "invalid_parameters"), strict=False):
        await lab.fail(lease, reason)
    await lab.patch("failing", state="paused")
    await lab.patch("failing", state="active")
    await lab.fail(leases[3], "invalid_parameters")
    await lab.cancel(4, "failing")
    await lab.release(leases[4])
    await lab.fail(leases[5], "invalid_parameters")
