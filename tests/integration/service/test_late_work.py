"""What an attempt may still do after its lease has ended, and what it may not after the next one was granted."""

from math import nan

import pytest
from lab import TERM, TICK
from replaying import rows

pytestmark = pytest.mark.anyio

LATE = {
    "report": lambda lab, lease: lab.report(lease, 9, 0.5),
    "renew": lambda lab, lease: lab.renew(lease),
    "complete": lambda lab, lease: lab.complete(lease, 0.5),
}
THRESHOLD = {"name": "threshold", "upper": 1.0}


async def test_late_work_opens_its_attempt_again_uncharged(lab):
    await lab.create(attempts={"expiries": 2})
    for number, (verb, act) in enumerate(LATE.items()):
        lease = await lab.ask_one()
        await lab.expire()
        assert (await lab.trial(number)).state == "queued"
        await act(lab, lease)
        trial = await lab.trial(number)
        assert (trial.attempts, trial.state) == (1, "completed" if verb == "complete" else "running")
        assert (await lab.complete(lease, 0.5)).accepted
    lease = await lab.ask_one()
    for _ in range(3):  # none of these expiries is charged
        await lab.expire()
        assert (await lab.renew(lease))[0].decision == "continue"


async def test_a_reopened_attempt_has_a_fresh_term(lab):
    await lab.create()
    lease = await lab.ask_one()
    await lab.expire()
    await lab.renew(lease)
    assert await lab.pass_time(TERM) == 0
    await lab.report(lease, 1, 0.5)
    assert await lab.pass_time(TERM) == 0
    assert await lab.pass_time(TICK) == 1


@pytest.mark.parametrize("verb", LATE)
async def test_an_attempt_is_fenced_off_by_the_next(lab, verb):
    await lab.create(budget={"max_trials": 1})
    old = await lab.ask_one()
    await lab.expire()
    new = await lab.ask_one()
    assert (new.trial, new.attempt) == (0, 2)
    answer = await LATE[verb](lab, old)
    if verb == "complete":
        assert (answer.accepted, answer.code, answer.trial_state) == (False, "lease_lost", "running")
    else:
        (item,) = answer if verb == "renew" else (answer,)
        assert (item.decision, item.code) == ("lost", "lease_lost")
    assert (await lab.service.list_reports("s", 0, 10, None)).items == []
    await lab.release(new)  # nor is it open again when the next has ended
    answer = await LATE[verb](lab, old)
    assert "lease_lost" in str(answer)
    assert (await lab.trial(0)).state == "queued"


@pytest.mark.parametrize("how", ["completed", "failed", "released"])
async def test_an_attempt_that_was_told_is_never_opened_again(lab, how):
    await lab.create()
    lease = await lab.ask_one()
    await {"completed": lab.complete, "failed": lab.fail, "released": lab.release}[how](lease)
    before = await lab.trial(0)
    assert (await lab.report(lease, 1, 0.5)).code == "lease_lost"
    assert (await lab.renew(lease))[0].code == "lease_lost"
    assert (await lab.trial(0)) == before


async def test_a_reopened_attempt_keeps_its_decision(lab):
    await lab.create(pruner=THRESHOLD)
    leases = await lab.ask(2)
    await lab.cancel(0)
    await lab.report(leases[1], 1, 2.0)
    await lab.expire()
    assert await lab.states() == ["cancelled", "pruned"]
    assert [item.code for item in await lab.renew(*leases)] == ["lease_lost", "lease_lost"]


async def test_a_reopened_attempt_of_a_paused_study_is_asked_back(lab):
    await lab.create()
    lease = await lab.ask_one()
    await lab.expire()
    await lab.patch(state="paused")
    (item,) = await lab.renew(lease)
    assert (item.decision, item.reason) == ("release", "study paused")
    await lab.release(lease)
    assert await lab.counts() == {"queued": 1}


async def test_late_work_of_a_cancelled_trial_is_lost(lab):
    await lab.create()
    lease = await lab.ask_one()
    await lab.expire()
    await lab.cancel(0)
    told = await lab.complete(lease)
    assert (told.accepted, told.code, told.trial_state) == (False, "lease_lost", "cancelled")


async def test_late_work_of_a_spent_trial_is_lost(lab):
    await lab.create(attempts={"expiries": 1})
    lease = await lab.ask_one()
    await lab.expire()
    assert (await lab.complete(lease)).code == "lease_lost"
    assert await lab.counts() == {"failed": 1}


async def test_unknown_leases(lab):
    await lab.create()
    lease = (await lab.ask_one()).model_copy(update={"lease": "no-such-lease"})
    reported = await lab.report(lease, 1, nan)
    assert (reported.decision, reported.code) == ("lost", "lease_unknown")
    told = await lab.complete(lease)
    assert (told.accepted, told.trial_state, told.code) == (False, None, "lease_unknown")
    (renewed,) = await lab.renew(lease)
    assert (renewed.decision, renewed.code) == ("lost", "lease_unknown")


async def test_items_fail_alone(lab):
    await lab.create()
    good, old = await lab.ask(2)
    await lab.release(old)
    items = [{"lease": lease, "step": 1, "value": 0.5} for lease in (old.lease, good.lease, "unknown", good.lease)]
    answers = await lab.report_all(*items)
    assert [answer.code for answer in answers] == ["lease_lost", None, "lease_unknown", None]
    assert [answer.lease for answer in answers] == [old.lease, good.lease, "unknown", good.lease]
    assert (await lab.trial(0)).last_step == 1


async def test_a_deleted_study_loses_its_leases(lab):
    await lab.create()
    open_lease, late = await lab.ask(2)
    await lab.renew(open_lease)
    await lab.service.delete_study("s")
    assert (await lab.report(open_lease, 1, 0.5)).code == "lease_lost"
    assert (await lab.renew(open_lease))[0].code == "lease_lost"
    told = await lab.complete(open_lease)
    assert (told.accepted, told.code) == (False, "lease_lost")
    await lab.expire()
    assert (await lab.renew(late))[0].code == "lease_lost"
    assert (await lab.complete(late)).code == "lease_lost"


# Expiry


async def test_only_a_sweep_expires(lab):
    await lab.create()
    await lab.ask_one()
    lab.clock.forward(TICK)
    await lab.service.sweep()
    lab.clock.forward(TICK)
    await lab.service.sweep()
    lab.clock.forward(0.001)
    assert (await lab.trial(0)).state == "running"
    assert await lab.service.sweep() == 1
    assert await lab.service.sweep() == 0
    (attempt,) = (await lab.trial(0)).history
    assert (attempt.end, attempt.ended_at) == ("expired", lab.clock.now)


async def test_renewals_and_reports_prolong(lab):
    await lab.create()
    silent, renewing, reporting = await lab.ask(3)
    expired = []
    for step in range(1, 7):
        expired.append(await lab.pass_time(TICK))
        await lab.renew(renewing)
        await lab.report(reporting, step, 0.5)
    assert expired == [0, 0, 1, 0, 0, 0]
    assert await lab.states() == ["queued", "running", "running"]
    assert (await lab.report(silent, 1, 0.5)).decision == "continue"


async def test_after_a_gap_every_lease_has_a_fresh_term(lab):
    await lab.create()
    await lab.ask_one()
    await lab.service.sweep()
    lab.clock.forward(15.001)  # a gap begins above 15 s
    assert await lab.service.sweep() == 0
    assert await lab.pass_time(TERM) == 0
    assert await lab.pass_time(0.001) == 1


async def test_fifteen_seconds_are_no_gap(lab):
    await lab.create()
    await lab.pass_time(TERM)  # beyond the floor that the start sets
    await lab.ask_one()
    lab.clock.forward(15)
    await lab.service.sweep()
    lab.clock.forward(15)
    assert await lab.service.sweep() == 1


async def test_a_clock_set_back_gives_every_lease_a_fresh_term(lab):
    await lab.create()
    await lab.pass_time(TERM)
    await lab.ask_one()
    lab.clock.forward(-3600)
    await lab.service.sweep()
    lease = await lab.ask_one()
    assert await lab.pass_time(TERM) == 0
    assert await lab.pass_time(0.001) == 1
    assert (await lab.trial(lease.trial)).state == "queued"
    assert (await lab.trial(0)).state == "running"  # its own end lies an hour ahead


@pytest.mark.parametrize("seconds", [-60, 0.001])
async def test_what_is_granted_while_the_clock_is_set_back_has_its_whole_term(lab, seconds):
    """Nobody has noticed yet; and where the clock is put right before the next sweep, nobody ever does."""
    await lab.create()
    await lab.pass_time(3 * TERM)  # beyond the floor that the start sets
    lab.clock.forward(-60)
    asked, reporting, renewing = await lab.ask(3)
    await lab.report(reporting, 1, 0.5)
    await lab.renew(renewing)
    assert lab.violations() == []
    lab.clock.forward(60 + seconds)
    assert await lab.service.sweep() == 0
    assert lab.violations() == []
    assert await lab.pass_time(TERM - 1) == 0
    assert {item.decision for item in await lab.renew(asked, reporting, renewing)} == {"continue"}


async def test_a_new_server_gives_every_lease_a_fresh_term(lab):
    """The first beat of a database sets the floor."""
    await lab.create()
    await lab.ask_one()
    lab.clock.forward(TERM)
    await lab.service.sweep()
    assert await lab.pass_time(TERM) == 0
    assert await lab.pass_time(0.001) == 1


async def test_a_clock_set_back_is_on_record_and_renewed_leases_end_by_the_new_time(lab):
    """A lease that began at noon may now end an hour earlier: the checker must know why."""
    await lab.create()
    lease = await lab.ask_one()
    lab.clock.forward(-3600)
    assert (await lab.renew(lease))[0].decision == "continue"
    await lab.pass_time(TICK)
    causes = [row["cause"] for row in rows(lab.database, "SELECT cause FROM events WHERE trial IS NULL ORDER BY seq")]
    assert causes[1:] == ["clock_set_back"]
    assert lab.violations() == []
    await lab.pass_time(TICK)
    assert len(rows(lab.database, "SELECT seq FROM events WHERE cause = 'clock_set_back'")) == 1
