"""From `settings.data` to arrays. The test samples leave this module by `test_data` alone, which no training calls."""

import os
from functools import lru_cache
from pathlib import Path

import numpy as np

from hpsearch.errors import InvalidSettings
from hpsearch.objectives.data import DigitsData, IdxData
from hpsearch_workers.data.digits import load_digits
from hpsearch_workers.data.idx import IdxError, read_idx
from hpsearch_workers.data.samples import Samples, TrainingData
from hpsearch_workers.data.split import split_off, training_split

_MNIST_NAMES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}


@lru_cache(maxsize=4)
def training_data(settings: DigitsData | IdxData, root: Path) -> TrainingData:
    """The samples that a search may see; all paths are below `root`. The split follows from the settings alone.

    Raises InvalidSettings that names the field where files or counts are wrong, OSError when a file cannot be read.
    """
    random = np.random.default_rng(settings.split_seed)
    if isinstance(settings, DigitsData):
        rest, _ = split_off(load_digits(), settings.test, random)
        # `validation` is a share of all digits; of the rest it is more.
        validation = (
            settings.validation / (1 - settings.test) if isinstance(settings.validation, float) else settings.validation
        )
        return training_split(rest, validation, settings.train, random)
    samples = _read_pair(settings, "train", root)
    return training_split(samples, settings.validation, settings.train, random)


@lru_cache(maxsize=4)
def pooled_data(settings: DigitsData | IdxData, root: Path) -> Samples:
    """All samples that a search may see, in the order of the file, for cross-validation; raises as `training_data` does."""
    if isinstance(settings, DigitsData):
        pool = split_off(load_digits(), settings.test, np.random.default_rng(settings.split_seed))[0]
    else:
        pool = _read_pair(settings, "train", root)
    if settings.train is None:
        return pool
    if settings.train.first > len(pool):
        raise InvalidSettings.at("settings.data.train.first", f"must be at most {len(pool)}, the samples there are")
    return pool.take(slice(settings.train.first))


def test_data(settings: DigitsData | IdxData, root: Path) -> Samples:
    """The sealed samples, for the one evaluation after the search; raises as `training_data` does."""
    if isinstance(settings, DigitsData):
        return split_off(load_digits(), settings.test, np.random.default_rng(settings.split_seed))[1]
    return _read_pair(settings, "test", root)


def _read_pair(settings: IdxData, part: str, root: Path) -> Samples:
    images, labels = (_read(settings, f"{part}_{kind}", rank, root) for kind, rank in (("images", 3), ("labels", 1)))
    if len(images) != len(labels):
        field, _ = _locate(settings, f"{part}_labels", root)
        raise InvalidSettings.at(field, f"must have a label for each of the {len(images)} images, got {len(labels)}")
    return Samples(images[..., None], labels.astype(np.int32))


def _read(settings: IdxData, name: str, rank: int, root: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    field, path = _locate(settings, name, root)
    try:
        return read_idx(path, rank)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise InvalidSettings.at(field, f"there is no file {path}{_hint(settings, name)}") from None
    except IdxError as error:
        raise InvalidSettings.at(field, f"{path} {error}") from None


def _locate(settings: IdxData, name: str, root: Path) -> tuple[str, Path]:
    """The field that says where a file is, and where that is: below `root`, as a study is not to read whatever the worker can."""
    given = getattr(settings, name)
    if given is not None:
        return f"settings.data.{name}", _below(root, given, f"settings.data.{name}")
    if settings.path is None:
        return f"settings.data.{name}", root
    plain = _below(root, settings.path, "settings.data.path") / _MNIST_NAMES[name]
    packed = plain.with_name(plain.name + ".gz")
    return "settings.data.path", packed if packed.exists() and not plain.exists() else plain


def _below(root: Path, given: str, field: str) -> Path:
    """`given` below `root`, links not followed: those below it are the choice of whoever keeps the folder."""
    folder, path = Path(os.path.abspath(root)), Path(os.path.abspath(root / given))  # noqa: PTH100  # resolve follows links
    if not path.is_relative_to(folder):
        raise InvalidSettings.at(field, f"must lie below this worker's HPSEARCH_DATA, {folder}, got {given}")
    return path


def _hint(settings: IdxData, name: str) -> str:
    relative = not Path(getattr(settings, name) or settings.path or "").is_absolute()
    return " (nor with .gz)" * (getattr(settings, name) is None) + "; relative paths are below HPSEARCH_DATA" * relative
