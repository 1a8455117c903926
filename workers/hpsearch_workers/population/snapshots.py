"""Snapshots on disk: a trial in the middle of its training, as an Orbax checkpoint that any worker which sees the folder goes on from."""

import json
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from hpsearch.errors import CheckpointNotFound
from hpsearch.trial import Checkpoint
from hpsearch_workers import checkpoints
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.population.crew import Snapshot
from hpsearch_workers.population.engine import trainer_of
from hpsearch_workers.population.program import digest
from hpsearch_workers.population.trial import Progress, Trial

_FOLDER = ".running"
"""Below the study's folder of best weights; no trial is called so."""
_NAME = re.compile(r"\.?(?P<number>\d+)-(?P<attempt>\d+)\.")
"""Also of one that was never completed."""


@dataclass(frozen=True)
class Stored:
    """A snapshot that was read."""

    arrays: dict[int, Any]
    """The arrays of the lane, by their place in the order in which JAX flattens it. Orbax stores none that are empty."""
    progress: Progress


def ref_of(snapshot: Snapshot) -> str:
    """Its name below the root: by trial, attempt and step."""
    run, progress = snapshot.trial.run, snapshot.progress
    return f"{run.study}/{_FOLDER}/{run.number}-{run.attempt}.{progress.epoch}.{int(snapshot.lane.state.place)}"


def save(root: Path, snapshot: Snapshot) -> Checkpoint:
    """Stores it below `root`, complete before it has its name; raises OSError."""
    ref, progress = ref_of(snapshot), snapshot.progress
    about = {"program": digest(trainer_of(snapshot.trial)), "progress": asdict(progress)}
    arrays = {str(place): np.asarray(leaf) for place, leaf in enumerate(jax.tree.leaves(snapshot.lane)) if leaf.size}
    checkpoints.save(root / ref, {"about": np.frombuffer(json.dumps(about).encode(), np.uint8), "lane": arrays})
    return Checkpoint(ref, progress.epoch)


def load(root: Path, checkpoint: Checkpoint, trial: Trial) -> Stored:
    """Reads a snapshot of this trial; raises CheckpointNotFound that says why there is none to go on from."""
    folder = checkpoints.locate(root, checkpoint.ref)
    stored = checkpoints.load(folder)
    try:
        about = json.loads(np.asarray(stored["about"], np.uint8).tobytes())
        arrays = {int(place): array for place, array in stored["lane"].items()}
        progress = Progress(**about["progress"])
    except (KeyError, TypeError, ValueError):
        raise CheckpointNotFound(f"{checkpoint.ref} holds weights, not a training that can go on.") from None
    made = _NAME.match(folder.name)
    if (
        folder.parent != (root / trial.run.study / _FOLDER).resolve()
        or not made
        or int(made["number"]) != trial.run.number
    ):
        raise CheckpointNotFound(f"{checkpoint.ref} is of another trial.")
    if about["program"] != digest(trainer_of(trial)):
        raise CheckpointNotFound(f"{checkpoint.ref} is of another program, {about['program']}.")
    return Stored(arrays, progress)


def remove(root: Path, ref: str) -> None:
    """Removes a snapshot that nobody will go on from; what is no snapshot stays."""
    folder = root / ref
    if folder.parent.name == _FOLDER:
        shutil.rmtree(folder, ignore_errors=True)


def remove_all(root: Path, run: TrialRun) -> None:
    """Removes what this attempt of a trial left and those before it, whoever made them."""
    folder = root / run.study / _FOLDER
    for found in folder.iterdir() if folder.is_dir() else ():
        made = _NAME.match(found.name)
        if made and int(made["number"]) == run.number and int(made["attempt"]) <= run.attempt:
            shutil.rmtree(found, ignore_errors=True)
