"""A search with Optuna: trials one after the other, each reporting after every epoch."""

from collections.abc import Callable, Iterable

import optuna

from fitting.measured import Measured, timed
from fitting.task import SPACE, Configuration

Train = Callable[[Configuration, int], Iterable[float]]
"""Trains a configuration with this seed; its validation loss after every epoch."""


def search(name: str, train: Train, configurations: list[Configuration]) -> Measured:
    """Trains these configurations as trials of one study."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    for configuration in configurations:
        study.enqueue_trial(configuration)

    def objective(trial: optuna.Trial) -> float:
        chosen = {
            parameter: trial.suggest_float(parameter, low, high, log=log)
            for parameter, (low, high, log) in SPACE.items()
        }
        for epoch, loss in enumerate(train(chosen, trial.number)):
            trial.report(loss, epoch)
        return loss

    seconds, _ = timed(lambda: study.optimize(objective, n_trials=len(configurations)))
    return Measured(name, 0.0, seconds, [trial.value for trial in study.trials])
