"""What people do to trials: enqueue, cancel."""

from hpsearch.errors import BudgetExhausted, InvalidInput, RequestIdReused, TrialFinal, TrialNotFound
from hpsearch.identity import Identity
from hpsearch.service import life
from hpsearch.service.commands.command import Batch
from hpsearch.service.commands.studies import OfStudy, check_not_over
from hpsearch.service.digest import digest
from hpsearch.service.policies import Policies
from hpsearch.space import Value
from hpsearch.storage import Ledger
from hpsearch.study import StudyAccount, StudyState
from hpsearch.trial import Decision, Trial, TrialState, trial_seed
from hpsearch.wire.studies import Enqueue


class EnqueueTrial(OfStudy):
    """A trial with given parameters, tried before new suggestions. It counts against the budget like any other."""

    def __init__(self, name: str, body: Enqueue, policies: Policies, who: Identity) -> None:
        super().__init__(name, who)
        self.body = body
        self._policies = policies
        self._digest = digest(body.model_dump(mode="json"))

    def run(self, batch: Batch) -> Trial:
        """The trial; a repeat answers the one that is there."""
        ledger = batch.ledger
        study = self.held(ledger)
        repeated = ledger.enqueued_by(study.id, self.body.request_id)
        if repeated is not None:
            if repeated.request_digest != self._digest:
                raise RequestIdReused(f"request_id {self.body.request_id!r} was used before, with another body")
            return repeated
        params = self._params(ledger, study)
        if study.remaining == 0:
            raise BudgetExhausted(f"all {study.budget.max_trials} trials have a number; extend max_trials first")
        if study.state is StudyState.FINISHED:
            check_not_over(study.grown(TrialState.QUEUED))  # the grid may be exhausted: its points can be run again
            life.activate(ledger, study.id, self.who)
        trial = self._trial(ledger, study, params)
        life.add_trials(ledger, study.id, [trial], "enqueued", self.who)
        return trial

    def _params(self, ledger: Ledger, study: StudyAccount) -> dict[str, Value]:
        if (self.body.params is None) == (self.body.from_trial is None):
            raise InvalidInput.at("params", "give exactly one of params and from_trial")
        if self.body.params is not None:
            return study.definition.space.check(self.body.params)
        trial = ledger.trial((study.id, self.body.from_trial or 0))
        if trial is None:
            raise TrialNotFound(f"study {study.name!r} has no trial {self.body.from_trial}")
        return dict(trial.params)

    def _trial(self, ledger: Ledger, study: StudyAccount, params: dict[str, Value]) -> Trial:
        index = self._grid_index(ledger, study, params)
        return Trial(
            study_id=study.id,
            number=study.next_number,
            state=TrialState.QUEUED,
            params=params,
            seed=trial_seed(study.seed, study.next_number),
            seq=ledger.seq(study.id),
            view_seq=study.seq,
            created_at=ledger.now,
            grid_index=index,
            enqueued=True,
            request_id=self.body.request_id,
            request_digest=self._digest,
        )

    def _grid_index(self, ledger: Ledger, study: StudyAccount, params: dict[str, Value]) -> int | None:
        """The point of the grid that the trial takes; None where it is taken already, or there is no grid."""
        sampler = self._policies.number_sampler(study)
        index = sampler.index(params) if sampler is not None else None
        return None if index is None or ledger.taken_grid_points(study.id, [index]) else index


class CancelTrial(OfStudy):
    """The user's word: what waits is cancelled now, what runs when its worker hears of it. Again is harmless."""

    def __init__(self, name: str, number: int, who: Identity) -> None:
        super().__init__(name, who)
        self.number = number

    def run(self, batch: Batch) -> Trial:
        """The trial after the command."""
        ledger = batch.ledger
        study = self.held(ledger)
        trial = ledger.trial((study.id, self.number))
        if trial is None:
            raise TrialNotFound(f"study {self.name!r} has no trial {self.number}")
        if trial.state is TrialState.CANCELLED:
            return trial
        if trial.state.is_final:
            raise TrialFinal(f"trial {self.number} is {trial.state.value} already")
        if trial.state is TrialState.RUNNING:
            life.decide(ledger, ledger.open_attempt(trial), Decision.CANCEL, f"cancelled by {self.who}")
            return ledger.put_trial(trial)
        cancelled = life.cancel_waiting(ledger, trial, "cancelled", self.who)
        life.settle(ledger, study.id)
        return cancelled
