"""Report: values of running trials are stored, and decided upon."""

from dataclasses import dataclass, replace
from datetime import timedelta

from hpsearch import pruners
from hpsearch.identity import Identity
from hpsearch.service import life
from hpsearch.service.commands.command import Batch, Command
from hpsearch.storage import Ledger
from hpsearch.trial import Attempt, Checkpoint, Decision, Report, Trial
from hpsearch.wire import verbs


@dataclass(frozen=True, slots=True)
class _Stored:
    """A value that is new, and where the pruner looks at it."""

    trial: tuple[int, int]
    step: int
    rung: int | None


class ReportValues(Command[verbs.Reported]):
    """Stores all values before the first decision is made. Reporting renews; late work reopens its attempt."""

    def __init__(self, body: verbs.Report, term: timedelta, who: Identity) -> None:
        self.body = body
        self.who = who
        self.tokens = [item.lease for item in body.items]
        self._term = term

    def run(self, batch: Batch) -> verbs.Reported:
        """One answer an item."""
        refused: dict[int, verbs.DecisionItem] = {}
        stored: dict[int, _Stored] = {}
        for place, item in enumerate(self.body.items):
            attempt = _writable(batch.ledger, item.lease, self._term, self.who)
            if isinstance(attempt, str):
                refused[place] = verbs.DecisionItem(lease=item.lease, decision=Decision.LOST, code=attempt)
            elif not self._is_new(batch, attempt, item):
                refused |= self._repeat(batch, attempt, item, place)
            else:
                stored[place] = self._store(batch, attempt, item)
        for place, new in stored.items():
            self._decide(batch, self.body.items[place].lease, new)
        return verbs.Reported(
            items=[
                refused.get(place) or _standing(batch.ledger, item.lease) for place, item in enumerate(self.body.items)
            ]
        )

    @staticmethod
    def _is_new(batch: Batch, attempt: Attempt, item: verbs.ReportItem) -> bool:
        trial = life.held(batch.ledger, attempt)
        if trial.last_step is None or item.step > trial.last_step:
            return True  # beyond every step that any attempt has reported
        return (attempt.key, item.step) not in batch.history.stored([(attempt.key, item.step)])

    @staticmethod
    def _repeat(batch: Batch, attempt: Attempt, item: verbs.ReportItem, place: int) -> dict[int, verbs.DecisionItem]:
        """Nothing to do for the same value again; another value is refused."""
        known = batch.history.stored([(attempt.key, item.step)])[attempt.key, item.step].value
        if known == item.value or (known != known and item.value != item.value):
            return {}
        standing = _standing(batch.ledger, item.lease)
        return {place: standing.model_copy(update={"code": "report_conflict"})}

    def _store(self, batch: Batch, attempt: Attempt, item: verbs.ReportItem) -> _Stored:
        ledger = batch.ledger
        trial = life.held(ledger, attempt)
        rung = self._rung(batch, trial, item.step)
        ledger.add_report(attempt, Report(item.step, item.value, item.metrics, attempt.number, ledger.now), rung)
        checkpoint = Checkpoint(item.checkpoint.ref, item.checkpoint.step) if item.checkpoint else trial.checkpoint
        last = item.step if trial.last_step is None else max(item.step, trial.last_step)
        ledger.put_trial(trial, last_step=last, checkpoint=checkpoint)
        ledger.put_attempt(replace(attempt, expires_at=ledger.now + self._term))
        return _Stored(trial.key, item.step, rung)

    @staticmethod
    def _rung(batch: Batch, trial: Trial, step: int) -> int | None:
        pruner = pruners.build(batch.ledger.study(trial.study_id).definition)
        if trial.last_step is None or step > trial.last_step:
            return pruner.rung(step, trial.last_step)
        earlier = [reported for reported in batch.history.values(trial.key) if reported < step]
        return pruner.rung(step, max(earlier, default=None))

    @staticmethod
    def _decide(batch: Batch, lease: str, new: _Stored) -> None:
        attempt = batch.ledger.attempt(lease)
        if new.rung is None or attempt is None:
            return
        pruner = pruners.build(batch.ledger.study(attempt.study_id).definition)
        history = [(step, value) for step, value in batch.history.values(new.trial).items() if step <= new.step]
        others = batch.history.others(new.trial, new.rung) if pruner.compares else ()
        reason = pruner.stops(new.rung, history, others)
        if reason is not None:
            life.decide(batch.ledger, attempt, Decision.STOP, reason, new.step)


def _writable(ledger: Ledger, lease: str, term: timedelta, who: Identity) -> Attempt | str:
    """The open attempt of a lease, opened again if need be; else the code that says why there is none."""
    attempt = ledger.leased(lease, who)
    if attempt is None:
        return "lease_unknown"
    if ledger.is_deleted(attempt.study_id):
        return "lease_lost"
    if attempt.is_open:
        return attempt
    return life.reopen(ledger, attempt, term, attempt.worker) or "lease_lost"


def _standing(ledger: Ledger, lease: str) -> verbs.DecisionItem:
    attempt = ledger.attempt(lease)
    assert attempt is not None
    return verbs.DecisionItem(lease=lease, decision=attempt.decision, reason=attempt.decision_reason)


class Reopen(Command[dict[str, verbs.DecisionItem]]):
    """What a renewal leaves over: expired attempts are opened again where no newer one was granted."""

    def __init__(self, tokens: list[str], term: timedelta, who: Identity) -> None:
        self.tokens = tokens
        self.who = who
        self._term = term

    def run(self, batch: Batch) -> dict[str, verbs.DecisionItem]:
        """The decision by lease."""
        answers = {}
        for lease in self.tokens:
            attempt = _writable(batch.ledger, lease, self._term, self.who)
            if isinstance(attempt, str):
                answers[lease] = verbs.DecisionItem(lease=lease, decision=Decision.LOST, code=attempt)
            else:
                answers[lease] = _standing(batch.ledger, lease)
        return answers
