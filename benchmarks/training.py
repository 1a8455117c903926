"""Trials a second of a worker's training, in lanes of one compiled program, against the loops that Optuna's users write.

All sides train the same network on the same samples with configurations of the same random search (learning rate, weight decay,
dropout), report after every epoch, and keep no compiled programs on disk. `mnist-mlp` and `mnist-cnn` look for the folder `mnist` of
IDX files below HPSEARCH_DATA. PyTorch is no dependency: `uv pip install --group benchmark` brings it.

    python benchmarks/training.py [--data digits|mnist-mlp|mnist-cnn] [--trials N] [--slow-trials N] [--lanes K ...] [--json]
"""

import argparse
import json
import os
import platform
from collections.abc import Iterator
from importlib.util import find_spec
from statistics import mean, stdev
from typing import Any

os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"

import jax
from fitting import flax_loop, population, served
from fitting.measured import Measured
from fitting.task import TASKS, Task, configurations
from rich.console import Console
from rich.table import Table
from serving.server import quiet

NO_TORCH = "PyTorch is not installed: uv pip install --group benchmark"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=list(TASKS), default="digits", help="network and data (digits)")
    parser.add_argument("--trials", type=int, default=200, help="trials of our sides (200)")
    parser.add_argument("--slow-trials", type=int, default=20, help="trials of the other sides (20)")
    parser.add_argument("--lanes", type=int, nargs="+", default=[4, 16, 64], help="lane counts to measure (4 16 64)")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args()
    quiet()
    jax.block_until_ready(jax.numpy.zeros(()) + 1)  # starting jax is on no side
    task = TASKS[given.data]
    chosen, probe_seconds = population.chosen_lanes(task, configurations(given.trials))
    sides = list(measure(task, given, chosen))
    if given.json:
        document = {"task": task.name, "machine": machine(), "chosen_lanes": chosen, "probe_seconds": probe_seconds}
        print(json.dumps(document | {"sides": [side.row() | compared(side, sides[0]) for side in sides]}, indent=2))
        return
    show(task, sides)
    Console().print(f"a worker chooses {chosen} lanes; its probe takes {probe_seconds:.1f} s, once on a device")
    if not find_spec("torch"):
        Console().print(NO_TORCH)


def measure(task: Task, given: argparse.Namespace, chosen: int) -> Iterator[Measured]:
    """Side by side; the first is what all are compared with."""
    few, many = configurations(given.slow_trials), configurations(given.trials)
    yield flax_loop.search(task, few)
    if find_spec("torch"):
        from fitting import torch_loop

        yield torch_loop.search(task, few)
    if task.filters:
        yield population.search(task, few, 1, native=True)
    for lanes in (1, *given.lanes):
        yield population.search(task, many, lanes)
    yield served.search(task, many, chosen)


def compared(side: Measured, first: Measured) -> dict[str, Any]:
    """How many times as many trials a second, and by how much the losses of the same configurations differ on average."""
    differences = [ours - theirs for theirs, ours in zip(first.losses, side.losses, strict=False)]
    return {
        "ratio": side.rate / first.rate,
        "val_loss_difference": mean(differences),
        "standard_error": stdev(differences) / len(differences) ** 0.5,
    }


def show(task: Task, sides: list[Measured]) -> None:
    table = Table(title=f"{task.name}, {task.epochs} epochs, on {machine()}")
    for heading in ("", "trials", "startup", "trials/s", "once compiled", "ratio", "val loss", "difference"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for side in sides:
        beside = compared(side, sides[0])
        table.add_row(
            side.name,
            str(len(side.losses)),
            f"{side.startup:.1f} s",
            f"{side.rate:.2f}",
            f"{side.rate_once_compiled:.2f}",
            f"{beside['ratio']:.1f} x",
            f"{mean(side.losses):.4f}",
            f"{beside['val_loss_difference']:+.4f} +- {beside['standard_error']:.4f}",
        )
    Console(width=150).print(table)


def machine() -> str:
    """What it ran on."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} x {platform.machine()} {jax.devices()[0].device_kind}, jax {jax.__version__}, load average {load:.1f} after"


if __name__ == "__main__":
    main()
