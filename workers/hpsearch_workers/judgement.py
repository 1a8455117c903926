"""What a trained network makes of the samples that validate it, as artifacts: the confusion matrix, and the pictures that it gets wrong."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from hpsearch.wire.base import encode_number
from hpsearch_workers.population.network import Data

Array = NDArray[Any]

NEEDED = frozenset({"predicted", "probability", "loss"})
"""What an evaluation has to say of each sample."""
MOST_CLASSES = 100
"""A confusion matrix of more is not told."""
MOST_PICTURES = 16
PICTURE_BYTES = 96_000
"""Of all pictures together, before base64; an attempt's artifacts have 256 kB."""


def artifacts(data: Data, judged: Mapping[str, Array], step: int) -> dict[str, JsonValue]:
    """`confusion_matrix` and `mistakes` as docs/protocol.md has them; nothing of what does not classify samples.

    `judged` has arrays (folds, n_val) in the order of `data.validation`: what the networks of epoch `step` found. Samples must be a pair
    of inputs and labels, whole numbers from 0. Pictures are inputs (n, height, width) or (n, height, width, 1 or 3); of others only the
    matrix is told.
    """
    pair = data.samples
    if not set(judged) >= NEEDED or not isinstance(pair, tuple | list) or len(pair) != 2:
        return {}
    inputs, labels = (np.asarray(each) for each in pair)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        return {}
    present = data.validation >= 0
    rows = data.validation[present]
    found = {name: np.asarray(judged[name])[present] for name in NEEDED}
    told: dict[str, JsonValue] = {}
    expected, predicted = labels[rows], found["predicted"]
    classes = 1 + int(max(labels.max(), predicted.max(initial=0)))
    if min(expected.min(initial=0), predicted.min(initial=0)) >= 0 and classes <= MOST_CLASSES:
        matrix = np.zeros((classes, classes), int)
        np.add.at(matrix, (expected, predicted), 1)
        counts: list[JsonValue] = [[int(count) for count in row] for row in matrix]
        told["confusion_matrix"] = {"step": step, "samples": len(rows), "counts": counts}
    if inputs.ndim == 3:
        inputs = inputs[..., None]
    if inputs.ndim == 4 and inputs.shape[-1] in (1, 3):
        # A sample validates once in all folds together; of a single fold its place there is what people can look up.
        index = rows if len(data.validation) > 1 else np.arange(len(rows))
        told["mistakes"] = {"step": step, "samples": len(rows)} | _mistakes(inputs, rows, index, expected, found)
    return told


def _mistakes(
    inputs: Array, rows: Array, index: Array, expected: Array, found: Mapping[str, Array]
) -> dict[str, JsonValue]:
    wrong = np.flatnonzero(found["predicted"] != expected)
    shape = inputs.shape[1:]
    most = min(MOST_PICTURES, PICTURE_BYTES // int(np.prod(shape)))
    worst = wrong[np.argsort(-found["loss"][wrong], kind="stable")][:most]
    low, high = float(inputs.min()), float(inputs.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    pixels = np.rint((inputs[rows[worst]].astype(np.float64) - low) * scale).astype(np.uint8)
    items: list[JsonValue] = [
        {
            "index": int(index[place]),
            "label": int(expected[place]),
            "predicted": int(found["predicted"][place]),
            "probability": _number(found["probability"][place]),
            "loss": _number(found["loss"][place]),
            "pixels": b64encode(picture.tobytes()).decode(),
        }
        for place, picture in zip(worst, pixels, strict=True)
    ]
    return {"wrong": len(wrong), "shape": list(shape), "items": items}


def _number(value: Any) -> JsonValue:
    return encode_number(float(f"{float(value):.6g}"))
