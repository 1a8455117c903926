"""A trial that the user's own loop runs."""

import logging
import threading
from collections.abc import Mapping, Sequence
from operator import index
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pydantic import JsonValue

from hpsearch.errors import Conflict, InvalidInput, TrialFinal, TrialStopped
from hpsearch.space import Params
from hpsearch.study import Direction
from hpsearch.trial import Decision
from hpsearch.validation import parse
from hpsearch.wire.failures import failure_of
from hpsearch.wire.verbs import Checkpoint, Lease, ReportItem, TellItem, Work

if TYPE_CHECKING:
    from hpsearch.client.client import Client

_log = logging.getLogger(__name__)


class RunningTrial:
    """One attempt of a trial, leased to this process until it ends.

    It ends by `complete`, by `release`, by the decision of the server (`report` raises TrialStopped), or with the body of
    `with trial:`, which completes it with the value reported last, tells the exception that leaves it (and lets it go on), swallows
    TrialStopped, and gives the trial back on Ctrl-C.

    seed: 0 <= seed < 2**31, the same for every attempt. resume: the newest checkpoint of an earlier attempt. metric, direction: lists
    for several objectives.
    """

    def __init__(self, client: "Client", worker: str, lease: Lease, work: Work) -> None:
        self.study = lease.study
        self.number = lease.trial
        self.attempt = lease.attempt
        self.params: Params = lease.params
        self.seed = lease.seed
        self.resume = lease.resume
        self.settings: Mapping[str, JsonValue] = work.settings
        self.metric: str | tuple[str, ...] = work.metric
        self.direction: Direction | tuple[Direction, ...] = work.direction
        self.worker = worker
        self.ended = False
        self._client = client
        self._lease = lease.lease
        self._guard = threading.Lock()
        self._decision = Decision.CONTINUE
        self._reason: str | None = None
        self._last_value: float | None = None

    def __repr__(self) -> str:
        return f"RunningTrial({self.study!r}, number={self.number}, params={dict(self.params)!r})"

    def report(
        self,
        step: int,
        value: float,
        metrics: Mapping[str, float] | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """Reports the (first) objective's value at `step`, an integer >= 0, and obeys the decision.

        checkpoint: complete before it is named. Raises TrialStopped, having given the trial back, when it has to end; Conflict when
        another value was reported for this step.
        """
        self._raise_if_over()
        value = float(value)
        item = {"lease": self._lease, "step": index(step), "value": value, "metrics": _numbers(metrics)}
        [answer] = self._client.report([parse(ReportItem, {**item, "checkpoint": checkpoint})])
        if answer.code == "report_conflict":
            raise Conflict(f"trial {self.number} reported another value for step {step} before")
        self._last_value = value
        self.decide(answer.decision, answer.reason)
        self._raise_if_over()

    def complete(
        self,
        values: float | Sequence[float],
        *,
        metrics: Mapping[str, float] | None = None,
        best_step: int | None = None,
        checkpoint: Checkpoint | None = None,
        artifacts: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Ends the trial with its value, one for each objective; a value that is not finite means that it diverged.

        A server that has given the trial to another worker meanwhile keeps that one's result: this is logged, not raised.
        Raises TrialFinal when it was ended here before, InvalidInput that names what the server cannot take.
        """
        if self.ended:
            raise TrialFinal(f"trial {self.number} has ended already: {self._reason or 'its end was told'}")
        numbers: Sequence[float] = values if isinstance(values, list | tuple) else [values]  # type: ignore[list-item]
        self._end(
            state="completed",
            values=tuple(float(value) for value in numbers),
            metrics=_numbers(metrics),
            best_step=best_step,
            checkpoint=checkpoint,
            artifacts=dict(artifacts or {}),
        )

    def release(self) -> None:
        """Gives the trial back: another worker runs it, unless the server had decided that it ends."""
        if not self.ended:
            self._end(state="released")

    def settle(self, error: BaseException | None) -> None:
        """Ends the trial, if it has not, by what left its loop: an exception is told; None, and what is no fault, gives it back."""
        if self.ended:
            return
        if isinstance(error, Exception) and not isinstance(error, TrialStopped):
            self._end(state="failed", error=failure_of(error))
        else:
            self.release()

    def finish(self) -> None:
        """Ends the trial, if its loop's body did not, with the value reported last; raises InvalidInput when there is none."""
        if self.ended:
            return
        if self._last_value is not None and not isinstance(self.metric, tuple):
            self.complete(self._last_value)
            return
        missing = InvalidInput(f"trial {self.number} ended without a value: call trial.complete(value)")
        self._end(state="failed", error=failure_of(missing).model_copy(update={"reason": "exception"}))
        raise missing

    def decide(self, decision: Decision, reason: str | None) -> None:
        """Notes what the server wants of this attempt; the next report obeys."""
        with self._guard:
            if decision.rank > self._decision.rank:
                self._decision, self._reason = decision, reason

    @property
    def lease(self) -> str:
        """The token that proves the right to write; keep it secret."""
        return self._lease

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if error is None:
            self.finish()
            return False
        self.settle(error)
        return isinstance(error, TrialStopped)

    def _raise_if_over(self) -> None:
        with self._guard:
            decision, reason = self._decision, self._reason
        if decision is not Decision.CONTINUE:
            self.release()
        if self.ended:
            raise TrialStopped(decision.value, reason or "the trial has ended")

    def _end(self, **told: Any) -> None:
        item = parse(TellItem, {"lease": self._lease, **told})
        with self._guard:
            lost = self._decision is Decision.LOST
        if not lost:
            [answer] = self._client.tell([item])
            if answer.code == "invalid_values":
                raise InvalidInput.at("values", f"one number for each objective is needed: {self.metric}")
            lost = not answer.accepted
        self.ended = True
        if lost:
            self.decide(Decision.LOST, "the attempt had ended")
            _log.warning(
                "trial %d of %s had ended at the server: %s is not counted", self.number, self.study, told["state"]
            )


def _numbers(metrics: Mapping[str, float] | None) -> dict[str, float]:
    return {name: float(value) for name, value in (metrics or {}).items()}
