"""scikit-learn's digits, read from its package: importing sklearn.datasets takes seconds, the file itself milliseconds."""

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from hpsearch.errors import InvalidSettings
from hpsearch_workers.data.samples import Samples

_SIDE = 8  # pixels


def load_digits() -> Samples:
    """All 1,797 digits, 8 x 8 pixels from 0 to 16; raises InvalidSettings where scikit-learn is not installed."""
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise InvalidSettings.at(
            "settings.data.name", "digits needs scikit-learn; in a clone of hpsearch: pip install '.[worker]'"
        )
    packed = Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"
    text = gzip.decompress(packed.read_bytes()).decode("ascii")
    table = np.array([line.split(",") for line in text.split()], dtype=np.uint8)
    return Samples(table[:, :-1].reshape(-1, _SIDE, _SIDE, 1), table[:, -1].astype(np.int32))
