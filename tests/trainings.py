"""Trainings of the built-in objectives for tests: one trial, through the engine."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import pytest
from populations import Crew, engine, finish

from hpsearch.study import Direction
from hpsearch_workers.objective import Outcome, TrialRun
from hpsearch_workers.population.trial import Trial
from hpsearch_workers.training import FlaxObjective

Curve = list[tuple[int, float, Mapping[str, float]]]
OBJECTIVE = FlaxObjective()
COMPILED = "/jax/core/compile/backend_compile_duration"


def trial_run(**fields: Any) -> TrialRun:
    """A trial; `fields` as TrialRun has them."""
    given = {"study": "s", "objective": "flax/mlp", "number": 0, "attempt": 1, "params": {}, "settings": {}, "seed": 0}
    given |= {"metric": "val_loss", "direction": Direction.MINIMIZE, "reporter": lambda *_: None}
    return TrialRun(**(given | fields))


def prepared(**fields: Any) -> Trial:
    """A trial, ready for the engine."""
    run = trial_run(**fields)
    return Trial(str(run.number), run, FlaxObjective().prepare(run))


def train(
    settings: dict[str, Any], params: dict[str, Any] | None = None, lanes: int = 1, **fields: Any
) -> tuple[Outcome, Curve]:
    """How a training came out, its weights as they are kept, and what it reported."""
    trial, crew = prepared(settings=settings, params=params or {}, **fields), Crew()
    crew.objective = OBJECTIVE
    running = engine(crew, lanes)
    running.add(trial, None, None)
    finish(running)
    for error in crew.failures.values():
        raise error
    reports = crew.reports.get(trial.run.number, [])
    return crew.ended[trial.run.number], [(step, metrics[trial.run.metrics[0]], metrics) for step, metrics in reports]


@pytest.fixture
def compilations() -> Iterator[Counter[str]]:
    """How many programs were compiled by XLA since it was last cleared."""
    found: Counter[str] = Counter()

    def count(event: str, duration: float, **_: object) -> None:
        if event == COMPILED:
            found["backend"] += 1

    jax.monitoring.register_event_duration_secs_listener(count)
    yield found
    jax.monitoring.unregister_event_duration_listener(count)
