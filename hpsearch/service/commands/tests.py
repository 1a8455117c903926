"""The sealed test data: opened once a trial, for a finished study, and on record."""

from dataclasses import replace

from hpsearch.errors import Conflict, NotFound, StudyNotFinished, TrialNotFound
from hpsearch.identity import Identity
from hpsearch.service.commands.command import Batch
from hpsearch.service.commands.studies import OfStudy
from hpsearch.storage import Event, Ledger, TestOpening, openings
from hpsearch.storage.codec import numbers_to_json
from hpsearch.study import StudyAccount, StudyState
from hpsearch.trial import TrialState


class OpenTest(OfStudy):
    """Opens the test data for a completed trial, the best one unless another is named. Opening it again answers the same record."""

    def __init__(self, name: str, trial: int | None, who: Identity) -> None:
        super().__init__(name, who)
        self.trial = trial

    def run(self, batch: Batch) -> TestOpening:
        """The record."""
        ledger = batch.ledger
        study = self.held(ledger)
        if study.state is not StudyState.FINISHED:
            raise StudyNotFinished(
                f"study {self.name!r} is {study.state.value}; its test data is sealed until it is finished"
            )
        number = self._completed(ledger, study)
        known = openings.openings(ledger.connection, study.id)
        for opening in known:
            if opening.trial == number:
                return opening
        opening = TestOpening(len(known) + 1, number, self.who, ledger.now, None)
        openings.add_opening(ledger.connection, study.id, opening)
        ledger.event(Event(study.id, number, None, None, None, "test_opened", self.who))
        return opening

    def _completed(self, ledger: Ledger, study: StudyAccount) -> int:
        number = study.best_number if self.trial is None else self.trial
        trial = ledger.trial((study.id, number)) if number is not None else None
        if trial is None or number is None:
            raise TrialNotFound(
                f"study {self.name!r} has no {'completed trial' if number is None else f'trial {number}'}"
            )
        if trial.state is not TrialState.COMPLETED:
            raise Conflict(f"trial {number} is {trial.state.value}; only a completed trial can be tested")
        return number


class RecordTest(OfStudy):
    """The result of an opening. The same again is harmless, another one refused: test data is evaluated once."""

    def __init__(self, name: str, opening_id: int, metrics: dict[str, float], who: Identity) -> None:
        super().__init__(name, who)
        self.opening_id = opening_id
        self.metrics = metrics

    def run(self, batch: Batch) -> TestOpening:
        """The record."""
        ledger = batch.ledger
        study = self.held(ledger)
        known = {opening.id: opening for opening in openings.openings(ledger.connection, study.id)}
        opening = known.get(self.opening_id)
        if opening is None:
            raise NotFound(f"study {self.name!r} has no test {self.opening_id}")
        if opening.metrics is not None:
            if numbers_to_json(opening.metrics) != numbers_to_json(self.metrics):  # NaN equals NaN
                raise Conflict(f"test {self.opening_id} has a result already; test data is evaluated once")
            return opening
        openings.put_metrics(ledger.connection, study.id, self.opening_id, self.metrics)
        ledger.event(Event(study.id, opening.trial, None, None, None, "test_recorded", self.who))
        return replace(opening, metrics=self.metrics)
