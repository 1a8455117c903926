"""Workers, a network that loses and delays, and the model of the service: one state of all of them, and what may happen next."""

import marshal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lab import TERM
from study_model import Attempt, Lease, Model, Refused, Trial
from trial_table import FINAL, QUEUED, RUNNING

TICK = 12.0
"""Seconds between two sweeps: two ticks outlast a lease, none makes a gap in service."""
GONE = 100.0
"""Seconds of a gap in service."""
SET_BACK = 30.0
"""Seconds by which the clock is set back."""
CALLS = (
    ("report", 1, 2.0),
    ("renew",),
    ("tell", "completed", ""),
    ("tell", "failed", "exception"),
    ("tell", "released", ""),
)
"""What a worker may do with a lease, whatever it was told: it need not be obedient."""

MOST_DELAYED = 2

Request = tuple[Any, ...]
"""Verb, worker, and what the verb needs."""
Action = tuple[Any, ...]


@dataclass(frozen=True)
class Bounds:
    """How small the world is: workers, trials, attempts of each, faults, and words of people (pause, finish, cancel)."""

    workers: int
    trials: int
    attempts: int
    faults: int
    words: int

    def __str__(self) -> str:
        return ", ".join(f"{number} {name}" for name, number in vars(self).items())


class Violation(Exception):
    """An invariant that does not hold."""


def check(holds: bool, invariant: str, message: str) -> None:
    if not holds:
        raise Violation(f"{invariant}: {message}")


class World:
    """One state. `pending` has each worker's request that was not answered, `held` the leases it knows of, `delayed` copies of requests.

    `faults` and `words` are how many faults, and words of people, may still come. `quiet` is a ghost: seconds of service
    since each open lease was granted or renewed, by which I6 is judged.
    """

    def __init__(self, bounds: Bounds, kind: type[Model]) -> None:
        workers = bounds.workers
        self.bounds = bounds
        self.model = kind(bounds.trials)
        self.pending: list[Request | None] = [None] * workers
        self.held: list[set[Lease]] = [set() for _ in range(workers)]
        self.delayed: list[Request] = []
        self.faults = bounds.faults
        self.words = bounds.words
        self.quiet: dict[Lease, float] = {}

    # What may happen next

    def actions(self) -> list[Action]:
        found: list[Action] = [("tick",)]
        for worker, pending in enumerate(self.pending):
            requests = [pending] if pending else list(self._requests(worker))
            found += [("answered", request) for request in requests]
            if self.faults:
                found += [("answer lost", request) for request in requests]
                if len(self.delayed) < MOST_DELAYED:
                    found += [("delayed", request) for request in requests]
                if pending or self.held[worker]:
                    found.append(("worker died", worker))
        for request in dict.fromkeys(self.delayed):
            found += [("came late", request), ("lost", request)]
        if self.faults:
            found += [("service gone",), ("clock set back",)]
        if self.words:
            found += [("pause",), ("finish",), *(("cancel", number) for number in range(len(self.model.trials)))]
        if self.model.state == "paused":
            found.append(("resume",))
        return found

    def _requests(self, worker: int) -> Iterator[Request]:
        for lease in sorted(self.held[worker]):
            for verb, *rest in CALLS:
                yield (verb, worker, lease, *rest)
        number = 1 + max((request[2] for request in self.delayed if request[:2] == ("ask", worker)), default=-1)
        for count in range(1, self.bounds.trials - len(self.held[worker]) + 1):
            yield "ask", worker, number, count

    def take(self, action: Action) -> bool:
        """Lets it happen; raises Violation. False where that leads beyond the bounds."""
        kind, *what = action
        before = _watched(self.model)
        if kind in ("answered", "answer lost", "came late"):
            self._process(kind, what[0])
        else:
            getattr(self, "_" + kind.replace(" ", "_"))(*what)
        self._check(before)
        return all(len(trial.attempts) <= self.bounds.attempts for trial in self.model.trials)

    # Workers and the network

    def _process(self, kind: str, request: Request) -> None:
        """The service carries a request out; the answer reaches its worker or not. The same again must change nothing."""
        answer = self._call(request)
        after = self.model_now()
        again = self._call(request)
        check(self.model_now() == after, "I5", f"{request} sent twice is not as sent once")
        check(again == answer, "I5", f"{request} is answered {answer}, and again {again}")
        worker = request[1]
        if kind == "came late":
            self.delayed.remove(request)
        elif kind == "answer lost":
            self.faults -= 1
            self.pending[worker] = request
        else:
            self.pending[worker] = None
            self._learn(worker, request, answer)

    def _call(self, request: Request) -> Any:
        verb, worker, *rest = request
        if verb == "ask":
            return self._ask((worker, rest[0]), rest[1])
        lease = rest[0]
        attempt = self.model.attempt(lease)
        end, reports, told = attempt.end, len(attempt.reports), attempt.told
        answer = getattr(self.model, verb)(*rest)
        wrote = answer[0] and told is None if verb == "tell" else answer[0] != "lost"
        if wrote:
            latest = len(self.model.trials[lease[0]].attempts)
            check(lease[1] == latest, "I2", f"{verb} of attempt {lease} was accepted, the latest is {latest}")
        if wrote and (verb == "renew" or end != attempt.end or reports < len(attempt.reports)):
            self.quiet[lease] = 0.0  # a report that is only repeated renews nothing
        return answer

    def _ask(self, request: tuple[int, int], count: int) -> list[Lease]:
        known = {attempt.lease for attempt in self.model.attempts()}
        leases = self.model.ask(request, count)
        check(len(set(leases)) == len(leases) <= count, "I1", f"an ask for {count} was granted {leases}")
        self.quiet.update(dict.fromkeys(set(leases) - known, 0.0))
        return leases

    def _learn(self, worker: int, request: Request, answer: Any) -> None:
        if request[0] == "ask":
            self.held[worker].update(answer)
        elif request[0] == "tell" or answer[0] == "lost":
            self.held[worker].discard(request[2])

    def _delayed(self, request: Request) -> None:
        self.faults -= 1
        self.pending[request[1]] = request
        self.delayed.append(request)

    def _lost(self, request: Request) -> None:
        self.delayed.remove(request)

    def _worker_died(self, worker: int) -> None:
        self.faults -= 1
        self.pending[worker] = None
        self.held[worker] = set()

    # Time

    def _tick(self) -> None:
        self.model.now += TICK
        self._sweep(TICK)

    def _service_gone(self) -> None:
        self.faults -= 1
        self.model.now += GONE
        self._sweep(None)

    def _clock_set_back(self) -> None:
        self.faults -= 1
        self.model.now -= SET_BACK
        self._sweep(None)

    def _sweep(self, served: float | None) -> None:
        """`served`: seconds of service since the last; None: the service, or its clock, was not there."""
        was_open = [attempt.lease for attempt in self.model.open_attempts()]
        for lease in was_open:
            self.quiet[lease] = 0.0 if served is None else self.quiet[lease] + served
        self.model.sweep()
        for lease in was_open:
            too_early = self.model.attempt(lease).end == "expired" and self.quiet[lease] <= TERM
            check(not too_early, "I6", f"{lease} expired after {self.quiet[lease]} s of silence")

    # People

    def _pause(self) -> None:
        self._say(self.model.pause)

    def _finish(self) -> None:
        self._say(self.model.finish)

    def _cancel(self, number: int) -> None:
        self._say(lambda: self.model.cancel(number))

    def _resume(self) -> None:
        self.model.activate()

    def _say(self, word: Any) -> None:
        self.words -= 1
        with suppress(Refused):
            word()

    # What must hold

    def _check(self, before: list[Any]) -> None:
        model = self.model
        check(len(model.trials) <= model.budget, "I4", f"{len(model.trials)} trials, the budget allows {model.budget}")
        for number, trial in enumerate(model.trials):
            still_open = [attempt.number for attempt in trial.attempts if attempt.end is None]
            wanted = [len(trial.attempts)] if trial.state == RUNNING else []
            check(still_open == wanted, "I1", f"trial {number} is {trial.state}, its attempts {still_open} are open")
        for number, (state, attempts) in enumerate(before):
            self._check_moved(number, state, attempts)

    def _check_moved(self, number: int, before: str, attempts: list[Any]) -> None:
        trial = self.model.trials[number]
        check(before not in FINAL or trial.state == before, "I3", f"trial {number} was {before}, is {trial.state}")
        for attempt, (end, decision, told) in zip(trial.attempts, attempts, strict=False):
            name = f"attempt {attempt.lease}"
            check(told in (None, attempt.told), "I5", f"{name} was told {told}, is told {attempt.told}")
            check(end in (None, "expired", attempt.end), "I3", f"{name} ended {end}, now {attempt.end}")
            check(
                _RANKS[attempt.decision] >= _RANKS[decision],
                "I3",
                f"{name} was told {decision}, now {attempt.decision}",
            )
        if before == QUEUED and trial.state == "completed":
            late = attempts[-1][0] if attempts else None
            check(late == "expired", "I3", f"trial {number} was queued and is completed, its last attempt was {late}")

    def check_quiescence(self) -> None:
        """Faults stop: the study goes on, its leases expire, one worker does what there is. Every trial must become final."""
        model = self.model
        if model.state == "paused":
            model.activate()
        for number in range(_ROUNDS):
            if model.state == "finished" and all(trial.state in FINAL for trial in model.trials):
                return
            model.now += TICK
            model.sweep()
            for lease in model.ask(("last", number), 1):
                model.tell(lease, "completed")
        raise Violation(f"I7: stuck, {model.state}: {[trial.state for trial in model.trials]}")

    # As bytes

    def frozen(self) -> bytes:
        """The same for states that differ in the names of workers and requests alone."""
        order = sorted(range(len(self.pending)), key=self._likeness)
        names = {worker: name for name, worker in enumerate(order)}
        requests = [request for request in (*self.pending, *self.delayed) if request]
        asks = sorted({request[1:3] for request in requests if request[0] == "ask"})
        ranks: dict[tuple[int, int], tuple[int, int]] = {}
        counts = [0] * len(order)
        for worker, number in asks:
            ranks[worker, number] = names[worker], counts[worker]
            counts[worker] += 1

        def renamed(request: Request | None) -> Request | None:
            if request is None:
                return None
            if request[0] == "ask":
                return "ask", *ranks[request[1], request[2]], request[3]
            return request[0], names[request[1]], *request[2:]

        document = (
            self.model_now(ranks),
            tuple((renamed(self.pending[worker]), tuple(sorted(self.held[worker]))) for worker in order),
            tuple(sorted(map(renamed, self.delayed))),
            self.faults,
            self.words,
        )
        return marshal.dumps(document, 2)

    def _likeness(self, worker: int) -> Any:
        """What tells a worker from others, but its name."""
        pending = self.pending[worker]
        said = () if pending is None else (pending[0], *(pending[3:] if pending[0] == "ask" else pending[2:]))
        return said, sorted(self.held[worker])

    def model_now(self, asks: dict[Any, Any] | None = None) -> tuple[Any, ...]:
        """The model, its times relative to now. Of requests that nobody will repeat (not in `asks`) nothing is kept."""
        model, quiet = self.model, self.quiet
        now = model.now
        trials = []
        for trial in model.trials:
            attempts = []
            for one in trial.attempts:
                request = one.request if asks is None else asks.get(one.request)
                is_open = one.end is None
                attempts.append(
                    (
                        request,
                        one.count if request else 0,
                        one.expires - now if is_open else None,
                        one.decision,
                        one.end,
                        one.told,
                        tuple(one.reports.items()),
                        quiet[one.lease] if is_open else 0.0,
                    )
                )
            wait = None if trial.not_before is None else max(-GONE, trial.not_before - now)
            trials.append((trial.state, tuple(attempts), tuple(trial.charged.items()), wait))
        return model.state, model.reason, max(-GONE, model.floor - now), model.last_seen - now, tuple(trials)


def thawed(content: bytes, bounds: Bounds, kind: type[Model]) -> World:
    """The state of these bytes."""
    (state, reason, floor, last_seen, trials), workers, delayed, faults, words = marshal.loads(content)
    world = World(bounds, kind)
    model = world.model
    model.state, model.reason, model.floor, model.last_seen = state, reason, floor, last_seen
    for number, (trial_state, attempts, charged, not_before) in enumerate(trials):
        trial = Trial(trial_state, [], dict(charged), not_before)
        for place, (request, count, expires, decision, end, told, reports, quiet) in enumerate(attempts, 1):
            end_of_lease = 0.0 if expires is None else expires
            trial.attempts.append(
                Attempt(number, place, request, count, end_of_lease, decision, end, told, dict(reports))
            )
            if end is None:
                world.quiet[number, place] = quiet
        model.trials.append(trial)
    world.pending = [pending for pending, _ in workers]
    world.held = [set(held) for _, held in workers]
    world.delayed = list(delayed)
    world.faults, world.words = faults, words
    return world


_RANKS = {decision: rank for rank, decision in enumerate(("continue", "release", "pause", "stop", "cancel"))}
_ROUNDS = 40


def _watched(model: Model) -> list[Any]:
    return [(trial.state, [(one.end, one.decision, one.told) for one in trial.attempts]) for trial in model.trials]
