import gzip
import sys
from pathlib import Path

import numpy as np
import pytest
from idx_files import idx

from hpsearch import objectives
from hpsearch.errors import InvalidSettings
from hpsearch_workers import data
from hpsearch_workers.data import source

FILES = source._MNIST_NAMES
NOWHERE = Path("/nonexistent")


def configured(**settings):
    return objectives.get("flax/mlp").configure({"data": settings}, {}).data


@pytest.fixture
def folder(tmp_path):
    """40 images of 2 x 3 pixels that train, 10 that test; image n is full of n."""
    images = np.broadcast_to(np.arange(50)[:, None, None], (50, 2, 3))
    labels = np.arange(50) % 5
    for part, rows in (("train", slice(40)), ("test", slice(40, None))):
        (tmp_path / FILES[f"{part}_images"]).write_bytes(idx(images[rows]))
        (tmp_path / (FILES[f"{part}_labels"] + ".gz")).write_bytes(gzip.compress(idx(labels[rows])))
    return tmp_path


def numbers(samples):
    return set(samples.inputs[:, 0, 0, 0].tolist())


def test_digits_are_split_in_three():
    settings = configured(name="digits", test=0.2, validation=0.25)
    split, sealed = data.training_data(settings, NOWHERE), data.test_data(settings, NOWHERE)
    assert split.train.inputs.shape[1:] == (8, 8, 1)
    assert split.classes == 10
    total = 1797
    assert len(sealed) == round(0.2 * total)
    assert len(split.validation) == round(0.25 * total)
    assert len(split.train) + len(split.validation) + len(sealed) == total
    for part in (split.train, split.validation, sealed):
        shares = np.bincount(part.labels) / len(part)
        assert abs(shares - 0.1).max() < 0.01
    rows = np.concatenate([part.inputs.reshape(len(part), -1) for part in (split.train, split.validation, sealed)])
    assert len(np.unique(rows, axis=0)) == total
    assert (rows.min(), rows.max()) == (0, 16)


def test_digits_need_no_import_of_sklearn(monkeypatch):
    monkeypatch.delitem(sys.modules, "sklearn", raising=False)
    data.training_data(configured(name="digits", split_seed=77), NOWHERE)
    assert "sklearn" not in sys.modules


def test_the_split_follows_from_its_seed():
    first, again, other = (data.test_data(configured(name="digits", split_seed=seed), NOWHERE) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.inputs, again.inputs)
    assert (first.inputs != other.inputs).any()


def test_a_folder_with_mnists_names(folder):
    settings = configured(name="idx", path=str(folder), validation={"last": 10}, train={"first": 20})
    split = data.training_data(settings, folder.parent)
    assert numbers(split.train) == set(range(20))
    assert numbers(split.validation) == set(range(30, 40))
    assert split.train.labels.tolist() == [n % 5 for n in range(20)]
    assert numbers(data.test_data(settings, folder.parent)) == set(range(40, 50))


def test_relative_paths_are_below_the_root(folder):
    settings = configured(name="idx", path=folder.name)
    assert len(data.training_data(settings, folder.parent).validation) == 8


def test_single_files(folder):
    files = {name: FILES[name] + (".gz" if "labels" in name else "") for name in ("train_images", "train_labels")}
    assert len(data.training_data(configured(name="idx", **files), folder).train) == 32


def test_a_search_does_not_touch_the_test_files(folder):
    (folder / FILES["test_images"]).unlink()
    settings = configured(name="idx", path=str(folder))
    data.training_data(settings, folder.parent)
    with pytest.raises(InvalidSettings, match="t10k-images-idx3-ubyte"):
        data.test_data(settings, folder.parent)


def refused(settings, root):
    with pytest.raises(InvalidSettings) as caught:
        data.training_data(configured(**settings), root)
    (problem,) = caught.value.fields
    return problem.field, problem.message


def test_missing_files_are_named(folder):
    field, message = refused({"name": "idx", "path": "mnist"}, folder)
    assert field == "settings.data.path"
    assert "mnist/train-images-idx3-ubyte (nor with .gz); relative paths are below HPSEARCH_DATA" in message
    field, message = refused({"name": "idx", "path": str(folder), "train_labels": str(folder / "none")}, folder.parent)
    assert field == "settings.data.train_labels"
    assert message == f"there is no file {folder / 'none'}"


def test_a_file_of_another_kind_is_named(folder):
    labels = FILES["train_images"]
    field, message = refused({"name": "idx", "path": str(folder), "train_labels": labels}, folder)
    assert field == "settings.data.train_labels"
    assert "magic number" in message


def test_images_and_labels_must_be_as_many(folder):
    files = {"train_images": FILES["train_images"], "train_labels": FILES["test_labels"] + ".gz"}
    assert refused({"name": "idx", **files}, folder) == (
        "settings.data.train_labels",
        "must have a label for each of the 40 images, got 10",
    )


def test_the_pool_is_all_but_the_test_files(folder):
    pool = data.pooled_data(configured(name="idx", path=str(folder)), folder.parent)
    assert pool.inputs[:, 0, 0, 0].tolist() == list(range(40))
    first = configured(name="idx", path=str(folder), train={"first": 7})
    assert len(data.pooled_data(first, folder.parent)) == 7
    with pytest.raises(InvalidSettings, match=r"settings\.data\.train\.first: must be at most 40"):
        data.pooled_data(configured(name="idx", path=str(folder), train={"first": 41}), folder.parent)


@pytest.mark.parametrize("given", ["/etc", "..", "../other", "mnist/../../x", "/nonexistent/../etc", "~root/../.."])
def test_a_study_names_nothing_outside_the_root(folder, given):
    for settings in ({"path": given}, {"path": folder.name, "train_images": given}):
        field, message = refused({"name": "idx", **settings}, folder.parent)
        assert field == f"settings.data.{list(settings)[-1]}"
        assert message.startswith(f"must lie below this worker's HPSEARCH_DATA, {folder.parent}, got ")


def test_links_below_the_root_are_followed(folder, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "mnist").symlink_to(folder)
    assert len(data.training_data(configured(name="idx", path="mnist"), root).validation) == 8
