"""Writes a trained network for use elsewhere: `python -m hpsearch_workers.export --out DIR`.

Reads a job (hpsearch_workers.job) on standard input and writes DIR/weights, DIR/params.json and, of a built-in objective, DIR/predict.py.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from hpsearch import objectives, settings
from hpsearch_workers.checkpoints import load, save
from hpsearch_workers.job import Job, main, read
from hpsearch_workers.training.predictor import DESCRIPTION, WEIGHTS, Predictor

SCRIPT = Path(__file__).with_name("predict.py.txt")


def export(job: Job, options: settings.Settings, out: Path) -> None:
    """Writes the job's network to `out`; raises CheckpointNotFound, InvalidSettings, OSError."""
    weights = load(job.folder(options.checkpoints))
    if objectives.get(job.objective) is not None:
        Predictor(job.objective, job.settings, job.params, weights)  # it fits what it is described as
    save(out / WEIGHTS, weights)
    described = job.model_dump(include={"objective", "settings", "params", "seed"})
    (out / DESCRIPTION).write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    if objectives.get(job.objective) is not None:
        shutil.copyfile(SCRIPT, out / "predict.py")


def _run(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m hpsearch_workers.export", description=__doc__)
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder to write to")
    out = parser.parse_args(arguments).out
    export(read(sys.stdin), settings.load(), out)


if __name__ == "__main__":
    main(_run)
