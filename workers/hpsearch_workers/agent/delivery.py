"""Brings the spool's items to the server: what each answer means, and what is done about it."""

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from hpsearch.client import Client
from hpsearch.errors import BodyTooLarge, HpsearchError, InternalError, InvalidInput
from hpsearch.trial import Decision
from hpsearch.wire.failures import MAX_MESSAGE, printable
from hpsearch.wire.verbs import DecisionItem, ReportItem, TellError, TellItem, ToldItem
from hpsearch_workers.agent.spool import Pending, Spool

log = structlog.get_logger("hpsearch.worker")

_UNKNOWN = "lease_unknown"

Decided = Callable[[str, Decision, str | None], None]
"""Takes a lease, the decision about it, and its reason."""


class Delivery:
    """Delivers in the order of the spool, so that a trial's reports are there before its end.

    | answer | action |
    |---|---|
    | decision | handed to `decided`; an accepted item leaves the spool |
    | `lease_lost` | the trial is dropped: its training ends, its items leave the spool |
    | `lease_unknown` | likewise, but its items stay for the next start: it may be the lease of another database |
    | `report_conflict` | the value that was stored first stands; logged |
    | `tell_conflict` | the end that was stored first stands; logged |
    | `invalid_values` | the trial is told as failed, with what was wrong |
    | 413, 422 | the request is halved until the item at fault is alone: a report is dropped, a tell loses its extras, then its values |
    | 500 | halved likewise; the item at fault waits for the next round |
    | unreachable, 401, 403, other | raised: everything waits |
    """

    def __init__(self, client: Client, spool: Spool, decided: Decided) -> None:
        self._client = client
        self._spool = spool
        self._decided = decided

    def round(self) -> bool:
        """Delivers what is in the spool now, oldest first; False when something is left that the server cannot take at the moment.

        Raises the errors of the client that concern no item of their own.
        """
        for label in self._spool.give_up_old():
            log.error("gave up a result that could not be delivered for 7 days", trial=label)
        blocked: set[str] = set()
        while batch := [one for one in self._spool.pending() if one.item.lease not in blocked]:
            reports = [one for one in batch if isinstance(one.item, ReportItem)]
            self._send(reports, self._report, blocked)
            tells = [one for one in batch if isinstance(one.item, TellItem) and one.item.lease not in blocked]
            self._send(tells, self._tell, blocked)
        return not blocked

    def _send(self, batch: Sequence[Pending], send: Callable[[Sequence[Pending]], None], blocked: set[str]) -> None:
        if not batch:
            return
        try:
            send(batch)
        except (BodyTooLarge, InvalidInput, InternalError) as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                self._send(batch[:middle], send, blocked)
                self._send([one for one in batch[middle:] if one.item.lease not in blocked], send, blocked)
            elif isinstance(error, InternalError):
                log.error("the server failed on an item; trying again later", trial=batch[0].label, error=str(error))
                blocked.add(batch[0].item.lease)
            else:
                self._reduce(batch[0], error)

    def _report(self, batch: Sequence[Pending]) -> None:
        answers = self._client.report([one.item for one in batch if isinstance(one.item, ReportItem)])
        self._spool.delivered([one for one, answer in zip(batch, answers, strict=True) if answer.code != _UNKNOWN])
        for one, answer in zip(batch, answers, strict=True):
            if answer.code == "report_conflict":
                log.warning("another value was reported for this step before", trial=one.label, step=_step(one))
            self._obey(one, answer)

    def _tell(self, batch: Sequence[Pending]) -> None:
        answers = self._client.tell([one.item for one in batch if isinstance(one.item, TellItem)])
        kept = {_UNKNOWN, "invalid_values"}
        self._spool.delivered([one for one, answer in zip(batch, answers, strict=True) if answer.code not in kept])
        for one, answer in zip(batch, answers, strict=True):
            self._told(one, answer)

    def _obey(self, one: Pending, answer: DecisionItem) -> None:
        if answer.code == _UNKNOWN:
            self._unknown(one)
        elif answer.decision is Decision.LOST:
            log.warning("the trial is lost: its attempt has ended at the server", trial=one.label, reason=answer.reason)
            self._spool.forget(one.item.lease)
        if answer.decision is not Decision.CONTINUE:
            self._decided(one.item.lease, answer.decision, answer.reason)

    def _told(self, one: Pending, answer: ToldItem) -> None:
        state = one.item.state if isinstance(one.item, TellItem) else None
        if answer.accepted:
            log.info("told", trial=one.label, state=state, trial_state=answer.trial_state)
        elif answer.code == _UNKNOWN:
            self._unknown(one)
        elif answer.code == "invalid_values":
            self._replace_by_failure(one, "the number of values is not the number of the study's objectives")
        else:
            log.warning("the end of the trial was not counted", trial=one.label, state=state, code=answer.code)

    def _unknown(self, one: Pending) -> None:
        log.error("this server does not know the lease; it is kept for the next start", trial=one.label)
        self._spool.set_aside(one.item.lease)

    def _reduce(self, one: Pending, error: HpsearchError) -> None:
        """Does something about an item that the server refuses: each step makes it smaller, so it ends."""
        log.error("the server refused an item", trial=one.label, error=str(error))
        item = one.item
        if isinstance(item, ReportItem):
            self._spool.delivered([one])
        elif item.artifacts or item.trace or item.metrics or (item.error and item.error.traceback):
            error_alone = item.error and item.error.model_copy(update={"traceback": None})
            bare: dict[str, Any] = {"artifacts": {}, "trace": None, "metrics": {}, "error": error_alone}
            self._spool.replace(one, item.model_copy(update=bare))
        else:
            self._replace_by_failure(one, f"the server refused the result: {error}")

    def _replace_by_failure(self, one: Pending, message: str) -> None:
        lease = one.item.lease
        if isinstance(one.item, TellItem) and one.item.state == "completed":
            log.error("the trial is told as failed", trial=one.label, why=message)
            failure = TellError(reason="exception", message=printable(message[:MAX_MESSAGE]))
            self._spool.replace(one, TellItem(lease=lease, state="failed", error=failure))
        else:
            log.error("gave up the end of a trial that the server refuses; its lease expires", trial=one.label)
            self._spool.forget(lease)


def _step(one: Pending) -> int | None:
    return one.item.step if isinstance(one.item, ReportItem) else None
