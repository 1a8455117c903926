"""Opens the sealed test data for one trained network: `python -m hpsearch_workers.evaluate --study-json -`.

Reads a job (hpsearch_workers.job) on standard input and writes {"metrics": {"test_loss": ..., "test_accuracy": ...}}.
"""

import argparse
import json
import sys

from hpsearch import settings
from hpsearch_workers import data
from hpsearch_workers.checkpoints import load
from hpsearch_workers.job import Job, main, read
from hpsearch_workers.training.predictor import Predictor


def evaluate(job: Job, options: settings.Settings) -> dict[str, float]:
    """Loss and accuracy of the job's network on the test samples; raises CheckpointNotFound, InvalidSettings, OSError."""
    predictor = Predictor(job.objective, job.settings, job.params, load(job.folder(options.checkpoints)))
    measured = predictor.evaluate(data.test_data(predictor.settings.data, options.data))
    return {f"test_{name}": value for name, value in measured.items()}


def _run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m hpsearch_workers.evaluate", description=__doc__)
    parser.add_argument("--study-json", required=True, choices=["-"], help="read the job from standard input")
    parser.parse_args(arguments)
    metrics = evaluate(read(sys.stdin), settings.load())
    sys.stdout.write(json.dumps({"metrics": metrics}) + "\n")


if __name__ == "__main__":
    main(_run)
