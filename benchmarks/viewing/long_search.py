"""A long search as it may have gone: eight parameters, twenty reports a trial, mostly completed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from hpsearch import samplers
from hpsearch.space import Params
from hpsearch.study import Study
from hpsearch.trial import TrialState
from hpsearch.validation import parse

NAME = "long"
SEED = 1
STEPS = 20
RUNGS = (1, 3, 9)
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
EPOCH = timedelta(seconds=0.4)
RUNNING = 32
"""The last trials, which are under way."""
MORE = 100_000
"""Trials that the budget has left."""


@dataclass(frozen=True, slots=True)
class Run:
    """A trial: what it reported, a value a step, and where it stands. `value` is that of a completed one."""

    number: int
    params: Params
    state: TrialState
    curve: list[float]

    @property
    def best_step(self) -> int:
        return 1 + min(range(len(self.curve)), key=self.curve.__getitem__)

    @property
    def value(self) -> float:
        return min(self.curve)

    @property
    def started(self) -> datetime:
        return BEGAN + self.number // RUNNING * STEPS * EPOCH

    @property
    def ended(self) -> datetime:
        return self.started + len(self.curve) * EPOCH


def definition(trials: int) -> Study:
    """The study; there is room for more trials than it has."""
    return parse(
        Study,
        {
            "name": NAME,
            "objective": "benchmark:none",
            "space": {
                "learning_rate": {"type": "float", "low": 1e-5, "high": 1e-1, "log": True},
                "weight_decay": {"type": "float", "low": 1e-6, "high": 1e-2, "log": True},
                "momentum": {"type": "float", "low": 0.0, "high": 0.99},
                "dropout": {"type": "float", "low": 0.0, "high": 0.6},
                "hidden_units": {"type": "int", "low": 16, "high": 512, "log": True},
                "layers": {"type": "int", "low": 1, "high": 6},
                "batch_size": {"type": "categorical", "choices": [32, 64, 128, 256]},
                "optimizer": {"type": "categorical", "choices": ["sgd", "adam", "rmsprop"]},
            },
            "sampler": {"name": "random", "seed": SEED},
            "pruner": {"name": "asha", "min_resource": RUNGS[0], "reduction_factor": 3},
            "budget": {"max_trials": trials + MORE},
        },
    )


def search(study: Study, trials: int) -> Iterator[Run]:
    """Its trials in the order of their numbers, the same every time: of each hundred 8 are pruned at the last rung and 3 diverge."""
    sampler = samplers.build(study, SEED)
    assert isinstance(sampler, samplers.NumberSampler)
    for number in range(trials):
        params = sampler.point(number).params
        place = number * 37 % 100
        state, steps = TrialState.COMPLETED, STEPS
        if number >= trials - RUNNING:
            state, steps = TrialState.RUNNING, STEPS // 2
        elif place < 8:
            state, steps = TrialState.PRUNED, RUNGS[-1]
        elif place < 11:
            state = TrialState.FAILED
        curve = _curve(Random(number), params, steps)
        if state is TrialState.FAILED:
            curve[-1] = math.nan
        yield Run(number, params, state, curve)


def _curve(draw: Random, params: Params, steps: int) -> list[float]:
    """A loss that falls towards what the parameters are good for, with noise."""
    rate, units = math.log10(_number(params, "learning_rate")), math.log2(_number(params, "hidden_units"))
    floor = 0.05 + 0.04 * (rate + 2.5) ** 2 + 0.3 * (_number(params, "dropout") - 0.25) ** 2 + 0.02 * (8 - units) ** 2
    floor += {"adam": 0.0, "rmsprop": 0.03, "sgd": 0.08}[str(params["optimizer"])] + draw.uniform(0.0, 0.02)
    speed = 0.2 + 0.1 * (rate + 5.0)
    return [floor + 2.3 * math.exp(-speed * step) + draw.uniform(0.0, 0.01) for step in range(1, steps + 1)]


def _number(params: Params, name: str) -> float:
    return float(params[name] or 0)
