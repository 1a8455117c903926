"""Our side: hpsearch's worker trains each configuration; trials of one shape share a compiled program."""

from functools import partial

from fitting.task import SETTINGS, Measured, timed
from hpsearch.study import Direction
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.training import run


def search(configurations: list[dict[str, float]]) -> Measured:
    """Trains each configuration as a worker does, reporting after every epoch."""

    def train(number: int, configuration: dict[str, float]) -> float:
        losses = []
        trial = TrialRun(
            study="benchmark",
            objective="flax/mlp",
            number=number,
            attempt=1,
            params=configuration,
            settings=SETTINGS,
            seed=number,
            metric="val_loss",
            direction=Direction.MINIMIZE,
            reporter=lambda step, value, metrics: losses.append(value),
        )
        run(trial)
        return losses[-1]

    return timed("hpsearch, one program", [partial(train, *each) for each in enumerate(configurations)])
