"""A small network for tests of the engine, and who hears of its trials."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from quick_compiler import compile_quickly

from hpsearch.study import Direction
from hpsearch.trial import Decision
from hpsearch_workers.objective import Outcome, TrialRun
from hpsearch_workers.population.crew import Snapshot
from hpsearch_workers.population.engine import Engine
from hpsearch_workers.population.network import Data, PopulationObjective, Training
from hpsearch_workers.population.trial import Metrics, Trial

compile_quickly()
SAMPLES, VALIDATION = 10, 6


@dataclass(frozen=True)
class Line:
    """Fits y = w x by noisy gradient descent; `kind` makes programs of their own."""

    kind: int = 0

    def init(self, key, hyper):
        return {"w": jax.random.normal(key, (3,))}, {"steps": jnp.int32(0)}

    def step(self, now, hyper, weights, memory, batch):
        inputs, targets = batch
        present = now.present.astype(jnp.float32)

        def losses(weights):
            return (inputs @ weights["w"] - targets) ** 2

        gradient = jax.grad(lambda weights: jnp.sum(present * losses(weights)) / jnp.sum(present))(weights)
        noise = hyper["noise"] * jax.random.normal(now.key, (3,))
        after = {"w": weights["w"] - hyper["rate"] * gradient["w"] + noise}
        return after, {"steps": memory["steps"] + 1}, {"loss": jnp.sum(present * losses(weights))}

    def evaluate(self, now, hyper, weights, batch):
        inputs, targets = batch
        return {"loss": jnp.sum(now.present * (inputs @ weights["w"] - targets) ** 2)}

    def watch(self, hyper, epochs):
        return {"rate": hyper["rate"]}


def data(folds: int = 1, seed: int = 0) -> Data:
    """Samples of a plane with noise; with folds, each validates on other ones."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(SAMPLES + VALIDATION, 3)).astype(np.float32)
    targets = (inputs @ np.array([1.0, -2.0, 0.5]) + 0.1 * random.normal(size=len(inputs))).astype(np.float32)
    rows = np.arange(len(inputs), dtype=np.int32)
    orders = np.stack([np.roll(rows, VALIDATION * fold) for fold in range(folds)])
    return Data((inputs, targets), orders[:, :SAMPLES], orders[:, SAMPLES:])


DATA = data()


def trial(number: int = 0, *, rate: float = 0.05, noise: float = 0.01, kind: int = 0, **fields: Any) -> Trial:
    """A trial of `Line`; fields as Training has them, and `seed`."""
    direction = fields.pop("direction", Direction.MINIMIZE)
    metric = fields.pop("metric", "val_loss")
    seed = fields.pop("seed", number)
    run = TrialRun("s", "line", number, 1, {}, {}, seed, metric, direction, reporter=_never)
    hyper = {"rate": np.float32(rate), "noise": np.float32(noise)}
    given: dict[str, Any] = {"data": DATA, "batch": 4, "max_epochs": 5} | fields
    return Trial(f"lease-{number}", run, Training(Line(kind), hyper, **given))


def _never(*_: object) -> None:
    raise AssertionError("a trial in lanes reported by itself")


@dataclass
class Crew:
    """Remembers what it is told."""

    reports: dict[int, list[tuple[int, Metrics]]] = field(default_factory=dict)
    ended: dict[int, Outcome] = field(default_factory=dict)
    given_back: dict[int, Snapshot] = field(default_factory=dict)
    given_up: list[int] = field(default_factory=list)
    failures: dict[int, BaseException] = field(default_factory=dict)
    decisions: dict[int, Decision] = field(default_factory=dict)
    rooms: list[tuple[int, int, int]] = field(default_factory=list)
    on_report: Callable[[int, int], None] = lambda number, step: None
    objective: PopulationObjective | None = None
    """Says what is kept of the weights; all of them without it."""

    def decision(self, trial: Trial) -> Decision:
        return self.decisions.get(trial.run.number, Decision.CONTINUE)

    def reported(self, trial: Trial, step: int, metrics: Metrics) -> None:
        self.reports.setdefault(trial.run.number, []).append((step, metrics))
        self.on_report(trial.run.number, step)

    def wants_best(self, trial: Trial) -> bool:
        return True

    def completed(self, trial: Trial, weights: Any) -> None:
        if self.objective and weights is not None:
            weights = self.objective.weights(trial.training, weights)
        self.ended[trial.run.number] = trial.outcome(weights)

    def released(self, snapshots: Sequence[Snapshot]) -> None:
        self.given_back |= {snapshot.trial.run.number: snapshot for snapshot in snapshots}

    def dropped(self, trial: Trial) -> None:
        self.given_up.append(trial.run.number)

    def failed(self, trial: Trial, error: BaseException) -> None:
        self.failures[trial.run.number] = error

    def room(self, capacity: int, lanes: int, busy: int) -> None:
        self.rooms.append((capacity, lanes, busy))

    @property
    def capacity(self) -> int:
        """How many trials the engine wants to hold."""
        return self.rooms[-1][0] if self.rooms else 1

    @property
    def over(self) -> int:
        """Trials that are at their end."""
        return len(self.ended) + len(self.given_back) + len(self.given_up) + len(self.failures)


def engine(crew: Crew, lanes: int = 4, clock: Callable[[], float] = lambda: 0.0) -> Engine:
    """An engine whose programs have so many lanes."""
    return Engine(crew, lambda *_: lanes, clock)


def finish(engine: Engine) -> None:
    """Trains until there is nothing left."""
    while not engine.is_idle:
        engine.work()
