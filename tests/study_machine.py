"""Any sequence of calls to the service, as hypothesis draws them, with the model of the study beside it."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from math import nan

import pytest
from databases import Files, Shelf
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
)
from lab import TERM, TICK, WHO, Clock, gathering, lab_in
from lost_commits import AFTER_COMMIT, BEFORE_COMMIT, LostCommits
from replaying import rows
from structlog.testing import capture_logs
from study_calls import ALLOWED, calls, counts, ends, places, step, steps, values, words, writes
from study_model import Model, Refused
from trial_table import FINAL, QUEUED

from hpsearch import errors
from hpsearch.service.verify import verify


class Machine(RuleBasedStateMachine):
    """A service, and beside it the model of each study there was. Its heirs say on which kind of database."""

    shelf: Shelf | Files
    steps: Counter[str]

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.models = []
        self.asks = {}
        self.leases = {}
        self.requests = 0
        self.taken = 0

    def run(self, coroutine):
        return self.runner.run(coroutine)

    @initialize(budget=st.integers(1, 12), allowed=st.sampled_from(ALLOWED))
    def begin(self, budget, allowed):
        self.steps["examples"] += 1
        self.allowed = allowed
        self.stack.enter_context(capture_logs())
        clock = Clock()
        self.began = clock.now
        database = self.shelf.take(clock)
        self.stack.callback(lambda: self.shelf.give_back(self.lab.database))
        self.lost = self.stack.enter_context(LostCommits(database))
        self.lab = self.run(self.stack.enter_async_context(lab_in(database, clock)))
        self._create(budget)
        self._check(self._ask(2))

    def _create(self, budget):
        pruner = {"name": "threshold", "upper": 1.0}
        names = {"failed": "errors", "expired": "expiries", "released": "releases"}
        attempts = {names[end]: limit for end, limit in self.allowed.items()}
        self.run(self.lab.create(budget={"max_trials": budget}, attempts=attempts, pruner=pruner))
        model = Model(budget, self._now(), self.allowed)
        if self.models:  # the pulse is the service's, not the study's
            model.last_seen, model.floor = self.model.last_seen, self.model.floor
        self.models.append(model)

    def teardown(self):
        try:
            self.run(self.stack.aclose())
        finally:
            self.runner.close()

    @property
    def model(self):
        """That of the study that is not deleted."""
        return self.models[-1]

    def _now(self):
        return (self.lab.clock.now - self.began).total_seconds()

    def _new_request(self):
        self.requests += 1
        return f"request-{self.requests}"

    def _lease(self, place):
        """Open leases more often than ended ones, recent ones more often than old ones; with the model of its study."""
        found = (self._open() if place % 3 else None) or list(self.leases.values())
        return found[-1 - place % min(len(found), 1 + place % 7)]

    def _open(self):
        """The open leases of the study that is not deleted."""
        mine = [(lease, model) for lease, model in self.leases.values() if model is self.model]
        return [(lease, model) for lease, model in mine if model.attempt((lease.trial, lease.attempt)).end is None]

    # Each call: what is expected, and what is done

    def _ask(self, count):
        return self._asked(self._new_request(), count, self.model)

    def _ask_again(self, place):
        request = list(self.asks)[place % len(self.asks)]
        return self._asked(request, *self.asks[request])

    def _asked(self, request, count, model):
        def expected():
            leases = model.ask(request, count)
            if leases:
                self.asks[request] = count, model
            return leases

        def learn(found):
            self.leases |= {lease.lease: (lease, model) for lease in found}
            return [(lease.trial, lease.attempt) for lease in found]

        return expected, self.lab.ask(count, request_id=request), learn

    def _report(self, held, step, value):
        lease, model = held
        key = lease.trial, lease.attempt
        return lambda: model.report(key, step, value), self.lab.report(lease, step, value), _decision

    def _renew(self, held):
        lease, model = held
        key = lease.trial, lease.attempt
        return lambda: model.renew(key), self.lab.renew(lease), lambda items: _decision(*items)

    def _tell(self, held, end):
        lease, model = held
        how, reason = end
        if how == "malformed":
            telling = self.lab.complete(lease, 0.5, 0.5)
        elif how == "completed":
            telling = self.lab.complete(lease, 0.5 if reason is None else nan)
        elif how == "released":
            telling = self.lab.release(lease)
        else:
            telling = self.lab.fail(lease, reason)
        key = lease.trial, lease.attempt
        return (
            lambda: model.tell(key, how, reason),
            telling,
            lambda told: (told.accepted, told.trial_state, told.code),
        )

    def _check(self, call):
        expected, coroutine, read = call
        wanted = expected()
        assert read(self.run(coroutine)) == wanted

    # Workers

    @step(count=counts)
    def ask(self, count):
        self._check(self._ask(count))

    @step(count=counts)
    def ask_and_miss_the_answer(self, count):
        expected, coroutine, _ = self._ask(count)
        expected()
        self.run(coroutine)

    @step(place=places)
    def ask_again(self, place):
        self._check(self._ask_again(place))

    @step(place=places)
    def ask_for_something_else_under_the_same_id(self, place):
        request = list(self.asks)[place % len(self.asks)]
        count, _ = self.asks[request]
        with pytest.raises(errors.RequestIdReused):
            self.run(self.lab.ask(count + 1, request_id=request))

    @step(place=places, step=steps, value=values)
    def report(self, place, step, value):
        self._check(self._report(self._lease(place), step, value))

    @step(place=places)
    def renew(self, place):
        self._check(self._renew(self._lease(place)))

    @step(place=places, end=ends)
    def tell(self, place, end):
        self._check(self._tell(self._lease(place), end))

    @step(place=places, end=ends)
    def tell_twice(self, place, end):
        held = self._lease(place)
        self._check(self._tell(held, end))
        self._check(self._tell(held, end))

    @precondition(lambda self: self._open())
    @step(place=places, seconds=st.sampled_from([9, 10, 19, 20]), count=counts)
    def one_fails_and_is_asked_for_again(self, place, seconds, count):
        """Just before, or when, the wait after its first error or its second is over."""
        still_open = self._open()
        self._check(self._tell(still_open[place % len(still_open)], ("failed", "exception")))
        self._forward(seconds)
        self._check(self._ask(count))

    @step(ticks=st.sampled_from([0, 3, 3]), count=counts)
    def others_get_trials_and_give_them_back(self, ticks, count):
        """Those of workers that were silent for too long among them."""
        for _ in range(ticks):
            self._forward(TICK)
            self._sweep()
        expected, coroutine, learn = self._ask(count)
        wanted = expected()
        granted = self.run(coroutine)
        assert learn(granted) == wanted
        for lease in granted:
            self._check(self._tell((lease, self.model), ("released", None)))

    @precondition(lambda self: self._taken_over())
    @step(place=places, write=writes)
    def one_that_was_taken_over_writes(self, place, write):
        verb, _, *arguments = write
        found = self._taken_over()
        self._check(self._call(verb, found[place % len(found)], *arguments))

    def _taken_over(self):
        """Leases of whose trials others have had a newer one; those of trials that wait again, if there are any."""
        old = [
            (lease, model)
            for lease, model in self.leases.values()
            if lease.attempt < len(model.trials[lease.trial].attempts)
        ]
        expired = [
            (lease, model) for lease, model in old if model.attempt((lease.trial, lease.attempt)).end == "expired"
        ]
        waiting = [(lease, model) for lease, model in expired if model.trials[lease.trial].state == QUEUED]
        return waiting or expired or old

    def _call(self, verb, *arguments):
        return getattr(self, "_" + verb)(*arguments)

    @step(several=st.lists(calls, min_size=2, max_size=5))
    def many_at_once(self, several):
        """In one transaction, but renewals in one before. An ask chooses its study before any of the others is carried out, so it goes first."""
        several = sorted(several, key=lambda call: {"renew": 0, "ask": 1}.get(call[0], 2))
        if self.lost.next == AFTER_COMMIT:  # they would be carried out again, and find what came after them
            self.lost.next = None
        one_by_one = self.lost.next == BEFORE_COMMIT and several[0][0] != "renew"
        late = {place for place, (verb, *what) in enumerate(several) if verb == "renew" and self._is_expired(*what)}
        asks = [place for place, (verb, *_) in enumerate(several) if verb == "ask"]
        if late:  # each in a transaction of its own, as asks that were too late have: nothing says which comes first
            several = [call for place, call in enumerate(several) if place not in asks[1:]]
        found = [self._call(verb, *self._held(verb, *arguments)) for verb, *arguments in several]
        wanted = {place: found[place][0]() for place in range(len(found)) if place not in late}
        for place in late:
            wanted[place] = found[place][0]()
        for place in (
            () if late or one_by_one else asks
        ):  # what it had chosen is taken: it chooses again, after all others
            if wanted[asks[0]] and not wanted[place]:
                wanted[place] = found[place][0]()
        answers = self.run(self._gathered([coroutine for _, coroutine, _ in found]))
        assert {place: found[place][2](answer) for place, answer in enumerate(answers)} == wanted

    def _held(self, verb, first, *others):
        return (first if verb in ("ask", "ask_again") else self._lease(first), *others)

    def _is_expired(self, place):
        lease, model = self._lease(place)
        return model.attempt((lease.trial, lease.attempt)).end == "expired"

    async def _gathered(self, coroutines):
        async with gathering(self.lab):
            tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
            await asyncio.sleep(0)
        return await asyncio.gather(*tasks)

    # Time and the service

    @step(ticks=st.sampled_from([1, 3, 3]))
    def time_passes(self, ticks):
        for _ in range(ticks):
            self._forward(TICK)
            self._sweep()

    def _sweep(self):
        self.lost.next = None  # an answer that is lost would be another one: it counts what expired
        assert self.run(self.lab.service.sweep()) == sum(model.sweep() for model in self.models)

    @step(seconds=st.sampled_from([1, 15, 16, 100]))
    def time_passes_without_sweeps(self, seconds):
        self._forward(seconds)

    @precondition(lambda self: self.model.now - self.model.last_seen < TERM)  # it sweeps more often than a term lasts
    @step(seconds=st.sampled_from([1, 30, 1000]))
    def the_clock_is_set_back_and_nobody_has_noticed(self, seconds):
        self._forward(-seconds)

    @step(seconds=st.sampled_from([1, 30, 1000]))
    def the_clock_is_set_back(self, seconds):
        self._forward(-seconds)
        self._sweep()

    def _forward(self, seconds):
        self.lab.clock.forward(seconds)
        for model in self.models:
            model.now = self._now()

    @step(seconds=st.sampled_from([0, 1, 100]))
    def the_service_begins_again(self, seconds):
        self.lost.next = None
        self._forward(seconds)
        self.run(self.lab.restart(self.shelf.reopen))
        self.lost.follow(self.lab.database)

    @step(moment=st.sampled_from([BEFORE_COMMIT, AFTER_COMMIT]))
    def the_next_commit_gets_lost(self, moment):
        """It is made or not, and the service does not hear."""
        self.lost.next = moment

    # People

    def _say(self, expected, coroutine):
        """A word that the model refuses is refused with the same code."""
        refusal, wanted = None, None
        try:
            wanted = expected()
        except Refused as refused:
            refusal = str(refused)
        if refusal is None:
            answer = self.run(coroutine)
            assert wanted is None or answer.number == wanted
        else:
            with pytest.raises(errors.HpsearchError) as raised:
                self.run(coroutine)
            assert raised.value.code == refusal

    @precondition(lambda self: self.model.trials)
    @step(place=places)
    def cancel(self, place):
        number = place % len(self.model.trials)
        self._say(lambda: self.model.cancel(number), self.lab.cancel(number))

    @step(place=places, again=st.booleans(), x=st.sampled_from([0.25, 0.5]))
    def enqueue(self, place, again, x):
        known = list(self.model.enqueued)
        request = known[place % len(known)] if known and again else self._new_request()
        enqueuing = self.lab.enqueue(request_id=request, params={"x": x})
        self._say(lambda: self.model.enqueue(request, x), enqueuing)

    @step(word=words, budget=st.integers(1, 12))
    def say(self, word, budget):
        self.steps[f"say {word}"] += 1
        if word == "pause":
            self._say(self.model.pause, self.lab.patch(state="paused"))
        elif word == "resume":
            self._say(self.model.activate, self.lab.patch(state="active"))
        elif word == "finish":
            self._say(self.model.finish, self.lab.patch(state="finished"))
        elif word == "delete":
            self.lost.next = None
            self.run(self.lab.service.delete_study("s", WHO))
            self.model.delete()
            self._create(budget)
        else:
            budget = max(1, self.model.budget - 2 + budget % 5)
            self._say(lambda: self.model.extend(budget), self.lab.patch(budget={"max_trials": budget}))

    # After each step

    @invariant()
    def it_is_as_the_model_says(self):
        (study,) = rows(self.lab.database, "SELECT id, state, reason FROM studies WHERE deleted_at IS NULL")
        assert (study["state"], study["reason"]) == (self.model.state, self.model.reason)
        query = f"SELECT state, attempts FROM trials WHERE study_id = {study['id']} ORDER BY number"
        found = [(trial["state"], trial["attempts"]) for trial in rows(self.lab.database, query)]
        assert found == [(trial.state, len(trial.attempts)) for trial in self.model.trials]

    @invariant()
    def its_tables_keep_the_invariants(self):
        if self.taken % 10:  # it costs more than a step
            return
        assert [str(violation) for violation in verify(self.lab.database)] == []
        query = "SELECT s.id, s.next_number, s.{0}, sum(CASE WHEN t.state = '{0}' THEN 1 ELSE 0 END) AS there, count(t.number) AS n"
        query += " FROM studies s LEFT JOIN trials t ON t.study_id = s.id GROUP BY s.id"
        for state in (*FINAL, "queued", "running", "paused"):
            for study in rows(self.lab.database, query.format(state)):
                assert (study[state], study["next_number"]) == (study["there"], study["n"])


def _decision(item):
    return item.decision, item.code


RULES = {name for name, member in vars(Machine).items() if hasattr(member, "hypothesis_stateful_rule")}
