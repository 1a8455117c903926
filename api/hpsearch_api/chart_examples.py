"""The examples of charts in the API's document: three trials of a small study, of which the second was pruned."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_STATES = ["completed", "pruned", "completed"]
_LINE = {"x": [0.0, 2.0], "y": [0.31, 0.087]}
_AXES: dict[str, dict[str, Any]] = {
    "x": {
        "name": "learning_rate",
        "low": 1e-4,
        "high": 0.1,
        "is_log": True,
        "is_ordered": True,
        "centres": [1e-4, 0.1],
    },
    "y": {"name": "optimizer", "low": 0.0, "high": 1.0, "is_log": False, "is_ordered": False, "centres": [0.0, 1.0]},
}

CHARTS: Mapping[str, Any] = MappingProxyType(
    {
        "importance": {"objective": 0, "importances": {"learning_rate": 0.81, "optimizer": 0.19}},
        "history_chart": {
            "number": [0, 1, 2],
            "x": [0.0, 1.0, 2.0],
            "y": [0.31, 0.92, 0.087],
            "state": _STATES,
            "of": 3,
            "best": _LINE,
        },
        "slice_chart": {
            "parameter": "learning_rate",
            "number": [0, 1, 2],
            "x": [0.0004, 0.08, 0.0031],
            "y": [0.31, 0.92, 0.087],
            "state": _STATES,
            "of": 3,
        },
        "contour_chart": _AXES
        | {
            "values": [[None, 0.31], [0.087, None]],
            "number": [0, 2],
            "trial_x": [0.0004, 0.0031],
            "trial_y": [0.0, 1.0],
            "trial_value": [0.31, 0.087],
            "of": 2,
        },
        "rank_chart": {
            "number": [0, 2],
            "x": [0.0004, 0.0031],
            "y": [0.0, 1.0],
            "value": [0.31, 0.087],
            "rank": [1.0, 0.0],
            "of": 2,
        },
        "edf_chart": {"values": [0.087, 0.31], "shares": [[0.5, 1.0]]},
        "pareto_chart": {"number": [0, 2], "values": [[0.31, 0.087]], "is_best": [False, True], "of": 2},
        "curves_chart": {
            "curves": [{"number": 2, "state": "completed", "step": [1, 2, 3], "value": [0.9, 0.2, 0.087]}],
            "of": 3,
            "metrics": ["train_loss", "val_accuracy"],
        },
        "trial_curves": {
            "step": [1, 2, 3],
            "attempt": [1, 1, 2],
            "columns": {"val_loss": [0.9, 0.2, 0.087], "learning_rate": [0.1, None, 0.05]},
            "of": 3,
        },
        "trial_advice": {
            "advice": [
                {
                    "code": "plateau",
                    "severity": "hint",
                    "title": "The curve begins with a plateau",
                    "detail": "val_loss is near 2.3 from step 1 to step 20 of 60, and falls to 0.4 after that.",
                    "action": "Raise the learning rate.",
                    "parameter": None,
                    "count": 1,
                    "trials": [17],
                    "space": None,
                }
            ]
        },
        "costs": {
            "device_seconds": 81.5,
            "seconds": 96.2,
            "spent": [
                {"end": "completed", "count": 14, "device_seconds": 78.0, "seconds": 88.0},
                {"end": "expired", "count": 1, "device_seconds": 0.0, "seconds": 8.2},
                {"end": None, "count": 4, "device_seconds": 3.5, "seconds": 0.0},
            ],
            "saved_steps": 310,
            "saved_device_seconds": 42.7,
        },
        "timeline_chart": {
            "trial": [18, 17],
            "attempt": [1, 1],
            "worker": ["gpu-7.0", "gpu-7.0"],
            "host": ["gpu-7", "gpu-7"],
            "started": [1795167005.0, 1795167000.0],
            "ended": [None, 1795167005.0],
            "end": [None, "completed"],
            "decision": ["continue", "continue"],
            "reason": [None, None],
        },
        "rungs_chart": {
            "rungs": [{"rung": 1, "reached": 18, "stopped": 11, "least": 0.41, "greatest": 2.3, "bar": 0.52}]
        },
        "advice": {
            "advice": [
                {
                    "code": "bound_crowded",
                    "severity": "warning",
                    "title": "The best trials crowd the upper bound of hidden_units",
                    "detail": "9 of the 10 best trials are in the upper tenth of its range.",
                    "action": "Search up to 512.",
                    "parameter": "hidden_units",
                    "count": 9,
                    "trials": [2, 5, 7],
                    "space": {"hidden_units": {"type": "int", "low": 16, "high": 512, "log": True}},
                }
            ]
        },
        "compare": {
            "studies": ["seed-1", "seed-2"],
            "lines": [_LINE, {"x": [1.0, 2.0], "y": [0.4, 0.12]}],
            "spread": {
                "x": [0.0, 1.0, 2.0],
                "lower": [0.31, 0.3325, 0.09525],
                "median": [0.31, 0.355, 0.1035],
                "upper": [0.31, 0.3775, 0.11175],
                "lines": [1, 2, 2],
            },
        },
    }
)
"""The JSON answer of success, by operation id."""
