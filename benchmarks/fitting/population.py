"""Our engine without the service: lanes of one program, refilled as trials end; with one lane, one trial after the other."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from fitting.measured import Measured, timed
from fitting.task import Configuration, Task
from hpsearch.study import Direction
from hpsearch.trial import Decision
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.population.crew import Snapshot
from hpsearch_workers.population.engine import Engine, Lanes
from hpsearch_workers.population.lane import Samples, Trainer
from hpsearch_workers.population.lane_counts import FEW_TRIALS, LaneCounts
from hpsearch_workers.population.network import Tree
from hpsearch_workers.population.program import _program
from hpsearch_workers.population.trial import Metrics, Trial
from hpsearch_workers.training import FlaxObjective, layers, network

OBJECTIVE = FlaxObjective()


class Search:
    """Gives the engine as many of the trials as it wants, and hears how they came out. Implements population.crew.Crew."""

    def __init__(self, task: Task, configurations: Sequence[Configuration], lanes: Lanes) -> None:
        self._engine = Engine(self, lanes)
        self._task = task
        self._todo = list(enumerate(configurations))
        self._held = 0
        self.losses = [float("nan")] * len(configurations)
        self._capacity = 1

    def run(self) -> None:
        """Trains all of them."""
        while self._todo or not self._engine.is_idle:
            while self._todo and self._held < self._capacity:
                self._held += 1
                self._engine.add(self._trial(*self._todo.pop(0)), None, len(self.losses))
            self._engine.work()

    def _trial(self, number: int, configuration: Configuration) -> Trial:
        task = self._task
        settings, seed = task.settings, number
        run = TrialRun(
            "benchmark", task.objective, number, 1, configuration, settings, seed, "val_loss", Direction.MINIMIZE, _none
        )
        return Trial(str(number), run, OBJECTIVE.prepare(run))

    def decision(self, trial: Trial) -> Decision:
        return Decision.CONTINUE

    def reported(self, trial: Trial, step: int, metrics: Metrics) -> None:
        self.losses[trial.run.number] = metrics["val_loss"]

    def wants_best(self, trial: Trial) -> bool:
        return False

    def completed(self, trial: Trial, weights: Any | None) -> None:
        self._held -= 1

    def released(self, snapshots: Sequence[Snapshot]) -> None:
        raise AssertionError("nobody asked for it")

    def dropped(self, trial: Trial) -> None:
        raise AssertionError("nobody asked for it")

    def failed(self, trial: Trial, error: BaseException) -> None:
        raise error

    def room(self, capacity: int, lanes: int, busy: int) -> None:
        self._capacity = capacity


def search(task: Task, configurations: list[Configuration], lanes: int, *, native: bool = False) -> Measured:
    """With so many lanes; `native`: with XLA's own convolutions instead of those that were chosen for the device."""
    _program.cache_clear()  # compiles anew, whatever ran before
    with patch.object(network, "convolve", layers.native) if native else nullcontext():
        startup, _ = timed(Search(task.of_epochs(1), configurations[:1], lambda *_: lanes).run)
        search = Search(task, configurations, lambda *_: lanes)
        seconds, _ = timed(search.run)
    _program.cache_clear()
    name = "one program, one trial after the other" if lanes == 1 else f"{lanes} lanes"
    return Measured(f"{name}, lax.conv" if native else name, startup, seconds, search.losses)


def chosen_lanes(task: Task, configurations: list[Configuration]) -> tuple[int, float]:
    """How many lanes a worker chooses for a study of these, and how long its probe takes, compilation included."""
    found: list[int] = []
    with TemporaryDirectory() as folder:
        counts = LaneCounts(Path(folder, "lanes.json"))

        def choose(trainer: Trainer, hyper: Tree, data: Samples, _: int | None) -> int:
            found.append(counts(trainer, hyper, data, max(len(configurations), FEW_TRIALS)))
            return found[0]

        seconds, _ = timed(Search(task.of_epochs(1), configurations[:1], choose).run)
    _program.cache_clear()
    return found[0], seconds


def _none(*_: object) -> None:
    raise AssertionError("a trial in lanes reported by itself")
