"""Any sequence of calls: the service does what the model does, and its tables keep the invariants after each."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from effort import tries
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from lab import TICK, lab_on
from replaying import rows
from structlog.testing import capture_logs
from study_model import LIMITS, Model
from trial_table import FINAL

from hpsearch import errors

ATTEMPTS = {"errors": LIMITS["failed"], "expiries": LIMITS["expired"], "releases": LIMITS["released"]}
ENDS = [
    ("completed", None),
    ("completed", None),
    ("released", None),
    ("failed", "exception"),
    ("failed", "diverged"),
    ("failed", "invalid_parameters"),
]
any_place = st.integers(0, 2**16)


class Machine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.requests = {}
        self.tokens = []

    def run(self, coroutine):
        return self.runner.run(coroutine)

    @initialize(budget=st.integers(1, 12))
    def begin(self, budget):
        self.stack.enter_context(capture_logs())
        self.lab = self.run(self.stack.enter_async_context(lab_on("sqlite:///:memory:")))
        pruner = {"name": "threshold", "upper": 1.0}
        self.run(self.lab.create(budget={"max_trials": budget}, attempts=ATTEMPTS, pruner=pruner))
        self.model = Model(self.lab.clock.now, budget)

    def teardown(self):
        try:
            self.run(self.stack.aclose())
        finally:
            self.runner.close()

    def lease(self, place):
        """Recent leases more often than old ones."""
        return self.tokens[-1 - (place % min(len(self.tokens), 1 + place % 7))]

    def has_leases(self):
        return bool(self.tokens)

    # Workers

    @rule(count=st.integers(1, 4))
    def ask(self, count):
        wanted = self.model.grants(count)
        request = len(self.requests)
        leases = self.run(self.lab.ask(count, request_id=f"ask-{request}"))
        assert [(lease.trial, lease.attempt) for lease in leases] == wanted
        if leases:
            self.requests[request] = (count, leases)
        for lease in leases:
            self.model.granted(lease.lease, lease.trial, request)
            self.tokens.append(lease)

    @precondition(lambda self: self.requests)
    @rule(place=any_place)
    def ask_again(self, place):
        request = list(self.requests)[place % len(self.requests)]
        count, leases = self.requests[request]
        still_open = [lease for lease in leases if self.model.attempts[lease.lease].end is None]
        found = self.run(self.lab.ask(count, request_id=f"ask-{request}"))
        assert [lease.lease for lease in found] == [lease.lease for lease in still_open]

    @precondition(has_leases)
    @rule(place=any_place, step=st.integers(0, 3), value=st.sampled_from([0.0, 0.5, 2.0]))
    def report(self, place, step, value):
        lease = self.lease(place)
        wanted = self.model.report(lease.lease, step, value)
        item = self.run(self.lab.report(lease, step, value))
        assert (item.decision, item.code) == wanted

    @precondition(has_leases)
    @rule(place=any_place)
    def renew(self, place):
        lease = self.lease(place)
        wanted = self.model.renew(lease.lease)
        (item,) = self.run(self.lab.renew(lease))
        assert (item.decision, item.code) == wanted

    @precondition(has_leases)
    @rule(place=any_place, end=st.sampled_from(ENDS))
    def tell(self, place, end):
        lease = self.lease(place)
        how, reason = end
        wanted = self.model.tell(lease.lease, how, reason, str(end))
        if how == "completed":
            told = self.run(self.lab.complete(lease))
        elif how == "released":
            told = self.run(self.lab.release(lease))
        else:
            told = self.run(self.lab.fail(lease, reason))
        assert (told.accepted, told.trial_state, told.code) == wanted

    @rule(ticks=st.integers(1, 3))
    def time_passes(self, ticks):
        for _ in range(ticks):
            self.lab.clock.forward(TICK)
            wanted = self.model.expire(self.lab.clock.now)
            assert self.run(self.lab.service.sweep()) == wanted

    @rule(seconds=st.sampled_from([1, 15, 16, 100]))
    def time_passes_without_service(self, seconds):
        self.lab.clock.forward(seconds)
        self.model.now = self.lab.clock.now

    # People

    @rule()
    def pause(self):
        if self.model.state == "finished":
            self.refused(errors.StudyOver, self.lab.patch(state="paused"))
        else:
            self.run(self.lab.patch(state="paused"))
            if self.model.state == "active":
                self.model.pause("user")

    @rule()
    def resume(self):
        if self.model.state == "finished" and self.model.over():
            self.refused(errors.StudyOver, self.lab.patch(state="active"))
        else:
            self.run(self.lab.patch(state="active"))
            if self.model.state != "active":
                self.model.activate()

    @rule(sure=st.integers(0, 3))
    def stop(self, sure):
        if sure:  # more seldom than the others
            return
        self.run(self.lab.patch(state="finished"))
        if self.model.state != "finished":
            self.model.finish()

    @rule(more=st.integers(1, 3))
    def extend(self, more):
        self.model.budget += more
        self.run(self.lab.patch(budget={"max_trials": self.model.budget}))
        if self.model.state == "finished":
            self.model.activate()

    @precondition(lambda self: self.model.trials)
    @rule(place=any_place)
    def cancel(self, place):
        number = place % len(self.model.trials)
        if self.model.trials[number].state in FINAL - {"cancelled"}:
            self.refused(errors.TrialFinal, self.lab.cancel(number))
        else:
            self.run(self.lab.cancel(number))
            self.model.cancel(number)

    @rule()
    def enqueue(self):
        if len(self.model.trials) == self.model.budget:
            self.refused(errors.BudgetExhausted, self.lab.enqueue(params={"x": 0.5}))
        else:
            self.run(self.lab.enqueue(params={"x": 0.5}))
            self.model.enqueue()

    def refused(self, error, coroutine):
        with pytest.raises(error):
            self.run(coroutine)

    # After each step

    @invariant()
    def it_is_as_the_model_says(self):
        study = self.run(self.lab.study())
        assert (study.state, study.reason) == (self.model.state, self.model.reason)
        assert self.run(self.lab.states()) == [trial.state for trial in self.model.trials]

    @invariant()
    def its_tables_keep_the_invariants(self):
        assert self.lab.violations() == []
        attempts = rows(self.lab.database, "SELECT trial, number, token, ended_at FROM attempts ORDER BY trial, number")
        trials = rows(self.lab.database, "SELECT number, state, attempts FROM trials ORDER BY number")
        (study,) = rows(self.lab.database, "SELECT * FROM studies")
        assert len({row["token"] for row in attempts}) == len(attempts)
        for trial in trials:
            mine = [row for row in attempts if row["trial"] == trial["number"]]
            assert [row["number"] for row in mine] == list(range(1, trial["attempts"] + 1))
            still_open = [row["number"] for row in mine if row["ended_at"] is None]
            assert still_open == ([trial["attempts"]] if trial["state"] == "running" else [])
        assert [trial["number"] for trial in trials] == list(range(study["next_number"]))
        assert study["next_number"] <= self.model.budget
        for state in (*FINAL, "queued", "running", "paused"):
            assert study[state] == sum(trial["state"] == state for trial in trials)


Machine.TestCase.settings = settings(
    max_examples=tries(20),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    database=None,
    print_blob=True,
)
TestMachine = Machine.TestCase
