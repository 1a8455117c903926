import dataclasses
import math

import jax
import numpy as np
import pytest
from populations import Crew, engine, trial

from hpsearch.errors import CheckpointNotFound
from hpsearch.trial import Checkpoint
from hpsearch_workers import checkpoints
from hpsearch_workers.population import snapshots
from hpsearch_workers.population.engine import trainer_of
from hpsearch_workers.population.lane import Samples
from hpsearch_workers.population.program import program


@pytest.fixture(scope="module")
def snapshot():
    """Of trial 3 in the middle of its training; it has an empty array, and a metric that is not finite."""
    one = trial(3, max_epochs=1000)
    hyper = one.training.hyper | {"nothing": np.zeros((0,), np.int32)}
    one.training = dataclasses.replace(one.training, hyper=hyper)
    running = engine(Crew())
    running.add(one, None, None)
    for _ in range(3):
        running.work()
    [found] = running.snapshots()
    found.progress.best["odd"] = math.inf
    return found


def test_a_snapshot_is_read_as_it_was_written(snapshot, tmp_path):
    checkpoint = snapshots.save(tmp_path, snapshot)
    assert checkpoint.step == snapshot.progress.epoch > 0
    assert checkpoint.ref.startswith("s/.running/3-1.")
    stored = snapshots.load(tmp_path, checkpoint, snapshot.trial)
    assert stored.progress == snapshot.progress
    training = snapshot.trial.training
    data = Samples(training.data.samples, training.data.train, training.data.validation)
    lane = program(trainer_of(snapshot.trial), 1, training.hyper, data).lane_of(stored.arrays)
    assert jax.tree.structure(lane) == jax.tree.structure(snapshot.lane)
    jax.tree.map(np.testing.assert_array_equal, lane, snapshot.lane)
    assert [leaf.dtype for leaf in jax.tree.leaves(lane)] == [leaf.dtype for leaf in jax.tree.leaves(snapshot.lane)]


def test_that_of_another_program_is_refused(snapshot, tmp_path):
    checkpoint = snapshots.save(tmp_path, snapshot)
    with pytest.raises(CheckpointNotFound, match="is of another program"):
        snapshots.load(tmp_path, checkpoint, trial(3, kind=1))


@pytest.mark.parametrize("ref", ["s/.running/4-1.1.0", "t/.running/3-1.1.0", "s/3-1.1.0"])
def test_that_of_another_trial_is_refused(snapshot, tmp_path, ref):
    checkpoint = snapshots.save(tmp_path, snapshot)
    (tmp_path / ref).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / checkpoint.ref).rename(tmp_path / ref)
    with pytest.raises(CheckpointNotFound, match="is of another trial"):
        snapshots.load(tmp_path, Checkpoint(ref, 1), snapshot.trial)


def test_weights_are_no_snapshot(snapshot, tmp_path):
    checkpoints.save(tmp_path / "s" / "3-1", {"w": np.zeros(3)})
    with pytest.raises(CheckpointNotFound, match="holds weights, not a training"):
        snapshots.load(tmp_path, Checkpoint("s/3-1", 1), snapshot.trial)


@pytest.mark.parametrize("ref", ["s/.running/3-1.1.0", "../elsewhere", ""])
def test_what_is_not_there_is_refused(snapshot, tmp_path, ref):
    with pytest.raises(CheckpointNotFound):
        snapshots.load(tmp_path, Checkpoint(ref, 1), snapshot.trial)


def test_what_is_damaged_is_refused(snapshot, tmp_path):
    checkpoint = snapshots.save(tmp_path, snapshot)
    files = [path for path in (tmp_path / checkpoint.ref / checkpoints.ARRAYS).rglob("*") if path.is_file()]
    largest = max(files, key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-1] + b"?")
    with pytest.raises(CheckpointNotFound, match="damaged"):
        snapshots.load(tmp_path, checkpoint, snapshot.trial)


def test_only_snapshots_are_removed(snapshot, tmp_path):
    checkpoint = snapshots.save(tmp_path, snapshot)
    checkpoints.save(tmp_path / "s" / "3-1", {"w": np.zeros(3)})
    for ref in (checkpoint.ref, "s/3-1", "s/.running/nowhere"):
        snapshots.remove(tmp_path, ref)
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == [".running", "3-1"]
    assert list((tmp_path / "s" / ".running").iterdir()) == []


def test_a_trial_that_is_over_leaves_none(snapshot, tmp_path):
    kept = ["13-1.2.0", "3-3.4.0", "33-1.1.1"]
    for name in [*kept, "3-1.4.0", "3-2.5.1", ".3-2.6.0.partial"]:
        (tmp_path / "s" / ".running" / name).mkdir(parents=True)
    snapshots.remove_all(tmp_path, dataclasses.replace(snapshot.trial.run, attempt=2))
    assert sorted(path.name for path in (tmp_path / "s" / ".running").iterdir()) == kept
    snapshots.remove_all(tmp_path / "nowhere", snapshot.trial.run)
