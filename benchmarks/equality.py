"""Whether trials come out of lanes as they come out alone: the same random trials of a network on scikit-learn's digits, by number of lanes.

No pruner, the same configurations and seeds. Between programs of different numbers of lanes only rounding differs; a training amplifies it,
so that single losses differ in the end, and their distribution must not: p of the two-sample test of Kolmogorov and Smirnov.

    python benchmarks/equality.py [--trials N] [--lanes K ...] [--json]
"""

import argparse
import json
import os
import sys
from typing import Any

os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"

import numpy as np
from fitting import population
from fitting.task import TASKS, configurations
from rich.console import Console
from rich.table import Table
from scipy.stats import ks_2samp

LEAST_P = 0.01


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200, help="random trials (200)")
    parser.add_argument("--lanes", type=int, nargs="+", default=[4, 16, 64], help="lane counts (4 16 64)")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args()
    rows = measure(given.trials, given.lanes)
    if given.json:
        print(json.dumps(rows, indent=2))
    else:
        show(rows, given.trials)
    return int(any(row["p"] <= LEAST_P for row in rows))


def measure(trials: int, lane_counts: list[int]) -> list[dict[str, Any]]:
    """For each number of lanes, how its losses compare with those of trials alone."""
    task, chosen = TASKS["digits"], configurations(trials)
    alone = np.array(population.search(task, chosen, 1).losses)
    rows = []
    for lanes in lane_counts:
        losses = np.array(population.search(task, chosen, lanes).losses)
        differences = np.abs(losses - alone)
        found = ks_2samp(alone, losses)
        rows.append(
            {
                "lanes": lanes,
                "mean_alone": alone.mean(),
                "mean": losses.mean(),
                "median_difference": float(np.median(differences)),
                "greatest_difference": differences.max(),
                "statistic": float(found.statistic),
                "p": float(found.pvalue),
            }
        )
    return rows


def show(rows: list[dict[str, Any]], trials: int) -> None:
    table = Table(
        title=f"{trials} random trials, {TASKS['digits'].epochs} epochs: validation losses in lanes and alone"
    )
    for heading in ("lanes", "mean", "mean alone", "difference, median", "greatest", "KS statistic", "p"):
        table.add_column(heading, justify="right")
    for row in rows:
        means = [f"{row[name]:.5f}" for name in ("mean", "mean_alone")]
        differences = [f"{row[name]:.2g}" for name in ("median_difference", "greatest_difference")]
        table.add_row(str(row["lanes"]), *means, *differences, f"{row['statistic']:.3f}", f"{row['p']:.3f}")
    Console(width=120).print(table)


if __name__ == "__main__":
    sys.exit(main())
