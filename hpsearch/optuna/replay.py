"""Finished trials of Optuna's, run again by a worker that knows how they end."""

import json
import re
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from hpsearch.client import Client
from hpsearch.errors import BudgetExhausted, Conflict
from hpsearch.space import NAME_PATTERN
from hpsearch.study import StudyState
from hpsearch.trial import TrialState
from hpsearch.validation import parse
from hpsearch.wire.verbs import Ask, Asked, ReportItem, TellItem

WORKER = "import"
WAIT_SECONDS = 5.0
"""How long one ask waits for trials that somebody else holds."""
PATIENCE_SECONDS = 10.0
"""Besides two terms of a lease, how long others may hold trials: those of an import that died are free by then."""
MOST_METRICS = 200
LARGEST_ATTRIBUTES = 200_000
"""Characters of a trial's user attributes as JSON; with more they are left out."""

_OUTCOMES = {TrialState.COMPLETED: "completed", TrialState.PRUNED: "pruned", TrialState.FAILED: "diverged"}


class Replay:
    """Brings trials into one study, which exists."""

    def __init__(self, client: Client, study: str) -> None:
        self._client = client
        self._study = study
        self._open: set[str] = set()  # leases that were granted here, and their ends not told

    def bring(self, batch: Sequence[FrozenTrial]) -> Counter[str]:
        """Brings in a batch, and counts what became of its trials; on an error, or Ctrl-C, gives back what it holds.

        Raises Conflict where others hold its trials, or work on others while a pruned one needs the study's end.
        """
        waiting = self._enqueue(batch)
        done = Counter(already=len(batch) - len(waiting))
        pruned: dict[str, FrozenTrial] = {}
        until: float | None = None
        try:
            while waiting:
                asked = self._ask(waiting, 0.0 if until is None else WAIT_SECONDS)
                held = {lease.lease: waiting.pop(lease.trial) for lease in asked.leases}
                if held:
                    until = None
                    self._report(held)
                    completed = {lease: trial for lease, trial in held.items() if trial.state is OptunaState.COMPLETE}
                    done += self._tell(completed, "completed")
                    pruned |= {lease: trial for lease, trial in held.items() if lease not in completed}
                elif ended := self._ended(waiting):
                    done["already"] += len(ended)
                    waiting = {number: trial for number, trial in waiting.items() if number not in ended}
                else:
                    until = until or time.monotonic() + 2 * asked.lease_seconds + PATIENCE_SECONDS
                    self._be_patient(until, waiting)
            if pruned:
                self._stop(len(pruned))
                done += self._tell(pruned, "released")
        finally:
            self._give_back(self._open)
        return +done

    def _enqueue(self, batch: Sequence[FrozenTrial]) -> dict[int, FrozenTrial]:
        """The trials that have not ended here, by their number here. The study is paused while it has room for others."""
        waiting: dict[int, FrozenTrial] = {}
        for place, trial in enumerate(batch):
            while True:
                try:
                    view = self._client.enqueue(self._study, trial.params, request_id=f"optuna-{trial.number}")
                    break
                except BudgetExhausted:
                    self._make_room(len(batch) - place)
            if not view.state.is_final:
                waiting[view.number] = trial
        if waiting:
            self._client.resume(self._study)
        return waiting

    def _make_room(self, trials: int) -> None:
        view = self._client.get_study(self._study)
        if view.state is StudyState.ACTIVE:
            self._client.pause(self._study)
        if self._client.extend(self._study, max_trials=view.counts.total + trials).state is StudyState.ACTIVE:
            self._client.pause(self._study)

    def _ask(self, waiting: Mapping[int, FrozenTrial], wait_seconds: float) -> Asked:
        """Leases of trials that wait; others that came with them are given back."""
        body = {"worker": WORKER, "request_id": uuid.uuid4().hex, "count": len(waiting), "studies": [self._study]}
        asked = self._client.ask(parse(Ask, body | {"wait_seconds": wait_seconds}))
        self._open |= {lease.lease for lease in asked.leases}
        self._give_back({lease.lease for lease in asked.leases if lease.trial not in waiting})
        return asked.model_copy(update={"leases": [lease for lease in asked.leases if lease.trial in waiting]})

    def _ended(self, waiting: Mapping[int, FrozenTrial]) -> set[int]:
        return {number for number in waiting if self._client.get_trial(self._study, number).state.is_final}

    def _be_patient(self, until: float, waiting: Mapping[int, FrozenTrial]) -> None:
        if time.monotonic() > until:
            shown = ", ".join(map(str, list(waiting)[:5]))
            message = f"{len(waiting)} trials of {self._study} ({shown} ...) are with other workers; when those have ended, import again"
            raise Conflict(message)

    def _report(self, trials: Mapping[str, FrozenTrial]) -> None:
        self._client.report(
            [
                ReportItem(lease=lease, step=step, value=value)
                for lease, trial in trials.items()
                for step, value in sorted(trial.intermediate_values.items())
            ]
        )

    def _tell(self, trials: Mapping[str, FrozenTrial], state: str) -> Counter[str]:
        told = self._client.tell([_end(lease, trial, state) for lease, trial in trials.items()])
        self._open -= trials.keys()
        states = (item.trial_state if item.accepted else None for item in told)
        return Counter("already" if state is None else _OUTCOMES.get(state, "already") for state in states)

    def _give_back(self, leases: set[str]) -> None:
        self._client.tell([TellItem(lease=lease, state="released") for lease in leases])
        self._open -= set(leases)

    def _stop(self, pruned: int) -> None:
        """Ends the study, so that the trials that run here become pruned ones; that must not touch what others do."""
        counts = self._client.get_study(self._study).counts
        if counts.queued or counts.paused or counts.running > pruned:
            raise Conflict(
                f"others work on {self._study}, which must be stopped for a moment to bring in pruned trials; "
                "when nothing is queued or running any more, import again"
            )
        self._client.stop(self._study)


def _end(lease: str, trial: FrozenTrial, state: str) -> TellItem:
    item = {"lease": lease, "state": state, "metrics": _metrics(trial), "artifacts": {"optuna": _origin(trial)}}
    return parse(TellItem, item | ({"values": tuple(map(float, trial.values))} if state == "completed" else {}))


def _metrics(trial: FrozenTrial) -> dict[str, float]:
    """The numeric user attributes whose names can be metrics' names; `to_study` puts metrics there."""
    numbers = {
        name.removeprefix("metrics."): float(value)
        for name, value in trial.user_attrs.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    fitting = [(name, value) for name, value in numbers.items() if re.fullmatch(NAME_PATTERN, name)]
    return dict(fitting[:MOST_METRICS])


def _origin(trial: FrozenTrial) -> dict[str, Any]:
    times = {"datetime_start": trial.datetime_start, "datetime_complete": trial.datetime_complete}
    origin: dict[str, Any] = {"number": trial.number}
    origin |= {name: moment.isoformat() for name, moment in times.items() if moment is not None}
    attributes = json.dumps(trial.user_attrs, default=str)
    if len(attributes) <= LARGEST_ATTRIBUTES:
        origin["user_attrs"] = json.loads(attributes, parse_constant=str)  # NaN is no JSON
    return origin
