"""Ask: a worker gets leases, from one study, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

from hpsearch.errors import LimitReached, RequestIdReused
from hpsearch.identity import Identity
from hpsearch.service import life
from hpsearch.service.commands.command import Again, Batch, Command
from hpsearch.service.digest import digest
from hpsearch.service.policies import Policies, next_points
from hpsearch.space import Params
from hpsearch.storage import Ledger
from hpsearch.study import StudyAccount
from hpsearch.trial import Attempt, Trial, TrialState, trial_seed
from hpsearch.wire import verbs

CHOICES = 3
"""Studies that an ask is offered in turn when others were quicker; then there is nothing for it."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What a sampler computed outside the transaction: parameters for trials `first`, `first + 1`, ... from the view at `view_seq`."""

    study_id: int
    first: int
    view_seq: int
    params: Sequence[Params]


@dataclass(frozen=True, slots=True)
class NeedsSuggestions:
    """Nothing was granted: the study's sampler must compute first, from a view that is newer than the last."""

    study_id: int


class Ask(Command[verbs.Asked | NeedsSuggestions]):
    """Repeats first, then queued trials, then suggestions, up to `count`; all under the lock of the chosen study."""

    def __init__(
        self,
        body: verbs.Ask,
        policies: Policies,
        term: timedelta,
        who: Identity,
        most_leases: int,
        suggestions: Suggestions | None = None,
    ) -> None:
        self.body = body
        self.who = who
        self._most_leases = most_leases
        self.requests = [(who.project, body.worker, body.request_id)]
        self._policies = policies
        self._term = term
        self._suggestions = suggestions
        self._digest = _digest(body)
        self._chosen: int | None = None
        self._choices = 0

    @property
    def weight(self) -> int:
        """Leases wanted."""
        return self.body.count

    def prepare(self, batch: Batch) -> Iterable[int]:
        """Chooses the study; a repeat needs none."""
        if batch.ledger.granted.get(self.requests[0]):
            return ()
        self._chosen = self._suggestions.study_id if self._suggestions else batch.board.choose(self.body, self.who)
        return () if self._chosen is None else (self._chosen,)

    def run(self, batch: Batch) -> verbs.Asked | NeedsSuggestions:
        """Grants, or says what is missing."""
        ledger = batch.ledger
        if repeated := ledger.granted.get(self.requests[0]):
            return self._repeat(ledger, repeated)
        if self._chosen is None:
            return self._answer(ledger, [], finished=batch.board.all_finished(self.body, self.who))
        study = ledger.study(self._chosen)
        if not study.is_active:
            return self._choose_again(ledger)
        most = self._most(ledger)
        queued = ledger.queued(study.id, most) if study.counts[TrialState.QUEUED] else []
        wanted = most - len(queued)
        fresh = self._suggest(ledger, study, wanted) if wanted and study.exhausted() is None else []
        if fresh is None:
            return NeedsSuggestions(study.id)
        if not queued and not fresh:
            life.settle(ledger, study.id)
            return self._choose_again(ledger)
        started = [life.start(ledger, trial, self.body.worker) for trial in queued]
        life.add_trials(ledger, study.id, fresh, "ask", self.body.worker)
        for position, trial in enumerate((*started, *fresh)):
            ledger.add_attempt(self._attempt(ledger, trial, position))
        return self._answer(ledger, ledger.granted[self.requests[0]])

    def _most(self, ledger: Ledger) -> int:
        """The leases that it may get; raises LimitReached when that is none."""
        left = self._most_leases - ledger.open_leases(self.who.project, self.body.worker)
        if left <= 0:
            raise LimitReached(
                f"worker {self.body.worker!r} holds {self._most_leases} leases; it gets more when some end"
            )
        return min(self.body.count, left)

    def _choose_again(self, ledger: Ledger) -> verbs.Asked:
        """The study that was chosen without locks has nothing any more; another may have."""
        self._suggestions = None
        self._choices += 1
        if self._choices < CHOICES:
            raise Again
        return self._answer(ledger, [])

    def _repeat(self, ledger: Ledger, attempts: list[Attempt]) -> verbs.Asked:
        if attempts[0].request_digest != self._digest:
            raise RequestIdReused(f"request_id {self.body.request_id!r} was used before, with another body")
        if ledger.study(attempts[0].study_id).deleted_at is not None:
            return self._answer(ledger, [])
        if not self.who.may_work_on(self.who.project, ledger.study(attempts[0].study_id).name):
            return self._answer(ledger, [])
        return self._answer(ledger, [attempt for attempt in map(ledger.latest, attempts) if attempt.is_open])

    def _suggest(self, ledger: Ledger, study: StudyAccount, wanted: int) -> list[Trial] | None:
        """New trials of a locked study; None when its sampler must compute first."""
        most = wanted if study.remaining is None else min(wanted, study.remaining)
        sampler = self._policies.number_sampler(study)
        if sampler is not None:
            points = next_points(ledger, study, sampler, most)
            found = [(point.params, point.index) for point in points]
            return self._trials(ledger, study, found, study.seq)
        ready = self._suggestions
        if ready is None or ready.first != study.next_number:
            return None
        return self._trials(ledger, study, [(params, None) for params in ready.params[:most]], ready.view_seq)

    @staticmethod
    def _trials(
        ledger: Ledger, study: StudyAccount, found: Sequence[tuple[Params, int | None]], view_seq: int
    ) -> list[Trial]:
        seq = ledger.seq(study.id) if found else study.seq
        return [
            Trial(
                study_id=study.id,
                number=number,
                state=TrialState.RUNNING,
                params=params,
                seed=trial_seed(study.seed, number),
                seq=seq,
                view_seq=view_seq,
                created_at=ledger.now,
                grid_index=grid_index,
                attempts=1,
                started_at=ledger.now,
            )
            for number, (params, grid_index) in enumerate(found, study.next_number)
        ]

    def _attempt(self, ledger: Ledger, trial: Trial, position: int) -> Attempt:
        return Attempt(
            study_id=trial.study_id,
            trial=trial.number,
            number=trial.attempts,
            token=token_hex(16),
            project=self.who.project,
            worker=self.body.worker,
            host=self.body.host,
            request_id=self.body.request_id,
            position=position,
            request_digest=self._digest,
            started_at=ledger.now,
            expires_at=ledger.now + self._term,
        )

    def _answer(self, ledger: Ledger, attempts: Sequence[Attempt], *, finished: bool = False) -> verbs.Asked:
        studies = {attempt.study_id: ledger.study(attempt.study_id) for attempt in attempts}
        ledger.load_trials(attempt.key[:2] for attempt in attempts)
        return verbs.Asked(
            leases=[_lease(attempt, life.held(ledger, attempt), studies[attempt.study_id]) for attempt in attempts],
            studies={study.name: _work(study) for study in studies.values()},
            lease_seconds=self._term.total_seconds(),
            renew_seconds=self._term.total_seconds() / 4,
            finished=finished,
        )


def _digest(body: verbs.Ask) -> str:
    """What a repeat must have in common; without a host it is that of asks from before there were hosts."""
    unsaid = {"host"} if body.host is None else set()
    return digest(body.model_dump(mode="json", exclude={"wait_seconds", *unsaid}))


def _lease(attempt: Attempt, trial: Trial, study: StudyAccount) -> verbs.Lease:
    resume = trial.checkpoint
    return verbs.Lease(
        lease=attempt.token,
        study=study.name,
        trial=trial.number,
        attempt=attempt.number,
        params={name: trial.params[name] for name in study.definition.space.order if name in trial.params},
        seed=trial.seed,
        resume=verbs.Checkpoint(ref=resume.ref, step=resume.step) if resume else None,
    )


def _work(study: StudyAccount) -> verbs.Work:
    definition = study.definition
    return verbs.Work(
        objective=definition.objective,
        settings=definition.settings,
        metric=definition.metric,
        direction=definition.direction,
        max_trials=study.budget.max_trials,
    )
