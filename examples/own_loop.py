"""A loop of one's own: no worker process, trials come to this program, and it trains them as it likes.

Start a server with `hpsearch serve`, then run this. Any number of copies may run at the same time, on any machines that reach it.
"""

import math

from hpsearch.client import Client

STUDY = {
    "name": "own-loop",
    "objective": "own_loop:train",  # any name module:function; nothing imports it
    "metric": "loss",
    "space": {
        "x": {"type": "float", "low": -4.0, "high": 4.0},
        "y": {"type": "float", "low": -4.0, "high": 4.0},
    },
    "sampler": {"name": "tpe", "seed": 7},
    "pruner": {"name": "median", "n_warmup_steps": 3},
    "budget": {"max_trials": 40},
}


def loss(x: float, y: float, step: int) -> float:
    """Stands for a training: it nears its end value with every step."""
    return (x - 1) ** 2 + (y + 2) ** 2 + math.exp(-step)


def main() -> None:
    """Searches until the study is finished, and prints the best trial."""
    with Client() as client:
        client.create_study(STUDY)  # with the same definition again it is the same study
        for trial in client.trials("own-loop"):
            # What leaves `with trial` ends the trial: the last value, the exception, or the decision of the server.
            with trial:
                for step in range(1, 11):
                    trial.report(step, loss(**trial.params, step=step))
        best = client.best("own-loop").trials[0]
        print(f"trial {best.number}: loss {best.value:.4f} at {best.params}")


if __name__ == "__main__":
    main()
