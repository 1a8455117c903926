"""All that one trial reported, and what its curve looks like."""

from math import inf, isnan, nan

import pytest

from hpsearch.errors import StudyNotFound, TrialNotFound
from hpsearch.service.curves import MOST_ROWS

pytestmark = pytest.mark.anyio


def item(lease, step, value, **metrics):
    return {"lease": lease.lease, "step": step, "value": value, "metrics": metrics}


async def test_every_metric_is_a_column_and_what_a_report_lacks_is_null(lab):
    await lab.create(metric="val_loss")
    lease = await lab.ask_one()
    first = item(lease, 1, inf, val_loss=3.0, acc=0.5)  # the value's own name, and another number
    await lab.report_all(first, item(lease, 2, nan, rate=-inf), item(lease, 4, 0.25, acc=nan))
    found = await lab.service.trial_curves("s", 0)
    assert (found.step, found.attempt, found.of) == ([1, 2, 4], [1, 1, 1], 3)
    assert list(found.columns) == ["val_loss", "acc", "rate"]
    loss, acc, rate = found.columns.values()
    assert (loss[0], isnan(loss[1]), loss[2]) == (inf, True, 0.25)
    assert (acc[0], acc[1], isnan(acc[2])) == (0.5, None, True)
    assert rate == [None, -inf, None]
    assert found.model_dump(mode="json")["columns"]["acc"] == [0.5, None, "NaN"]


async def test_of_a_step_the_latest_attempt_has_the_word(lab):
    await lab.create()
    lease = await lab.ask_one()
    await lab.report_all(item(lease, 1, 9.0), item(lease, 2, 8.0))
    await lab.release(lease)
    await lab.report(await lab.ask_one(), 2, 7.0)
    found = await lab.service.trial_curves("s", 0)
    (values,) = found.columns.values()
    assert (found.step, found.attempt, values) == ([1, 2], [1, 2], [9.0, 7.0])


async def test_long_curves_keep_the_extremes_of_each_metric(lab):
    await lab.create(metric="loss")
    lease = await lab.ask_one()
    items = [
        item(lease, step, 9.0 if step == 777 else 1.0, up=5.0 if step == 1777 else 0.0, flat=2.0)
        for step in range(1, 3 * MOST_ROWS)
    ]
    for begin in range(0, len(items), 1000):
        await lab.report_all(*items[begin : begin + 1000])
    found = await lab.service.trial_curves("s", 0)
    assert (found.step[0], found.step[-1], found.of) == (1, len(items), len(items))
    assert len(found.step) <= MOST_ROWS
    assert {len(column) for column in (found.attempt, *found.columns.values())} == {len(found.step)}
    assert (max(found.columns["loss"]), max(found.columns["up"])) == (9.0, 5.0)


async def test_a_trial_that_reported_nothing_and_one_that_is_not_there(lab):
    await lab.create(metric="loss")
    await lab.ask_one()
    found = await lab.service.trial_curves("s", 0)
    assert (found.step, found.attempt, found.columns, found.of) == ([], [], {"loss": []}, 0)
    assert (await lab.service.trial_advice("s", 0)).advice == []
    for read in (lab.service.trial_curves, lab.service.trial_advice):
        with pytest.raises(TrialNotFound):
            await read("s", 1)
        with pytest.raises(StudyNotFound):
            await read("none", 0)


async def test_a_trial_s_own_curve_is_advised_on(lab):
    await lab.create()
    good, bad = await lab.ask(2)
    await lab.report_all(*(item(good, step, 0.9**step) for step in range(1, 61)))
    await lab.report_all(*(item(bad, step, 1.0 + (0.5 if step // 3 % 2 else -0.5)) for step in range(60)))
    assert (await lab.service.trial_advice("s", good.trial)).advice == []
    (advice,) = (await lab.service.trial_advice("s", bad.trial)).advice
    assert (advice.code, advice.count, advice.trials) == ("oscillation", 1, [bad.trial])
    await lab.report(bad, 60, nan)
    assert [one.code for one in (await lab.service.trial_advice("s", bad.trial)).advice] == ["divergence"]
