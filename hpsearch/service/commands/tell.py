"""Tell: how attempts ended."""

from datetime import timedelta
from typing import Any

from hpsearch.identity import Identity
from hpsearch.service import life
from hpsearch.service.commands.command import Batch, Command
from hpsearch.service.digest import digest
from hpsearch.storage import Ledger
from hpsearch.trial import Attempt, Checkpoint, End, ErrorReason, TrialError
from hpsearch.wire import verbs

_NOT_COMPARED = {"lease", "checkpoint"}


class TellEnds(Command[verbs.Told]):
    """Ends attempts. The same again is accepted for ever, something else is refused; late work is taken while nobody has redone it."""

    def __init__(self, body: verbs.Tell, term: timedelta, who: Identity) -> None:
        self.body = body
        self.who = who
        self.tokens = [item.lease for item in body.items]
        self._term = term

    def run(self, batch: Batch) -> verbs.Told:
        """One answer an item."""
        return verbs.Told(items=[self._tell(batch.ledger, item) for item in self.body.items])

    def _tell(self, ledger: Ledger, item: verbs.TellItem) -> verbs.ToldItem:
        attempt = ledger.leased(item.lease, self.who)
        if attempt is None:
            return verbs.ToldItem(lease=item.lease, accepted=False, trial_state=None, code="lease_unknown")
        refusal = self._refusal(ledger, attempt, item)
        if refusal is None and attempt.tell_digest is None:
            self._end(ledger, attempt, item)
        trial = life.held(ledger, attempt)
        return verbs.ToldItem(lease=item.lease, accepted=refusal is None, trial_state=trial.state, code=refusal)

    def _refusal(self, ledger: Ledger, attempt: Attempt, item: verbs.TellItem) -> str | None:
        if ledger.is_deleted(attempt.study_id):
            return "lease_lost"
        if attempt.tell_digest is not None:
            return None if attempt.tell_digest == digest_of(item) else "tell_conflict"
        objectives = len(ledger.study(attempt.study_id).definition.directions)
        if item.state == "completed" and len(item.values or ()) != objectives:
            return "invalid_values"
        if not attempt.is_open and life.reopen(ledger, attempt, self._term, attempt.worker) is None:
            return "lease_lost"
        return None

    @staticmethod
    def _end(ledger: Ledger, attempt: Attempt, item: verbs.TellItem) -> None:
        life.end_attempt(ledger, ledger.latest(attempt), ending_of(item, attempt.worker))


def ending_of(item: verbs.TellItem, who: str) -> life.Ending:
    """How an attempt ends by what was told."""
    return life.Ending(
        end=_end_of(item),
        who=who,
        values=item.values if item.state == "completed" else None,
        metrics=item.metrics,
        best_step=item.best_step,
        error=_error_of(item.error) if item.state == "failed" else None,
        checkpoint=Checkpoint(item.checkpoint.ref, item.checkpoint.step) if item.checkpoint else None,
        device_seconds=item.device_seconds,
        trace=item.trace,
        artifacts=item.artifacts,
        digest=digest_of(item),
    )


def digest_of(item: verbs.TellItem) -> str:
    """What a repeat of this end must have; the checkpoint is not compared."""
    document: dict[str, Any] = item.model_dump(mode="json", exclude=_NOT_COMPARED)
    return digest(document)


def _end_of(item: verbs.TellItem) -> End:
    if item.state != "failed":
        return End(item.state)
    assert item.error is not None
    return End.FATAL if ErrorReason.is_fatal(item.error.reason) else End.FAILED


def _error_of(error: verbs.TellError | None) -> TrialError | None:
    return TrialError(error.reason, error.message, error.traceback) if error else None
