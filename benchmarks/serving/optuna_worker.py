"""`python optuna_worker.py URL STUDY SAMPLER`: one worker process as Optuna's documentation has it.

It imports, prints `ready`, and does what each line on stdin says: `ask` times one ask; `run SECONDS` asks and tells for so long and
prints the number of trials. The study is loaded at the first line.
"""

import logging
import sys
import time
from typing import Any


def suggest_four(trial: Any) -> float:
    """The space of serving.load; the value is one of the parameters, as there."""
    trial.suggest_float("learning_rate", 1e-5, 1e-1, log=True)
    momentum = trial.suggest_float("momentum", 0.0, 0.99)
    trial.suggest_int("hidden_units", 16, 512, log=True)
    trial.suggest_categorical("optimizer", ["sgd", "adam", "rmsprop"])
    return float(momentum)


def suggest_ten(trial: Any) -> float:
    """The space of serving.long_study."""
    return sum(trial.suggest_float(f"x{number}", -5.0, 5.0) ** 2 for number in range(10))


SUGGEST = {"random": suggest_four, "tpe": suggest_ten}


def work(url: str, study: str, sampler: str) -> None:
    """One worker process."""
    import optuna

    optuna.logging.set_verbosity(logging.ERROR)
    suggest = SUGGEST[sampler]
    print("ready", flush=True)
    loaded: optuna.Study | None = None
    for line in sys.stdin:
        began = time.perf_counter()
        if loaded is None:
            chosen = optuna.samplers.RandomSampler() if sampler == "random" else optuna.samplers.TPESampler()
            loaded = optuna.load_study(study_name=study, storage=url, sampler=chosen)
        if line.startswith("ask"):
            suggest(loaded.ask())
            print(time.perf_counter() - began, flush=True)
            continue
        seconds = float(line.split()[1])
        trials = 0
        while time.perf_counter() - began < seconds:
            trial = loaded.ask()
            loaded.tell(trial, suggest(trial))
            trials += 1
        print(trials, flush=True)


if __name__ == "__main__":
    work(*sys.argv[1:])
