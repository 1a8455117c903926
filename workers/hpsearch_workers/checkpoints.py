"""The best weights of a study's best trials, as Orbax checkpoints below HPSEARCH_CHECKPOINTS/<study>/<trial>-<attempt>.

A checkpoint is complete before it has its name: it is written beside it, synced, and renamed. No pickle is read or written.
"""

import json
import math
import os
import shutil
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from hpsearch.errors import CheckpointNotFound
from hpsearch.study import Direction
from hpsearch.trial import Checkpoint
from hpsearch_workers.objective import Outcome, TrialRun

ARRAYS = "arrays"
DIGESTS = "sha256.json"
"""The files of a checkpoint: what Orbax writes, and the digest of each of them."""

_orbax = threading.Lock()
"""Orbax numbers its operations by process: of two at the same time, one fails, or waits for the files of the other."""


@dataclass
class _Kept:
    """Of one study: the refs that are stored, best first, each with a value of which less is better; and all trials that were offered."""

    refs: list[tuple[float, str]] = field(default_factory=list)
    offered: set[str] = field(default_factory=set)
    least: float = math.inf
    """Of trials that have no weights."""


@dataclass
class BestWeights:
    """Keeps, below `root`, the weights of the best `keep` trials of each study that this process trained; others are removed.

    What other processes keep is theirs. Trials are ranked by the first objective; of equal ones the earlier stays.
    """

    root: Path
    keep: int
    _studies: dict[str, _Kept] = field(default_factory=dict, init=False)

    def wants(self, trial: TrialRun, value: float) -> bool:
        """Whether a trial of this (first) value would be kept now."""
        kept = self._studies.get(trial.study, _Kept())
        return len(kept.refs) < self.keep or bool(kept.refs and _rank(trial, value) < kept.refs[-1][0])

    def leads(self, trial: TrialRun, value: float) -> bool:
        """Whether a trial that has no weights is better than all such ones of its study before it, which this remembers."""
        rank, kept = _rank(trial, value), self._of(trial.study, _ref(trial))
        is_first = self.keep > 0 and rank < kept.least
        kept.least = rank if is_first else kept.least
        return is_first

    def offer(self, trial: TrialRun, outcome: Outcome) -> Checkpoint | None:
        """Stores the weights and names them; None when there are none, or `keep` trials of this study are as good. Raises OSError."""
        ref = _ref(trial)
        rank = _rank(trial, outcome.values[0])
        kept = self._of(trial.study, ref)
        full = len(kept.refs) >= self.keep
        if outcome.weights is None or rank != rank or (full and not (kept.refs and rank < kept.refs[-1][0])):
            return None
        save(self.root / ref, outcome.weights)
        kept.refs.append((rank, ref))
        kept.refs.sort(key=lambda entry: entry[0])
        self._remove(kept.refs[self.keep :])
        del kept.refs[self.keep :]
        return Checkpoint(ref, outcome.best_step or 0)

    def _of(self, study: str, ref: str) -> _Kept:
        # No attempt ends twice: this is another study, which got the name of one that was deleted.
        if study in self._studies and ref in self._studies[study].offered:
            self._remove(self._studies.pop(study).refs)
        kept = self._studies.setdefault(study, _Kept())
        kept.offered.add(ref)
        return kept

    def _remove(self, fallen: list[tuple[float, str]]) -> None:
        for _, ref in fallen:
            shutil.rmtree(self.root / ref, ignore_errors=True)


def _ref(trial: TrialRun) -> str:
    return f"{trial.study}/{trial.number}-{trial.attempt}"


def _rank(trial: TrialRun, value: float) -> float:
    """Of two trials the one of less is better."""
    return value if trial.directions[0] is Direction.MINIMIZE else -value


def save(folder: Path, weights: Any) -> None:
    """Writes nested dicts of arrays as the checkpoint `folder`, in place of what was there; raises OSError."""
    import orbax.checkpoint as orbax

    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with _orbax, orbax.StandardCheckpointer() as checkpointer:
        checkpointer.save((partial / ARRAYS).absolute(), weights)
    (partial / DIGESTS).write_text(json.dumps(_digests(partial)), encoding="utf-8")
    for path in [*partial.rglob("*"), partial]:
        _sync(path)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    _sync(folder.parent)


def load(folder: Path) -> Any:
    """The nested dicts of NumPy arrays of a checkpoint; raises CheckpointNotFound where there is none, or it is damaged."""
    import orbax.checkpoint as orbax

    try:
        expected = json.loads((folder / DIGESTS).read_text(encoding="utf-8"))
        found = _digests(folder)
    except (OSError, ValueError):
        raise CheckpointNotFound(
            f"There are no weights at {folder}; they were not kept, or this host does not see that folder."
        ) from None
    # Looked at before Orbax: a restore that fails leaves callbacks behind that fail later, elsewhere.
    if found != expected:
        raise CheckpointNotFound(f"The weights at {folder} are damaged.")
    try:
        with _orbax, orbax.StandardCheckpointer() as checkpointer:
            return checkpointer.restore((folder / ARRAYS).absolute())
    except (OSError, ValueError) as error:  # removed meanwhile, or of another version of Orbax
        raise CheckpointNotFound(f"The weights at {folder} cannot be read: {error}") from None


def _digests(folder: Path) -> dict[str, str]:
    """By file; raises CheckpointNotFound where there are links: they lead elsewhere."""
    found = [folder / ARRAYS, *(folder / ARRAYS).rglob("*")]
    if any(path.is_symlink() for path in found):
        raise CheckpointNotFound(f"The weights at {folder} are damaged: there are links in them.")
    files = [path for path in found if path.is_file()]
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def locate(root: Path, ref: str) -> Path:
    """The folder that a checkpoint's ref names; raises CheckpointNotFound for one that leads out of `root`, by a link too."""
    try:
        folder = (root / ref).resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, U+0000
        raise CheckpointNotFound(f"{ref!r} is no path.") from None
    if not folder.is_relative_to(root.resolve()) or folder == root.resolve():
        raise CheckpointNotFound(f"{ref!r} names no checkpoint below {root}.")
    return folder


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
