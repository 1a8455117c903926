"""A scripted peer that speaks the four verbs: it grants the trials it was given, and notes what was reported and told.

It is no server: it knows neither studies nor terms, and decides what the test says. The wire models check every body it gets.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from peer import Answer, Peer, Request

from hpsearch.trial import Decision, TrialState
from hpsearch.wire.verbs import (
    Ask,
    Asked,
    DecisionItem,
    Lease,
    Renew,
    Renewed,
    Report,
    Reported,
    ReportItem,
    Tell,
    TellItem,
    Told,
    ToldItem,
    Work,
)

WORK = Work(objective="flax/mlp", settings={}, metric="val_loss", direction="minimize")
_STATES = {"completed": TrialState.COMPLETED, "failed": TrialState.FAILED, "released": TrialState.QUEUED}


class VerbsPeer:
    def __init__(
        self, params: Sequence[dict[str, Any]] = (), *, work: Work = WORK, study: str = "s", renew_seconds: float = 30.0
    ) -> None:
        self.http = Peer()
        self.address = self.http.address
        self.work = work
        self.study = study
        self.renew_seconds = renew_seconds
        self.queue = list(params)
        self.granted: dict[str, Lease] = {}
        self.asks: list[Ask] = []
        self.reports: list[ReportItem] = []
        self.tells: list[TellItem] = []
        self.renewals: list[Renew] = []
        self.decisions: dict[str, tuple[Decision, str]] = {}
        self.codes: dict[str, str] = {}
        """Codes by lease with which a report or a tell of it is refused."""
        self.finished = True
        """Whether the study is over once the queue is empty."""
        self.grants_again = False
        """Whether a trial that is given back, without a decision about it, is granted again, before others."""
        self._changed = threading.Condition()
        self._given_back: list[Lease] = []
        self.answer_all()

    def answer_all(self) -> None:
        """Each verb answered again as the protocol has it, after a test scripted something else."""
        self.http.on("POST", "/api/v1/ask", self._ask)
        self.http.on("POST", "/api/v1/report", self._report)
        self.http.on("POST", "/api/v1/tell", self._tell)
        self.http.on("POST", "/api/v1/renew", self._renew)

    def refuse_all(self, answer: Answer) -> None:
        for verb in ("ask", "report", "tell", "renew"):
            self.http.on("POST", f"/api/v1/{verb}", answer)

    def close(self) -> None:
        with self._changed:
            self.finished = True
            self.queue.clear()
            self._changed.notify_all()
        self.http.close()

    def wait_for(self, condition: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Waits until something that came in makes `condition` true."""
        with self._changed:
            assert self._changed.wait_for(condition, seconds), "what the test waits for did not come"
            return condition()

    def add(self, *params: dict[str, Any]) -> None:
        with self._changed:
            self.queue += params
            self._changed.notify_all()

    def lease_of(self, number: int) -> str:
        """The newest lease of a trial."""
        return [token for token, lease in self.granted.items() if lease.trial == number][-1]

    def told(self, number: int) -> list[TellItem]:
        return [item for item in self.tells if self.granted[item.lease].trial == number]

    def reported(self, number: int) -> list[tuple[int, float]]:
        return [(item.step, item.value) for item in self.reports if self.granted[item.lease].trial == number]

    def _ask(self, request: Request) -> Answer:
        ask = Ask.model_validate_json(request.body)
        with self._changed:
            self.asks.append(ask)
            self._changed.notify_all()
            until = time.monotonic() + ask.wait_seconds
            self._changed.wait_for(lambda: self.queue or self._given_back or self.finished, until - time.monotonic())
            leases = []
            while (self.queue or self._given_back) and len(leases) < ask.count:
                lease = self._grant()
                self.granted[lease.lease] = lease
                leases.append(lease)
            self._changed.notify_all()
            asked = Asked(
                leases=leases,
                studies={self.study: self.work} if leases else {},
                lease_seconds=self.renew_seconds * 4,
                renew_seconds=self.renew_seconds,
                finished=self.finished and not self.queue and not leases,
            )
        return Answer(body=asked)

    def _grant(self) -> Lease:
        token = f"token-{len(self.granted)}"
        if self._given_back:
            lease = self._given_back.pop(0)
            return lease.model_copy(update={"lease": token, "attempt": lease.attempt + 1})
        number = len({lease.trial for lease in self.granted.values()})
        return Lease(lease=token, study=self.study, trial=number, attempt=1, params=self.queue.pop(0), seed=number)

    def _report(self, request: Request) -> Answer:
        items = Report.model_validate_json(request.body).items
        with self._changed:
            self.reports += items
            self._changed.notify_all()
            return Answer(body=Reported(items=[self._decide(item.lease) for item in items]))

    def _tell(self, request: Request) -> Answer:
        items = Tell.model_validate_json(request.body).items
        with self._changed:
            self.tells += items
            if self.grants_again:
                free = [item.lease for item in items if item.state == "released" and item.lease not in self.decisions]
                self._given_back = sorted(
                    [*self._given_back, *(self.granted[lease] for lease in free)], key=lambda lease: lease.trial
                )
            self._changed.notify_all()
            answers = [
                ToldItem(
                    lease=item.lease,
                    accepted=item.lease not in self.codes,
                    trial_state=_STATES[item.state],
                    code=self.codes.get(item.lease),
                )
                for item in items
            ]
        return Answer(body=Told(items=answers))

    def _renew(self, request: Request) -> Answer:
        renew = Renew.model_validate_json(request.body)
        with self._changed:
            self.renewals.append(renew)
            self._changed.notify_all()
            items = [self._decide(lease) for lease in renew.leases]
        return Answer(body=Renewed(items=items, lease_seconds=self.renew_seconds * 4))

    def _decide(self, lease: str) -> DecisionItem:
        decision, reason = self.decisions.get(lease, (Decision.CONTINUE, None))
        return DecisionItem(lease=lease, decision=decision, reason=reason, code=self.codes.get(lease))
