"""Trainings of the built-in objectives for tests."""

from collections.abc import Mapping
from typing import Any

import jax

from hpsearch.study import Direction
from hpsearch_workers.objective import Outcome, TrialRun
from hpsearch_workers.training import run

# Tests compile many programs and run each for a moment.
jax.config.update("jax_disable_most_optimizations", True)

Curve = list[tuple[int, float, Mapping[str, float]]]


def trial_run(curve: Curve | None = None, **fields: Any) -> TrialRun:
    """A trial whose reports are appended to `curve`; `fields` as TrialRun has them."""

    def report(step: int, value: float, metrics: Mapping[str, float]) -> None:
        if curve is not None:
            curve.append((step, value, metrics))

    given = {"study": "s", "objective": "flax/mlp", "number": 0, "attempt": 1, "params": {}, "settings": {}, "seed": 0}
    given |= {"metric": "val_loss", "direction": Direction.MINIMIZE, "reporter": report}
    return TrialRun(**(given | fields))


def train(settings: dict[str, Any], params: dict[str, Any] | None = None, **fields: Any) -> tuple[Outcome, Curve]:
    """How a training came out, and what it reported."""
    curve: Curve = []
    return run(trial_run(curve, settings=settings, params=params or {}, **fields)), curve
