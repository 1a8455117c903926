"""Loops over leased trials: how each way of leaving a body ends its trial."""

# The loop itself is what raises.
# ruff: noqa: PT012

import os
import subprocess
import sys
import textwrap

import pytest
from patience import SECONDS
from verbs_peer import VerbsPeer

from hpsearch.client import Client, TrialStopped
from hpsearch.client import running as running_module
from hpsearch.client.running import RunningTrials, default_worker, host_name
from hpsearch.errors import Conflict, InvalidInput, TrialFinal
from hpsearch.trial import Decision
from hpsearch.wire.verbs import Work


@pytest.fixture
def verbs():
    verbs = VerbsPeer([{"x": 0.5}, {"x": 1.5}])
    yield verbs
    verbs.close()


@pytest.fixture
def client(verbs):
    with Client(verbs.address, "t") as client:
        yield client


def told(verbs):
    return [(item.state, item.values) for item in verbs.tells]


def test_a_loop_runs_every_trial_and_ends_with_the_study(verbs, client):
    for trial in client.trials("s"):
        with trial:
            trial.report(1, trial.params["x"], {"accuracy": 0.5})
            trial.report(2, trial.params["x"] / 2)
    assert told(verbs) == [("completed", (0.25,)), ("completed", (0.75,))]
    assert verbs.reported(1) == [(1, 1.5), (2, 0.75)]
    assert verbs.reports[0].metrics == {"accuracy": 0.5}
    assert {(ask.studies, ask.count, ask.worker, ask.host) for ask in verbs.asks} == {
        (("s",), 1, default_worker(), host_name())
    }
    assert len({ask.request_id for ask in verbs.asks}) == 3


def test_the_bare_loop_completes_too(verbs, client):
    for trial in client.trials("s", worker="mine", objectives=["flax/mlp"]):
        trial.report(1, trial.params["x"])
    assert told(verbs) == [("completed", (0.5,)), ("completed", (1.5,))]
    assert {(ask.worker, ask.objectives) for ask in verbs.asks} == {("mine", ("flax/mlp",))}


def test_complete_says_more(verbs, client):
    for trial in client.trials("s"):
        with trial:
            trial.report(1, 9.0)
            trial.complete(0.1, metrics={"accuracy": 1}, best_step=1, artifacts={"note": ["a"]})
            with pytest.raises(TrialFinal):
                trial.complete(0.2)
    first = verbs.tells[0]
    assert (first.values, first.metrics, first.best_step, first.artifacts) == (
        (0.1,),
        {"accuracy": 1.0},
        1,
        {"note": ["a"]},
    )
    assert len(verbs.tells) == 2


def test_an_exception_is_told_at_once_by_with_and_goes_on(verbs, client):
    with pytest.raises(ZeroDivisionError):
        for trial in client.trials("s"):
            with trial:
                1 / 0  # noqa: B018
    [item] = verbs.tells
    assert (item.state, item.error.reason, item.error.message) == (
        "failed",
        "exception",
        "ZeroDivisionError: division by zero",
    )
    assert "1 / 0" in item.error.traceback


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_what_is_no_fault_of_the_trial_gives_it_back(verbs, client, interrupt):
    with pytest.raises(interrupt):
        for trial in client.trials("s"):
            with trial:
                raise interrupt
    assert told(verbs) == [("released", None)]


def test_the_decision_to_end_gives_the_trial_back_and_the_loop_goes_on(verbs, client):
    verbs.decisions["token-0"] = (Decision.STOP, "asha")
    seen = []
    for trial in client.trials("s"):
        with trial:
            try:
                trial.report(1, 0.5)
            except TrialStopped as stopped:
                seen.append((stopped.decision, stopped.reason))
                raise
    assert seen == [("stop", "asha")]
    assert told(verbs) == [("released", None), ("completed", (0.5,))]


def test_a_decision_that_came_with_a_renewal_is_obeyed_by_the_next_report(verbs, client):
    trials = client.trials("s")
    trial = next(trials)
    trial.decide(Decision.RELEASE, "the study is paused")
    with pytest.raises(TrialStopped, match="release: the study is paused"):
        trial.report(1, 0.5)
    assert verbs.reports == []
    assert told(verbs) == [("released", None)]


def test_a_lost_trial_is_dropped_without_a_tell(verbs, client):
    verbs.decisions["token-0"] = (Decision.LOST, "expired")
    for trial in client.trials("s"):
        with trial:
            trial.report(1, trial.params["x"])
    assert told(verbs) == [("completed", (1.5,))]


def test_a_result_that_comes_too_late_does_not_end_the_loop(verbs, client, caplog):
    verbs.codes["token-0"] = "lease_lost"
    for trial in client.trials("s"):
        with trial:
            trial.complete(trial.params["x"])
    assert told(verbs) == [("completed", (0.5,)), ("completed", (1.5,))]
    assert "trial 0 of s had ended at the server" in caplog.text


def test_another_value_for_a_step_is_an_error(verbs, client):
    verbs.codes["token-0"] = "report_conflict"
    with pytest.raises(Conflict, match="another value for step 1"):
        for trial in client.trials("s"):
            trial.report(1, 0.5)


def test_a_body_that_gives_no_value_is_told_and_raised(verbs, client):
    with pytest.raises(InvalidInput, match="ended without a value"):
        for _ in client.trials("s"):
            pass
    [item] = verbs.tells
    assert (item.state, item.error.reason) == ("failed", "exception")


def test_several_objectives_need_their_values_said(verbs, client):
    verbs.work = Work(objective="a:b", settings={}, metric=("a", "b"), direction=("minimize", "maximize"))
    for trial in client.trials("s"):
        trial.report(1, 0.5)
        trial.complete([0.5, 2])
    assert told(verbs) == [("completed", (0.5, 2.0))] * 2
    verbs.add({"x": 1.0})
    with pytest.raises(InvalidInput, match="ended without a value"):
        for trial in client.trials("s"):
            trial.report(1, 0.5)


def test_bad_numbers_name_their_field(verbs, client):
    trial = next(client.trials("s"))
    with pytest.raises(InvalidInput, match="step: "):
        trial.report(-1, 0.5)
    with pytest.raises(InvalidInput, match=r"metrics.*name"):
        trial.report(1, 0.5, {"a name": 1.0})
    assert verbs.reports == []


def test_leaving_the_client_with_an_exception_tells_it(verbs):
    with pytest.raises(ValueError, match="bare"), Client(verbs.address, "t") as client:
        for _ in client.trials("s"):
            raise ValueError("bare")
    [item] = verbs.tells
    assert (item.state, item.error.message) == ("failed", "ValueError: bare")
    assert "in test_leaving_the_client_with_an_exception_tells_it" in item.error.traceback


def test_leaving_a_loop_by_break_gives_the_trial_back_when_the_client_closes(verbs):
    client = Client(verbs.address, "t")
    for _ in client.trials("s"):
        break
    assert verbs.tells == []
    client.close()
    assert told(verbs) == [("released", None)]


def test_a_trial_left_behind_is_given_back_after_a_while(verbs, client):
    now = [0.0]
    trials = RunningTrials(client, clock=lambda: now[0])
    for _ in trials.of("s", "w", None):
        break
    trials.renew()
    assert [(renewal.worker, renewal.leases) for renewal in verbs.renewals] == [("w", ["token-0"])]
    now[0] = running_module.LEFT_SECONDS
    trials.renew()
    assert told(verbs) == [("released", None)]
    trials.renew()
    assert len(verbs.renewals) == 1
    trials.close()


def test_renewing_carries_decisions(verbs, client):
    trials = RunningTrials(client)
    trial = next(trials.of("s", "w", None))
    verbs.decisions["token-0"] = (Decision.CANCEL, "user")
    trials.renew()
    with pytest.raises(TrialStopped, match="cancel: user"):
        trial.report(1, 0.5)
    trials.close()


def test_a_thread_renews_while_the_body_computes(verbs, client):
    verbs.renew_seconds = 0.01
    for trial in client.trials("s"):
        verbs.wait_for(lambda lease=trial.lease: any(lease in renewal.leases for renewal in verbs.renewals))
        trial.complete(1.0)
    assert told(verbs) == [("completed", (1.0,))] * 2


SCRIPT = """
from hpsearch.client import Client
client = Client({address!r}, "t")
for trial in client.trials("s"):
    {body}
"""


@pytest.mark.parametrize(
    ("body", "state", "message"),
    [
        ("raise ValueError('the end')", "failed", "ValueError: the end"),
        ("raise KeyboardInterrupt", "released", None),
        ("break", "released", None),
    ],
)
def test_the_exception_that_ends_a_program_is_told(verbs, body, state, message):
    script = textwrap.dedent(SCRIPT).format(address=verbs.address, body=body)
    subprocess.run([sys.executable, "-c", script], capture_output=True, env=os.environ, timeout=SECONDS, check=False)
    [item] = verbs.tells
    assert (item.state, item.error and item.error.message) == (state, message)


def test_the_default_worker_is_a_name():
    assert default_worker().endswith(f"-{os.getpid()}")
