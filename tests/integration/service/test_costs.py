"""What studies took, when and where their attempts ran, and where trials were stopped."""

import math

import pytest

from hpsearch import pruners
from hpsearch.pruners.base import ranked
from hpsearch.study import Direction

pytestmark = pytest.mark.anyio

SETTINGS = {"data": {"name": "digits"}, "max_epochs": 10}
SPACE = {"learning_rate": {"type": "float", "low": 0.001, "high": 0.1}}


async def test_costs_are_added_up_by_how_attempts_ended(lab):
    await lab.create(objective="flax/mlp", settings=SETTINGS, space=SPACE, attempts={"errors": 1, "expiries": 1})
    leases = await lab.ask(4)
    lab.clock.forward(5.0)
    await lab.report(leases[0], 4, 0.5)
    await lab.complete(leases[0], 0.5, device_seconds=2.0)
    await lab.tell(leases[1], "failed", error={"reason": "io", "message": "no"}, device_seconds=1.0)
    await lab.complete(leases[2], 0.75, device_seconds=3.0)
    await lab.pass_time(30.0)
    await lab.ask_one()
    costs = await lab.service.costs("s")
    found = {one.end: (one.count, one.device_seconds) for one in costs.spent}
    assert found == {"completed": (2, 5.0), "failed": (1, 1.0), "expired": (1, 0.0), None: (1, 0.0)}
    assert {one.end: one.seconds for one in costs.spent}["completed"] == 10.0
    assert costs.device_seconds == 6.0
    assert costs.seconds == sum(one.seconds for one in costs.spent) > 15.0
    assert (costs.saved_steps, costs.saved_device_seconds) == (
        6,
        3.0,
    )  # 4 epochs of 10 took 2 s; the third told no epochs


@pytest.mark.parametrize(
    ("parameter", "value", "saved"),
    [
        ({"type": "int", "low": 5, "high": 20}, 12, 8),
        ({"type": "categorical", "choices": [7, 9]}, 9, 5),
        ({"type": "constant", "value": 6}, 6, 2),
    ],
)
async def test_the_limit_may_be_searched(lab, parameter, value, saved):
    settings = {"data": {"name": "digits"}}
    await lab.create(objective="flax/mlp", settings=settings, space=SPACE | {"max_epochs": parameter})
    await lab.enqueue(params={"learning_rate": 0.01, "max_epochs": value})
    lease = await lab.ask_one()
    await lab.report(lease, 4, 0.5)
    await lab.complete(lease, 0.5, device_seconds=2.0)
    costs = await lab.service.costs("s")
    assert (costs.saved_steps, costs.saved_device_seconds) == (saved, saved * 0.5)


async def test_of_a_user_s_objective_nobody_knows_what_was_saved(lab):
    await lab.create()
    empty = await lab.service.costs("s")
    assert (empty.device_seconds, empty.seconds, empty.spent, empty.saved_steps) == (0.0, 0.0, [], None)


async def test_a_timeline_has_the_attempts_of_the_newest_trials(lab):
    await lab.create(attempts={"errors": 3})
    assert (await lab.service.timeline("s", 10)).trial == []
    first = await lab.ask_one(worker="a", host="one")
    lab.clock.forward(2.5)
    await lab.fail(first, "io")
    lab.clock.forward(60.0)
    await lab.ask(2, worker="b")
    found = await lab.service.timeline("s", 10)
    start = found.started[-1]
    assert (found.trial, found.attempt) == ([1, 0, 0], [1, 2, 1])
    assert (found.worker, found.host) == (["b", "b", "a"], [None, None, "one"])
    assert [began - start for began in found.started] == [62.5, 62.5, 0.0]
    assert [ended and ended - start for ended in found.ended] == [None, None, 2.5]
    assert found.end == [None, None, "failed"]
    assert (found.decision, found.reason) == (["continue"] * 3, [None, None, "io"])
    assert (await lab.service.timeline("s", 2)).trial == [1, 0]


async def test_rungs_say_how_many_came_and_how_many_ended_there(lab):
    await lab.create(pruner={"name": "asha", "min_resource": 1, "reduction_factor": 2})
    leases = await lab.ask(4)
    decided = [
        (await lab.report(lease, 1, value)).decision for lease, value in zip(leases, (0.1, 0.2, 0.3, 0.4), strict=True)
    ]
    for lease, decision in zip(leases, decided, strict=True):
        if decision == "stop":
            await lab.release(lease)
    await lab.report(leases[0], 2, 0.05)
    (low, high) = (await lab.service.rungs("s")).rungs
    assert (low.rung, low.reached, low.least, low.greatest) == (1, 4, 0.1, 0.4)
    assert low.stopped == decided.count("stop") > 0
    assert (high.rung, high.reached, high.stopped, high.least) == (2, 1, 0, 0.05)
    assert (low.bar, high.bar) == (0.2, 0.05)
    stopped = [reason for reason in (await lab.service.timeline("s", 10)).reason if reason]
    assert stopped == ["asha rung 1"] * low.stopped
    await lab.create("plain")
    assert (await lab.service.rungs("plain")).rungs == []


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("count", [6, 7])
@pytest.mark.parametrize(
    "pruner",
    [
        {"name": "asha", "min_resource": 1, "reduction_factor": 2},
        {"name": "median", "n_startup_trials": 2, "n_warmup_steps": 0},
    ],
    ids=lambda pruner: pruner["name"],
)
async def test_the_bar_of_a_rung_is_that_of_all_its_values(lab, direction, pruner, count):
    await lab.create(direction=direction.value, pruner=pruner)
    values = [0.3, math.nan, 0.1, math.inf, 0.4, 0.2, -math.inf][:count]
    for lease, value in zip(await lab.ask(count), values, strict=True):
        await lab.report(lease, 1, value)
    found = next(one for one in (await lab.service.rungs("s")).rungs if one.rung == 1)
    definition = (await lab.service.get_study("s")).definition
    assert found.reached == count
    assert found.bar == pruners.build(definition).bar(ranked(values, direction)) is not None
