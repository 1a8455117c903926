"""Trials a second: a worker's training, whose trials share a compiled program, against Optuna with the usual Flax loop.

A 64-128-128-10 network on scikit-learn's digits, 20 epochs, random search over learning rate, weight decay and dropout; both sides
train the same configurations on the same samples and report after every epoch. Neither keeps compiled programs on disk.

    python benchmarks/training.py [--trials N] [--json]
"""

import argparse
import json
import os
import platform
from statistics import mean, stdev

os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"

import jax
from fitting import flax_loop, program_reuse
from fitting.task import configurations
from rich.console import Console
from rich.table import Table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20, help="trials of each side (20)")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    arguments = parser.parse_args()
    jax.block_until_ready(jax.numpy.zeros(()) + 1)  # starting jax is on neither side
    searched = configurations(max(arguments.trials, 2))
    sides = [flax_loop.search(searched), program_reuse.search(searched)]
    ratio = sides[1].rate / sides[0].rate
    differences = [ours - theirs for theirs, ours in zip(sides[0].losses, sides[1].losses, strict=True)]
    difference, error = mean(differences), stdev(differences) / len(differences) ** 0.5
    if arguments.json:
        document = {"sides": [side.row() for side in sides], "ratio": ratio, "machine": machine()}
        document |= {"val_loss_difference": difference, "standard_error": error}
        print(json.dumps(document, indent=2))
        return
    table = Table(title=f"{len(searched)} trials on {machine()}")
    for heading in ("", "trials/s", "first", "later", "val loss"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for row in (side.row() for side in sides):
        table.add_row(
            row["side"],
            f"{row['trials_per_second']:.2f}",
            f"{row['first_trial_seconds']:.2f} s",
            f"{row['later_trial_seconds']:.3f} s",
            f"{row['final_val_loss']:.4f}",
        )
    console = Console()
    console.print(table)
    console.print(f"{ratio:.1f} times as many trials a second, compilation included (goal: at least 5)")
    console.print(f"final validation loss: hpsearch - Optuna + Flax = {difference:+.4f}, standard error {error:.4f}")


def machine() -> str:
    """What it ran on."""
    return f"{os.cpu_count()} x {platform.machine()} {jax.devices()[0].device_kind}, jax {jax.__version__}"


if __name__ == "__main__":
    main()
