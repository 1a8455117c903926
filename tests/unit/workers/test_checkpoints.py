import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from trainings import trial_run

from hpsearch.errors import CheckpointNotFound
from hpsearch.study import Direction
from hpsearch.trial import Checkpoint
from hpsearch_workers import checkpoints
from hpsearch_workers.checkpoints import BestWeights
from hpsearch_workers.objective import Outcome


def weights(number=0):
    return {
        "params": {"layers.0.kernel": np.full((2, 3), number, np.float32)},
        "stats": {},
        "shape": np.array([8, 8, 1]),
    }


def offer(store, number, value, study="s", direction=Direction.MINIMIZE, given=True):
    trial = trial_run(study=study, number=number, direction=direction)
    return store.offer(trial, Outcome((value,), best_step=number + 1, weights=weights(number) if given else None))


def stored(root):
    return sorted(str(path.relative_to(root)) for path in root.glob("*/*"))


def test_weights_are_read_as_they_were_written(tmp_path):
    checkpoints.save(tmp_path / "s" / "0-1", weights(7))
    read = checkpoints.load(tmp_path / "s" / "0-1")
    assert read["stats"] == {}
    np.testing.assert_array_equal(read["params"]["layers.0.kernel"], weights(7)["params"]["layers.0.kernel"])
    np.testing.assert_array_equal(read["shape"], [8, 8, 1])


def test_a_checkpoint_replaces_an_older_one_and_leaves_nothing_beside_it(tmp_path):
    folder = tmp_path / "s" / "0-1"
    (folder.with_name(".0-1.partial")).mkdir(parents=True)  # of a process that was killed
    for number in (1, 2):
        checkpoints.save(folder, weights(number))
    assert checkpoints.load(folder)["params"]["layers.0.kernel"][0, 0] == 2
    assert stored(tmp_path) == ["s/0-1"]


def test_threads_may_write_and_read_at_the_same_time(tmp_path):
    def there_and_back(number):
        folder = tmp_path / "s" / f"{number}-1"
        checkpoints.save(folder, weights(number))
        return checkpoints.load(folder)["params"]["layers.0.kernel"][0, 0]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(there_and_back, range(24))) == list(range(24))


def test_the_name_appears_when_the_checkpoint_is_complete(tmp_path, monkeypatch):
    folder = tmp_path / "s" / "0-1"
    synced = []

    def crash(path):
        synced.append(path)
        raise OSError("the power went")

    monkeypatch.setattr(checkpoints, "_sync", crash)
    with pytest.raises(OSError, match="the power went"):
        checkpoints.save(folder, weights())
    assert synced
    assert not folder.exists()


@pytest.mark.parametrize("damage", ["arrays/manifest.ocdbt", "arrays/_METADATA"])
def test_a_damaged_checkpoint_is_not_found(tmp_path, damage):
    folder = tmp_path / "s" / "0-1"
    checkpoints.save(folder, weights())
    (folder / damage).write_bytes(b"{")
    with pytest.raises(CheckpointNotFound, match="are damaged"):
        checkpoints.load(folder)


def test_a_missing_checkpoint_is_not_found(tmp_path):
    with pytest.raises(CheckpointNotFound, match="no weights at"):
        checkpoints.load(tmp_path / "s" / "0-1")


@pytest.mark.parametrize("ref", ["../x", "/etc", "s/../../x", ".", ""])
def test_a_ref_does_not_lead_out_of_the_folder(tmp_path, ref):
    with pytest.raises(CheckpointNotFound):
        checkpoints.locate(tmp_path / "root", ref)
    assert checkpoints.locate(tmp_path, "s/0-1") == (tmp_path / "s" / "0-1").resolve()


def test_a_ref_does_not_lead_out_by_links(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside" / "0-1"
    checkpoints.save(outside, weights())
    (root / "s").mkdir(parents=True)
    (root / "s" / "0-1").symlink_to(outside)
    (root / "t").symlink_to(outside.parent)
    for ref in ("s/0-1", "t/0-1", "t/0-1/../0-1", str(outside)):
        with pytest.raises(CheckpointNotFound, match="names no checkpoint below"):
            checkpoints.locate(root, ref)
    (root / "circle").symlink_to(root / "circle")
    for ref in ("circle/x", "a\0b"):
        with pytest.raises(CheckpointNotFound):
            checkpoints.load(checkpoints.locate(root, ref))


@pytest.mark.parametrize("inside", ["arrays", "arrays/manifest.ocdbt"])
def test_links_in_a_checkpoint_are_not_followed(tmp_path, inside):
    folder = tmp_path / "s" / "0-1"
    checkpoints.save(folder, weights())
    assert checkpoints.load(folder) is not None
    (folder / inside).rename(tmp_path / "moved")
    (folder / inside).symlink_to(tmp_path / "moved")
    with pytest.raises(CheckpointNotFound, match="are damaged"):
        checkpoints.load(folder)


def test_the_best_trials_are_kept_and_the_others_fall_out(tmp_path):
    store = BestWeights(tmp_path, keep=2)
    assert offer(store, 0, 0.5) == Checkpoint("s/0-1", 1)
    assert offer(store, 1, 0.3) == Checkpoint("s/1-1", 2)
    assert offer(store, 2, 0.5) is None  # as good as the worst that is kept
    assert offer(store, 3, 0.4) == Checkpoint("s/3-1", 4)
    assert stored(tmp_path) == ["s/1-1", "s/3-1"]


def test_more_is_better_when_maximising(tmp_path):
    store = BestWeights(tmp_path, keep=1)
    for number, value in enumerate([0.5, 0.9, 0.7]):
        offer(store, number, value, direction=Direction.MAXIMIZE)
    assert stored(tmp_path) == ["s/1-1"]


def test_studies_do_not_displace_each_other(tmp_path):
    store = BestWeights(tmp_path, keep=1)
    offer(store, 0, 0.1, study="a")
    offer(store, 0, 0.9, study="b")
    assert stored(tmp_path) == ["a/0-1", "b/0-1"]


@pytest.mark.parametrize(("keep", "value", "given"), [(0, 0.1, True), (1, math.nan, True), (1, 0.1, False)])
def test_what_is_not_kept(tmp_path, keep, value, given):
    assert offer(BestWeights(tmp_path, keep), 0, value, given=given) is None
    assert stored(tmp_path) == []


def test_a_study_that_got_the_name_of_a_deleted_one_starts_anew(tmp_path):
    store = BestWeights(tmp_path, keep=1)
    for number, value in enumerate([0.9, 0.1]):
        offer(store, number, value)
    assert offer(store, 0, 0.5) == Checkpoint("s/0-1", 1)
    assert stored(tmp_path) == ["s/0-1"]


@pytest.mark.parametrize(("direction", "sign"), [(Direction.MINIMIZE, 1), (Direction.MAXIMIZE, -1)])
def test_of_trials_without_weights_the_best_so_far_lead(tmp_path, direction, sign):
    store = BestWeights(tmp_path, keep=1)
    found = [
        store.leads(trial_run(number=number, direction=direction), sign * value)
        for number, value in enumerate([0.5, 0.7, 0.5, 0.4, math.nan])
    ]
    assert found == [True, False, False, True, False]
    assert store.leads(trial_run(study="other", direction=direction), sign * 0.9)
    # No attempt ends twice: this is another study of the same name.
    assert store.leads(trial_run(number=1, direction=direction), sign * 0.6)


def test_nothing_leads_where_nothing_is_kept(tmp_path):
    assert not BestWeights(tmp_path, keep=0).leads(trial_run(), 0.1)
