"""When a study pauses by itself."""

from math import inf

import pytest

pytestmark = pytest.mark.anyio


async def test_the_first_invalid_settings_pause_the_study_with_its_message(lab):
    await lab.create()
    bad, good = await lab.ask(2)
    await lab.fail(bad, "invalid_settings", "settings.width: must be a number")
    study = await lab.study()
    assert (study.state, study.reason) == ("paused", "invalid_settings")
    assert study.reason_detail == "settings.width: must be a number"
    assert (await lab.renew(good))[0].decision == "release"
    await lab.patch(state="active")
    study = await lab.study()
    assert (study.state, study.reason, study.reason_detail) == ("active", None, None)


async def run(lab, outcomes):
    """One trial an outcome: a value, or the reason of an error that spends it."""
    for outcome in outcomes:
        lease = await lab.ask_one()
        await (lab.fail(lease, outcome) if isinstance(outcome, str) else lab.complete(lease, outcome))


async def test_five_failures_at_the_beginning_pause(lab):
    await lab.create(attempts={"errors": 1})
    await run(lab, ["exception"] * 4)
    assert (await lab.study()).state == "active"
    await run(lab, ["io"])
    study = await lab.study()
    assert (study.state, study.reason) == ("paused", "failures")
    assert "5 trials in a row failed, the last with io: no" in study.reason_detail


async def test_later_ten_in_a_row_pause(lab):
    await lab.create(attempts={"errors": 1})
    await run(lab, [0.5, *["exception"] * 9, 0.5, *["exception"] * 9])
    assert (await lab.study()).state == "active"
    await run(lab, ["exception"])
    assert (await lab.study()).reason == "failures"


async def test_after_a_resume_it_takes_ten_again(lab):
    await lab.create(attempts={"errors": 1})
    await run(lab, ["exception"] * 5)
    await lab.patch(state="active")
    await run(lab, ["exception"] * 9)
    assert (await lab.study()).state == "active"
    await run(lab, ["exception"])
    assert (await lab.study()).reason == "failures"


async def test_divergence_is_no_failure_and_breaks_a_row(lab):
    await lab.create(attempts={"errors": 1})
    await run(lab, [inf] * 12)
    await run(lab, ["exception"] * 9 + ["diverged"] + ["exception"] * 9)
    assert (await lab.study()).state == "active"
    await run(lab, ["exception"])
    assert (await lab.study()).reason == "failures"


async def test_trials_that_are_tried_again_or_cancelled_are_no_failures(lab):
    await lab.create()
    for lease in await lab.ask(12):
        await lab.fail(lease)
    for number in range(12):
        await lab.cancel(number)
    assert (await lab.study()).state == "active"
