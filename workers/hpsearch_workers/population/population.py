"""Trials in the lanes of one program."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import jax
import numpy as np

from hpsearch_workers.population.lane import Epoch, Lane, Samples
from hpsearch_workers.population.pace import Pace
from hpsearch_workers.population.program import Program
from hpsearch_workers.population.trial import Trial


class Population:
    """The host's side of a program's lanes: which trial is in which, and how far each is in its epoch."""

    def __init__(self, program: Program, data: Samples, clock: Callable[[], float] = time.perf_counter) -> None:
        self.program = program
        self.trials: list[Trial | None] = [None] * program.lanes
        self._data = data
        self._lanes = program.empty()
        self._places = [0] * program.lanes
        """Steps of the present epoch that each lane has done."""
        self._clock = clock
        self._pace = Pace()

    @property
    def busy(self) -> list[int]:
        """Lanes with a trial."""
        return [place for place, trial in enumerate(self.trials) if trial is not None]

    @property
    def free(self) -> int:
        """Lanes without."""
        return self.program.lanes - len(self.busy)

    @property
    def ending(self) -> int:
        """Lanes whose trial ends with this chunk for certain: it reaches the end of the last epoch."""
        last = [place for place in self.busy if self._is_in_last_epoch(place)]
        return sum(self._places[place] + self._pace.steps >= self.program.trainer.steps for place in last)

    @property
    def takes_new(self) -> bool:
        """Whether now is the time to fill lanes: where an epoch is short, trials begin theirs together with others.

        Lanes at different places of their epochs cut each other's chunks short. Those that were stored in the middle of an epoch stay
        apart from others, so that there may never be a time at which all begin.
        """
        is_short = self._pace.steps * 2 >= self.program.trainer.steps or not self._pace.is_known
        busy = self.busy
        return not (is_short and busy) or any(self._places[place] == 0 for place in busy)

    def place_of(self, trial: Trial) -> int:
        """Its lane."""
        return self.trials.index(trial)

    def start(self, trials: Sequence[Trial]) -> None:
        """Puts new trials into free lanes; there are enough."""
        seated = self._seat(trials)
        for group, places in zip(self._groups(trials), self._groups(seated), strict=True):
            given = [
                (trial.goal(self.program.names), trial.training.hyper, np.uint32(trial.run.seed)) for trial in group
            ]
            self._lanes = self.program.start(self._lanes, self._data, places, given)

    def restore(self, trials: Sequence[tuple[Trial, Lane]]) -> None:
        """Puts trials that were taken out, of this program or one with another number of lanes, into free lanes; there are enough."""
        seated = self._seat([trial for trial, _ in trials])
        for place, (_, lane) in zip(seated, trials, strict=True):
            self._places[place] = int(lane.state.place)
        for group, places in zip(self._groups(trials), self._groups(seated), strict=True):
            self._lanes = self.program.write(self._lanes, places, [lane for _, lane in group])

    def read(self, trials: Sequence[Trial]) -> list[Lane]:
        """Copies of their lanes, on the host."""
        found: list[Lane] = []
        for group in self._groups(trials):
            lanes = jax.device_get(self.program.read(self._lanes, [self.place_of(trial) for trial in group]))
            found += [jax.tree.map(lambda leaf, place=place: leaf[place], lanes) for place in range(len(group))]
        return found

    def free_lane(self, trial: Trial) -> None:
        """The trial has ended, or is taken elsewhere; what its lane still computes is nobody's."""
        self.trials[self.place_of(trial)] = None

    def advance(self, meanwhile: Callable[[], None]) -> int:
        """Trains all lanes for a chunk, never beyond an epoch's end of one of them; the number of steps.

        `meanwhile` is called while the device computes. Each trial is charged its share of the time, that of compiling left out.
        """
        self.program.compiled("advance")
        busy = self.busy
        left = min(self.program.trainer.steps - self._places[place] for place in busy)
        steps = min(self._pace.steps, left)
        begin = self._clock()
        self._lanes = self.program.advance(self._lanes, self._data, steps)
        meanwhile()
        self._lanes.state.place.block_until_ready()
        spent = self._clock() - begin
        self._pace.took(steps, spent)
        self._charge(busy, spent)
        for place in busy:
            self._places[place] += steps
        return steps

    def end_epochs(self) -> Iterator[tuple[list[Trial], Epoch]]:
        """Validates the lanes that are at the end of their epoch; for each group its trials and what their epoch gave."""
        due = [place for place in self.busy if self._places[place] == self.program.trainer.steps]
        if due:
            self.program.compiled("end")
        for group in self._groups(due):
            begin = self._clock()
            self._lanes, epoch = self.program.end(self._lanes, self._data, group)
            epoch = jax.device_get(epoch)
            self._charge(group, self._clock() - begin)
            trials = []
            for place in group:
                self._places[place] = 0
                trial = self.trials[place]
                assert trial is not None
                trials.append(trial)
            yield trials, epoch

    def _is_in_last_epoch(self, place: int) -> bool:
        trial = self.trials[place]
        return trial is not None and trial.progress.epoch + 1 >= trial.training.max_epochs

    def _charge(self, places: Sequence[int], seconds: float) -> None:
        for place in places:
            trial = self.trials[place]
            if trial is not None:
                trial.device_seconds += seconds / len(places)

    def _seat(self, trials: Sequence[Trial]) -> list[int]:
        free = (place for place, trial in enumerate(self.trials) if trial is None)
        places = list(islice(free, len(trials)))
        for place, trial in zip(places, trials, strict=True):
            self.trials[place], self._places[place] = trial, 0
            trial.trained_by(self.program.digest, self.program.lanes)
        return places

    def _groups(self, items: Sequence[Any]) -> Iterator[list[Any]]:
        size = self.program.group
        return (list(items[first : first + size]) for first in range(0, len(items), size))
