"""Runs the trials of population objectives: brings the engine, the supervisor and the disk together."""

import queue
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from hpsearch.errors import CheckpointNotFound
from hpsearch.trial import Checkpoint, Decision
from hpsearch.wire.failures import failure_of
from hpsearch.wire.verbs import TellItem
from hpsearch_workers import judgement, told
from hpsearch_workers.agent.channel import Ended, Reported, Room, Run
from hpsearch_workers.checkpoints import BestWeights
from hpsearch_workers.functions import Link, keep
from hpsearch_workers.population import snapshots
from hpsearch_workers.population.contract import Contract
from hpsearch_workers.population.crew import Snapshot
from hpsearch_workers.population.engine import Engine, Lanes
from hpsearch_workers.population.network import PopulationObjective
from hpsearch_workers.population.trial import Metrics, Progress, Trial
from hpsearch_workers.threads import start

KEPT_SNAPSHOTS = 3
"""Of a running trial: the newest, and two that were named. The server may not have heard of the second yet."""


class LaneRunner:
    """Trials in lanes. `work`, and what `prepared` gives, belong to one thread; what goes to disk is written, and then told, by another.

    Implements population.engine.Crew.
    """

    def __init__(
        self,
        link: Link,
        weights: BestWeights,
        root: Path,
        lanes: Lanes,
        snapshot_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._weights = weights
        self._root = root
        self._engine = Engine(self, lanes, clock)
        self._contract = Contract()
        self._objectives: dict[Trial, PopulationObjective] = {}
        self._disk = _Disk()
        self._stored: dict[Trial, list[str]] = {}
        """Refs of the snapshots of running trials, newest last."""
        self._on_disk: set[Trial] = set()
        """Those that have a snapshot, or soon will."""
        self._news: dict[Trial, Checkpoint] = {}
        """Snapshots that the next report names."""
        self._interval = snapshot_seconds
        self._clock = clock
        self._next_snapshots = clock() + snapshot_seconds

    def prepared(self, objective: PopulationObjective, run: Run) -> Callable[[], None]:
        """Sets a trial up, in any one thread; what it gives takes the trial in. One that cannot be set up fails alone."""
        try:
            return partial(self._add, objective, run, *self._set_up(objective, run))
        except BaseException as error:  # whatever the user's code raises
            return partial(self._refuse, run, error)

    def _set_up(self, objective: PopulationObjective, run: Run) -> tuple[Trial, Mapping[int, Any] | None]:
        """The trial, and the arrays of its lane where it goes on from a snapshot."""
        given = told.trial_run(run.lease, run.work, _no_report)
        training = self._contract.checked(objective.prepare(given), given)
        trial = Trial(run.lease.lease, given, training)
        arrays = None
        if given.resume is not None:
            try:
                stored = snapshots.load(self._root, given.resume, trial)
            except CheckpointNotFound as error:
                trial.note["not_resumed"] = str(error)[:500]
            else:
                arrays, trial.progress = stored.arrays, stored.progress
                trial.note["resumed"] = {"ref": given.resume.ref, "step": given.resume.step}
        return trial, arrays

    def _add(self, objective: PopulationObjective, run: Run, trial: Trial, arrays: Mapping[int, Any] | None) -> None:
        try:
            self._enter(trial, arrays, run.work.max_trials)
        except BaseException as error:  # the user's network is traced here
            self._refuse(run, error)
            return
        resumed = trial.run.resume
        self._objectives[trial] = objective
        self._stored[trial] = [resumed.ref] if resumed and "resumed" in trial.note else []
        if self._stored[trial]:
            self._on_disk.add(trial)

    def _enter(self, trial: Trial, arrays: Mapping[int, Any] | None, max_trials: int | None) -> None:
        try:
            self._engine.add(trial, arrays, max_trials)
        except CheckpointNotFound as error:
            trial.note, trial.progress = {"not_resumed": str(error)[:500]}, Progress()
            self._engine.add(trial, None, max_trials)

    def _refuse(self, run: Run, error: BaseException) -> None:
        self._end(TellItem(lease=run.lease.lease, state="failed", error=failure_of(error)))

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to train."""
        return self._engine.is_idle

    def work(self) -> None:
        """Trains a chunk."""
        self._engine.work()
        if self._clock() >= self._next_snapshots:
            self._next_snapshots = self._clock() + self._interval
            taken = self._engine.snapshots()
            self._on_disk.update(snapshot.trial for snapshot in taken)
            self._disk.put(partial(self._save_running, taken))

    # What the engine says

    def decision(self, trial: Trial) -> Decision:
        """What the server wants of it now."""
        decided = self._link.decision(trial.lease)
        return Decision.CONTINUE if decided is None else decided.decision

    def reported(self, trial: Trial, step: int, metrics: Metrics) -> None:
        """Reports an epoch, with the newest snapshot."""
        value = metrics[trial.run.metrics[0]]
        item = told.report(trial.lease, step, value, metrics, self._news.pop(trial, None))
        self._link.tell(Reported(item=item))

    def wants_best(self, trial: Trial) -> bool:
        """Whether it is among the best so far; of those of folds, which keep no weights, whether it is the best."""
        ranked = self._weights.wants if trial.keeps_weights else self._weights.leads
        return ranked(trial.run, trial.progress.best[trial.run.metrics[0]])

    def completed(self, trial: Trial, weights: Any | None) -> None:
        """Tells it, after its weights are stored and its snapshots removed: a worker whose last trial was told ends."""
        if weights is None and trial not in self._on_disk:
            self._end(self._completed_item(trial, None))
            self._forget(trial, remove=True)
        else:
            self._disk.put(partial(self._complete, trial, weights))

    def released(self, taken: Sequence[Snapshot]) -> None:
        """Gives them back, after their snapshots are stored."""
        for snapshot in taken:
            self._disk.put(partial(self._release, snapshot))
            self._forget(snapshot.trial, remove=False)

    def dropped(self, trial: Trial) -> None:
        """Gives it back as it is."""
        is_over = self.decision(trial) in (Decision.STOP, Decision.CANCEL)
        self._end(self._release_item(trial, None))
        self._forget(trial, remove=is_over)

    def failed(self, trial: Trial, error: BaseException) -> None:
        """Tells that it cannot be trained."""
        self._end(self._failure(trial, error))
        self._forget(trial, remove=False)

    def room(self, capacity: int, lanes: int, busy: int) -> None:
        """Tells how many trials are wanted."""
        self._link.tell(Room(capacity=capacity, lanes=lanes, busy=busy))

    # On the disk's thread

    def _complete(self, trial: Trial, weights: Any | None) -> None:
        item = self._completed_item(trial, weights)
        self._forget_now(trial, remove=item.state == "completed")
        self._end(item)

    def _release(self, snapshot: Snapshot) -> None:
        checkpoint = self._save(snapshot)
        self._end(self._release_item(snapshot.trial, checkpoint))

    def _save_running(self, taken: Sequence[Snapshot]) -> None:
        for snapshot in taken:
            trial = snapshot.trial
            if self._link.decision(trial.lease) is not None:
                continue  # it ends, and where that needs a snapshot, a newer one is on its way
            refs = self._stored[trial]
            if snapshots.ref_of(snapshot) in refs:
                continue  # it has not trained since
            checkpoint = self._save(snapshot)
            if checkpoint is not None:
                unnamed = self._news.pop(trial, None)
                kept = [ref for ref in refs if unnamed is None or ref != unnamed.ref][1 - KEPT_SNAPSHOTS :]
                for ref in set(refs).difference(kept):
                    snapshots.remove(self._root, ref)
                refs[:] = [*kept, checkpoint.ref]
                self._news[trial] = checkpoint

    def _save(self, snapshot: Snapshot) -> Checkpoint | None:
        try:
            return snapshots.save(self._root, snapshot)
        except Exception as error:  # a full disk, or an array that Orbax cannot store: the training goes on
            number = snapshot.trial.run.number
            print(f"hpsearch: no snapshot of trial {number} could be stored: {error}", file=sys.stderr)  # noqa: T201
            return None

    def _completed_item(self, trial: Trial, weights: Any | None) -> TellItem:
        try:
            made = None if weights is None else self._objectives[trial].weights(trial.training, weights)
            outcome = trial.outcome(made)
            if trial.judged:
                found = judgement.artifacts(trial.training.data, trial.judged, trial.progress.best_epoch)
                outcome = replace(outcome, artifacts=found)
            kept = None if made is None else keep(self._weights, trial.run, outcome)
            return told.completed(trial.lease, trial.run, outcome, kept, trial.device_seconds)
        except Exception as error:  # the user's code again
            return self._failure(trial, error)

    def _release_item(self, trial: Trial, checkpoint: Checkpoint | None) -> TellItem:
        return TellItem.model_validate(
            {
                "lease": trial.lease,
                "state": "released",
                "checkpoint": told.named(checkpoint),
                "trace": trial.trace(),
                "device_seconds": trial.device_seconds,
            }
        )

    def _failure(self, trial: Trial, error: BaseException) -> TellItem:
        return TellItem(lease=trial.lease, state="failed", error=failure_of(error), device_seconds=trial.device_seconds)

    def _end(self, item: TellItem) -> None:
        self._link.tell(Ended(item=item))

    def _forget(self, trial: Trial, *, remove: bool) -> None:
        """After what was still to be stored of it."""
        self._disk.put(partial(self._forget_now, trial, remove=remove))

    def _forget_now(self, trial: Trial, *, remove: bool) -> None:
        self._objectives.pop(trial, None)
        self._news.pop(trial, None)
        self._stored.pop(trial, None)
        self._on_disk.discard(trial)
        if remove:
            snapshots.remove_all(self._root, trial.run)


class _Disk:
    """A thread that does one thing after the other."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        start("hpsearch-disk", self._run)

    def put(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)

    def _run(self) -> None:
        import orbax.checkpoint  # noqa: F401  # takes seconds, which a worker that has to end does not have

        while True:
            self._jobs.get()()


def _no_report(*_: object) -> None:
    raise RuntimeError("the trials of a population report by themselves, after every epoch")
