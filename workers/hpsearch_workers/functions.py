"""Runs the user's plain functions, one trial at a time."""

import sys
import time
from collections.abc import Mapping
from typing import Protocol

from hpsearch.errors import TrialStopped
from hpsearch.trial import Checkpoint
from hpsearch.wire.failures import failure_of
from hpsearch.wire.verbs import TellItem
from hpsearch_workers import told
from hpsearch_workers.agent.channel import Decide, Event, Reported, Run
from hpsearch_workers.checkpoints import BestWeights
from hpsearch_workers.objective import Objective, Outcome, Reporter, TrialRun, outcome_of


class Link(Protocol):
    """The supervisor, as a training sees it."""

    def decision(self, lease: str) -> Decide | None:
        """What the server wants of a lease; None to go on."""

    def tell(self, event: Event) -> None:
        """Sends an event."""


class FunctionRunner:
    """Runs trials; the weights that they return are kept where they are among the best."""

    def __init__(self, link: Link, weights: BestWeights) -> None:
        self._link = link
        self._weights = weights

    def run(self, function: Objective, run: Run) -> TellItem:
        """Runs one trial to its end; how it ended."""
        lease = run.lease.lease
        begin = time.perf_counter()
        try:
            trial = told.trial_run(run.lease, run.work, self._reporter(lease))
            outcome = outcome_of(function(trial))
            spent = time.perf_counter() - begin
            told.completed(lease, trial, outcome, None, spent)  # what cannot be told is not kept
            return told.completed(lease, trial, outcome, keep(self._weights, trial, outcome), spent)
        except TrialStopped:
            return TellItem(lease=lease, state="released", device_seconds=time.perf_counter() - begin)
        except BaseException as error:  # SystemExit too: the trial failed, this process goes on
            spent = time.perf_counter() - begin
            return TellItem(lease=lease, state="failed", error=failure_of(error), device_seconds=spent)

    def _reporter(self, lease: str) -> Reporter:
        def report(step: int, value: float, metrics: Mapping[str, float]) -> None:
            self._link.tell(Reported(item=told.report(lease, step, value, metrics)))
            decided = self._link.decision(lease)
            if decided is not None:
                raise TrialStopped(decided.decision.value, decided.reason)

        return report


def keep(weights: BestWeights, trial: TrialRun, outcome: Outcome) -> Checkpoint | None:
    """Keeps the weights where they are among the best; their place. A full disk costs the weights, not the trial."""
    try:
        return weights.offer(trial, outcome)
    except OSError as error:
        print(f"hpsearch: the weights of trial {trial.number} are not kept: {error}", file=sys.stderr)  # noqa: T201
        return None
