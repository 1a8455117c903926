"""The engine of a training process: trials wait by the program that trains them, one program runs at a time, lanes that end are refilled."""

import copy
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import structlog

from hpsearch.trial import Decision
from hpsearch_workers.population.crew import Crew, Snapshot
from hpsearch_workers.population.lane import Epoch, Lane, Samples, Trainer
from hpsearch_workers.population.lane_counts import lower
from hpsearch_workers.population.layout import Layout
from hpsearch_workers.population.network import Data, Tree
from hpsearch_workers.population.population import Population
from hpsearch_workers.population.program import Program, program
from hpsearch_workers.population.trial import Progress, Trial

log = structlog.get_logger("hpsearch.engine")

MOST_WAIT = 30.0
"""Seconds that trials of another program wait before the present one's lanes are set aside."""
QUIET_SECONDS = 5.0
"""Without a new trial for so long, lanes that are free are not waited for."""


Lanes = Callable[[Trainer, Tree, Samples, int | None], int]
"""Chooses how many lanes a program has, given the trials of the study, None where they have no limit."""


@dataclass
class Group:
    """The trials of one program."""

    trainer: Trainer
    hyper: Tree
    data: Samples
    one: Program
    """Of a single lane."""
    lanes: int
    waiting_since: float
    waiting: deque[Trial] = field(default_factory=deque)
    aside: list[Snapshot] = field(default_factory=list)
    """Not in lanes now: they have trained, and go on before others start."""
    population: Population | None = None
    saved: dict[Trial, Snapshot] = field(default_factory=dict)
    """The newest snapshot of trials in lanes."""

    @property
    def has_work(self) -> bool:
        """Whether there is anything to train."""
        return bool(self.waiting or self.aside or self.training)

    @property
    def training(self) -> list[Trial]:
        """Trials in lanes."""
        return [trial for trial in self.population.trials if trial is not None] if self.population else []


class Engine:
    """Trains what it is given, a chunk at each call of `work`. One thread calls everything."""

    def __init__(self, crew: Crew, lanes: Lanes, clock: Callable[[], float] = time.monotonic) -> None:
        self._crew = crew
        self._choose_lanes = lanes
        self._clock = clock
        self._groups: dict[tuple[object, ...], Group] = {}
        self._current: Group | None = None
        self._samples: dict[Data, Samples] = {}
        self._pending: list[Callable[[], None]] = []
        self._room: tuple[int, int, int] | None = None
        self._last_added = clock()
        self.steps = self.busy_steps = 0
        """Lane steps computed, and those of lanes with a trial."""

    def add(self, trial: Trial, arrays: Mapping[int, Any] | None, max_trials: int | None) -> None:
        """Takes a trial of a study of so many, before its first step, or with the arrays of its lane and its progress set.

        What its network, its settings or its arrays raise, is raised: this trial alone cannot be trained.
        """
        self._last_added = self._clock()
        training = trial.training
        data = self._on_device(training.data)
        trainer = trainer_of(trial)
        key = (trainer, training.data, Layout.of(training.hyper))
        group = self._groups.get(key)
        one = group.one if group else program(trainer, 1, training.hyper, data)
        trial.goal(one.names)
        lane = None if arrays is None else one.lane_of(arrays)
        if group is None:
            lanes = self._choose_lanes(trainer, training.hyper, data, max_trials)
            group = self._groups[key] = Group(trainer, training.hyper, data, one, lanes, self._clock())
        if not group.has_work:
            group.waiting_since = self._clock()
        if lane is None:
            group.waiting.append(trial)
        else:
            group.aside.append(Snapshot(trial, lane, copy.deepcopy(trial.progress)))

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to train."""
        return not any(group.has_work for group in self._groups.values())

    def work(self) -> None:
        """Obeys decisions, fills lanes, and trains one chunk of one program."""
        self._obey()
        group = self._turn()
        if group is not None:
            try:
                self._train(group)
            except Exception as error:
                self._recover(group, error)
        if self.is_idle:
            self._announce()
            self._flush()

    def snapshots(self) -> list[Snapshot]:
        """Of all trials that have begun, as they are now; those in lanes are remembered for a restart."""
        found = []
        for group in self._groups.values():
            if group.population:
                group.saved = {snapshot.trial: snapshot for snapshot in _taken(group.population, group.training)}
                found += list(group.saved.values())
            found += group.aside
        return found

    # One turn

    def _train(self, group: Group) -> None:
        self._fill(group)
        population = group.population
        self._announce()
        if population is None or not population.busy:
            return
        busy = len(population.busy)
        steps = population.advance(self._flush)
        self.steps += steps * population.program.lanes
        self.busy_steps += steps * busy
        for trials, epoch in population.end_epochs():
            self._finish_epoch(group, population, trials, epoch)

    def _finish_epoch(self, group: Group, population: Population, trials: Sequence[Trial], epoch: Epoch) -> None:
        names = population.program.names
        ended = []
        for place, trial in enumerate(trials):
            metrics = trial.finished_epoch(names, epoch, place)
            step = trial.progress.epoch
            if step > trial.reported:
                trial.reported = step
                self._later(partial(self._crew.reported, trial, step, metrics))
            if epoch.ended[place]:
                ended.append(trial)
        wanted = [trial for trial in ended if trial.has_weights and self._crew.wants_best(trial)]
        best: dict[Trial, Tree] = {}
        for trial, lane in zip(wanted, population.read(wanted), strict=True):
            trial.judged = _judged(trial, lane)
            if trial.keeps_weights:
                best[trial] = _best(trial, lane)
        for trial in ended:
            self._leave(group, trial)
            self._later(partial(self._crew.completed, trial, best.get(trial)))

    def _obey(self) -> None:
        for group in self._groups.values():
            for trial in [*group.waiting, *(snapshot.trial for snapshot in group.aside)]:
                if self._crew.decision(trial) is not Decision.CONTINUE:
                    self._withdraw(group, trial)
            decided = [(trial, self._crew.decision(trial)) for trial in group.training]
            kept = [trial for trial, decision in decided if decision in (Decision.RELEASE, Decision.PAUSE)]
            if kept and group.population:
                snapshots = _taken(group.population, kept)
                self._later(partial(self._crew.released, snapshots))
            for trial, decision in decided:
                if decision is not Decision.CONTINUE:
                    self._leave(group, trial)
                    if trial not in kept:
                        self._later(partial(self._crew.dropped, trial))

    def _withdraw(self, group: Group, trial: Trial) -> None:
        """Gives up a trial that is in no lane."""
        if trial in group.waiting:
            group.waiting.remove(trial)
            self._later(partial(self._crew.dropped, trial))
            return
        snapshot = next(snapshot for snapshot in group.aside if snapshot.trial is trial)
        group.aside.remove(snapshot)
        if self._crew.decision(trial) in (Decision.RELEASE, Decision.PAUSE):
            self._later(partial(self._crew.released, [snapshot]))
        else:
            self._later(partial(self._crew.dropped, trial))

    def _leave(self, group: Group, trial: Trial) -> None:
        assert group.population is not None
        group.population.free_lane(trial)
        group.saved.pop(trial, None)

    def _turn(self) -> Group | None:
        """Whose turn it is; the lanes of the one before are set aside."""
        now, current = self._clock(), self._current
        others = [group for group in self._groups.values() if group is not current and group.has_work]
        oldest = min(others, key=lambda group: group.waiting_since, default=None)
        if current is not None and current.has_work:
            is_overdue = oldest is not None and now - oldest.waiting_since > MOST_WAIT
            if oldest is None or (current.training and not is_overdue):
                return current
        if current is not None:
            self._set_aside(current)
        self._current = oldest
        return oldest

    def _set_aside(self, group: Group) -> None:
        if group.population:
            group.aside = [*_taken(group.population, group.training), *group.aside]
        group.population, group.saved, group.waiting_since = None, {}, self._clock()

    def _fill(self, group: Group) -> None:
        """Fills the lanes: first with trials that have begun, then with new ones."""
        self._resize(group)
        population = group.population
        assert population is not None
        if not population.takes_new:
            return
        back = group.aside[: population.free]
        del group.aside[: population.free]
        population.restore([(snapshot.trial, snapshot.lane) for snapshot in back])
        group.saved |= {snapshot.trial: snapshot for snapshot in back}
        new = [group.waiting.popleft() for _ in range(min(population.free, len(group.waiting)))]
        population.start(new)

    def _resize(self, group: Group) -> None:
        """The number of lanes: as chosen, fewer at the tail of a study, where most of them would stay free."""
        wanted, busy = group.lanes, len(group.training) + len(group.aside) + len(group.waiting)
        population = group.population
        present = population.program.lanes if population else wanted
        if population and self._clock() - self._last_added > QUIET_SECONDS:
            wanted = present if busy * 4 >= present else lower(present)
        elif population and busy <= present:
            wanted = present
        if population is None or present != wanted:
            self._set_aside(group)
            group.population = Population(self._program(group, wanted), group.data)

    def _recover(self, group: Group, error: Exception) -> None:
        """The lanes are gone. For want of memory: back to the newest snapshots, in fewer lanes; else the network is at fault."""
        trials, saved = group.training, group.saved
        was = group.population.program.lanes if group.population else group.lanes
        group.population, group.saved = None, {}
        if was == 1 or "RESOURCE_EXHAUSTED" not in str(error):
            if not trials:  # there were no lanes yet
                trials = [*group.waiting, *(snapshot.trial for snapshot in group.aside)]
                group.waiting.clear()
                group.aside.clear()
            for trial in trials:
                self._later(partial(self._crew.failed, trial, error))
            return
        group.lanes = lower(was)
        log.warning("out of memory: going on in fewer lanes", lanes=group.lanes, was=was)
        for trial in reversed(trials):
            if trial in saved:
                trial.progress = copy.deepcopy(saved[trial].progress)
                group.aside.insert(0, saved[trial])
            else:
                trial.progress = Progress()
                group.waiting.appendleft(trial)

    # What is told

    def _later(self, tell: Callable[[], None]) -> None:
        self._pending.append(tell)

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        for tell in pending:
            tell()

    def _announce(self) -> None:
        """How many trials are wanted: those that have begun, a few that wait, and those for whom there will be lanes before they come."""
        begun = sum(len(group.training) + len(group.aside) for group in self._groups.values())
        population = self._current.population if self._current else None
        lanes, busy = (population.program.lanes, len(population.busy)) if population else (0, 0)
        ahead = max(2, lanes // 4)
        wanted = begun + ahead
        if population:
            wanted += population.ending
            # As far as one can tell, all are trials of this program.
            if busy >= ahead and not any(
                group.has_work for group in self._groups.values() if group is not self._current
            ):
                wanted += population.free
        room = (wanted, lanes, busy)
        if room != self._room:
            self._room = room
            self._crew.room(*room)

    # What programs need

    def _program(self, group: Group, lanes: int) -> Program:
        return program(group.trainer, lanes, group.hyper, group.data)

    def _on_device(self, data: Data) -> Samples:
        """A copy for all trials; that of data nobody trains on any more is dropped."""
        if data not in self._samples:
            used = [group.data for group in self._groups.values() if group.has_work]
            self._samples = {key: kept for key, kept in self._samples.items() if any(kept is one for one in used)}
            self._groups = {key: group for key, group in self._groups.items() if group.has_work}
            self._samples[data] = jax.device_put(Samples(data.samples, data.train, data.validation))
        return self._samples[data]


def trainer_of(trial: Trial) -> Trainer:
    """What trains it: equal for trials that may share a program."""
    training = trial.training
    folds, samples = training.data.train.shape
    return Trainer(training.network, training.batch, training.evaluation_batch, samples, training.repeats, folds)


def _best(trial: Trial, lane: Lane) -> Tree:
    """The weights of the best epoch; of several networks, those of the best one."""
    return jax.tree.map(lambda leaf: leaf[trial.progress.best_network], lane.state.replicas.best)


def _judged(trial: Trial, lane: Lane) -> dict[str, Any]:
    """What was found of each sample that validates: by the network whose weights are kept, or by those of the folds (of the first repeat)."""
    first, networks = (trial.progress.best_network, 1) if trial.keeps_weights else (0, len(trial.training.data.train))
    return {name: values[first : first + networks] for name, values in lane.state.replicas.judged.items()}


def _taken(population: Population, trials: Sequence[Trial]) -> list[Snapshot]:
    lanes = population.read(trials)
    return [Snapshot(trial, lane, copy.deepcopy(trial.progress)) for trial, lane in zip(trials, lanes, strict=True)]
