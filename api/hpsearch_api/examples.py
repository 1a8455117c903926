"""Examples in the OpenAPI document: of requests, and of answers by operation. Tests hold them against the document's schemas."""

from typing import Any

from hpsearch_api.chart_examples import CHARTS

Example = dict[str, Any]


def _named(**examples: tuple[str, Example]) -> dict[str, Any]:
    return {name: {"summary": summary, "value": value} for name, (summary, value) in examples.items()}


_TOKEN = "5f1c0c7e4b0f4a0e9f1f0a2d8c6b7e31"  # noqa: S105  # an example, valid nowhere
_TOKEN_VIEW = {
    "id": 2,
    "name": "gpu-nodes",
    "scope": "worker",
    "project": "vision",
    "studies": ["digits-mlp"],
    "created_at": "2026-11-21T09:00:00Z",
    "expires_at": "2026-12-21T09:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}
TOKEN_REQUEST = _named(
    worker=(
        "For the workers of one study, for 30 days",
        {
            "name": "gpu-nodes",
            "scope": "worker",
            "project": "vision",
            "studies": ["digits-mlp"],
            "expires_seconds": 2_592_000,
        },
    )
)
_PARAMS = {"learning_rate": 0.0031, "hidden_units": 128, "optimizer": "sgd", "momentum": 0.9}
_DEFINITION = {
    "name": "digits-mlp",
    "objective": "flax/mlp",
    "direction": "minimize",
    "metric": "val_loss",
    "space": {
        "learning_rate": {"type": "float", "low": 1e-4, "high": 1e-1, "log": True},
        "hidden_units": {"type": "int", "low": 16, "high": 256, "log": True},
        "optimizer": {"type": "categorical", "choices": ["sgd", "adam"]},
        "momentum": {"type": "float", "low": 0.0, "high": 0.99, "when": {"optimizer": ["sgd"]}},
    },
    "sampler": {"name": "tpe", "seed": 7},
    "pruner": {"name": "asha", "min_resource": 1, "reduction_factor": 3},
    "budget": {"max_trials": 100, "max_seconds": 600, "target_value": 0.05},
    "settings": {"data": {"name": "digits"}, "max_epochs": 50, "early_stopping": {"patience": 5, "min_delta": 0.0}},
}

STUDY = _named(
    tpe=("A TPE search of a small network", _DEFINITION),
    grid=(
        "A grid over the user's own objective",
        {
            "name": "my-grid",
            "objective": "my_package.train:objective",
            "space": {
                "depth": {"type": "int", "low": 1, "high": 4},
                "rate": {"type": "categorical", "choices": [0.1, 0.01, 0.001]},
            },
            "sampler": {"name": "grid"},
        },
    ),
)
PATCH = _named(
    pause=("Pause", {"state": "paused"}),
    extend=("Twice as many trials", {"budget": {"max_trials": 200}}),
    stop=("Stop", {"state": "finished"}),
    tag=("Other tags", {"tags": {"add": ["baseline"], "remove": ["draft"]}}),
)
ENQUEUE = _named(
    params=("Parameters of your own", {"request_id": "my-guess-1", "params": _PARAMS}),
    again=("A failed trial once more", {"request_id": "again-17", "from_trial": 17}),
)
ASK = _named(
    one=("One trial of any study", {"worker": "gpu-7.0", "request_id": "6f0f3a2c", "host": "gpu-7"}),
    batch=(
        "Up to 64 trials of two studies, waiting for them",
        {
            "worker": "gpu-7.0",
            "request_id": "6f0f3a2d",
            "count": 64,
            "studies": ["digits-mlp", "digits-cnn"],
            "objectives": ["flax/mlp", "flax/cnn"],
            "wait_seconds": 30,
            "host": "gpu-7",
        },
    ),
)
REPORT = _named(
    epoch=(
        "The loss after the third epoch",
        {"items": [{"lease": _TOKEN, "step": 3, "value": 0.412, "metrics": {"val_accuracy": 0.89}}]},
    ),
    diverged=("A loss that is not finite", {"items": [{"lease": _TOKEN, "step": 4, "value": "NaN"}]}),
)
TELL = _named(
    completed=(
        "Trained to the end",
        {
            "items": [
                {
                    "lease": _TOKEN,
                    "state": "completed",
                    "values": [0.087],
                    "metrics": {"val_accuracy": 0.975},
                    "best_step": 31,
                    "checkpoint": {"ref": "file:///checkpoints/digits-mlp/17-1", "step": 31},
                    "device_seconds": 4.2,
                }
            ]
        },
    ),
    failed=(
        "An exception in the training",
        {
            "items": [
                {
                    "lease": _TOKEN,
                    "state": "failed",
                    "error": {"reason": "exception", "message": "ValueError: shapes do not match"},
                }
            ]
        },
    ),
    released=("Given back", {"items": [{"lease": _TOKEN, "state": "released"}]}),
)
RENEW = _named(
    heartbeat=("A worker with one lease", {"worker": "gpu-7.0", "leases": [_TOKEN], "status": {"host": "gpu-7"}})
)
TEST_REQUEST = _named(best=("The best trial", {}), other=("Another trial", {"trial": 17}))
TEST_RESULT = _named(accuracy=("Loss and accuracy", {"metrics": {"test_loss": 0.091, "test_accuracy": 0.972}}))

_ASKED: Example = {
    "leases": [
        {
            "lease": _TOKEN,
            "study": "digits-mlp",
            "trial": 17,
            "attempt": 1,
            "params": _PARAMS,
            "seed": 182736455,
            "resume": None,
        }
    ],
    "studies": {
        "digits-mlp": {
            "objective": "flax/mlp",
            "settings": _DEFINITION["settings"],
            "metric": "val_loss",
            "direction": "minimize",
        }
    },
    "lease_seconds": 120.0,
    "renew_seconds": 30.0,
    "finished": False,
}
_REPORTED: Example = {"items": [{"lease": _TOKEN, "decision": "stop", "reason": "asha", "code": None}]}
_TOLD: Example = {"items": [{"lease": _TOKEN, "accepted": True, "trial_state": "completed", "code": None}]}
_RENEWED: Example = {
    "items": [{"lease": _TOKEN, "decision": "continue", "reason": None, "code": None}],
    "lease_seconds": 120.0,
}
_TRIAL_VIEW: Example = {
    "study": "digits-mlp",
    "number": 17,
    "state": "completed",
    "params": _PARAMS,
    "seed": 182736455,
    "values": [0.087],
    "metrics": {"val_accuracy": 0.975},
    "best_step": 31,
    "last_step": 36,
    "attempts": 1,
    "error": None,
    "reason": None,
    "checkpoint": {"ref": "file:///checkpoints/digits-mlp/17-1", "step": 31},
    "enqueued": False,
    "created_at": "2026-11-20T09:30:00Z",
    "started_at": "2026-11-20T09:30:00Z",
    "finished_at": "2026-11-20T09:30:05Z",
    "seq": 412,
}
_TRIAL_DETAIL: Example = _TRIAL_VIEW | {
    "history": [
        {
            "number": 1,
            "worker": "gpu-7.0",
            "host": "gpu-7",
            "started_at": "2026-11-20T09:30:00Z",
            "ended_at": "2026-11-20T09:30:05Z",
            "end": "completed",
            "decision": "continue",
            "decision_reason": None,
            "error": None,
            "best_step": 31,
            "device_seconds": 4.2,
            "trace": None,
        }
    ],
    "artifacts": ["log_tail"],
}
_STUDY_VIEW: Example = {
    "definition": _DEFINITION,
    "name": "digits-mlp",
    "state": "active",
    "reason": None,
    "reason_detail": None,
    "seed": 7,
    "counts": {"queued": 0, "running": 4, "paused": 0, "completed": 14, "pruned": 0, "failed": 0, "cancelled": 0},
    "grid_size": None,
    "best_trial": 17,
    "best_value": 0.087,
    "active_seconds": 81.5,
    "created_at": "2026-11-20T09:28:40Z",
    "updated_at": "2026-11-20T09:30:05Z",
    "seq": 412,
}
_TEST_RECORD: Example = {
    "id": 1,
    "trial": 17,
    "who": "admin",
    "at": "2026-11-20T10:00:00Z",
    "metrics": {"test_loss": 0.091, "test_accuracy": 0.972},
}
_REPORT_VIEW: Example = {
    "step": 3,
    "value": 0.412,
    "metrics": {"val_accuracy": 0.89},
    "attempt": 1,
    "at": "2026-11-20T09:30:01Z",
}
_EVENT: Example = {
    "attempt": 1,
    "from_state": "running",
    "to_state": "completed",
    "cause": "completed",
    "who": "gpu-7.0",
    "at": "2026-11-20T09:30:05Z",
    "seq": 412,
    "host": "gpu-7",
    "reason": None,
}
_STATUS: Example = {
    "host": "gpu-7",
    "device": "NVIDIA H200",
    "device_memory": [{"used_bytes": 91_268_055_040, "total_bytes": 150_754_820_096, "utilisation_percent": 71}],
    "lanes": 4,
    "busy": 2,
    "training": {"digits-mlp": [[18, 4], [19, 0]]},
    "window_seconds": 300.0,
    "occupancy": 0.82,
    "trials_per_minute": 5.4,
}
_WORKER: Example = {
    "name": "gpu-7.0",
    "status": _STATUS,
    "told": _STATUS,
    "open_leases": 2,
    "failed": 0,
    "completed_elsewhere": 0,
    "hosts": [{"host": "gpu-7", "failed": 1, "completed_elsewhere": 1, "suspicion": None}],
    "first_seen": "2026-11-20T09:28:51Z",
    "last_seen": "2026-11-20T09:30:05Z",
    "silent_seconds": 12.4,
    "is_silent": False,
}


def _page(item: Example, next_cursor: str | None = None) -> Example:
    return {"items": [item], "next_cursor": next_cursor}


ANSWERS: dict[str, Any] = {
    "ask": _ASKED,
    "report": _REPORTED,
    "tell": _TOLD,
    "renew": _RENEWED,
    "create_study": _STUDY_VIEW,
    "check_study": _DEFINITION,
    "list_studies": _page(_STUDY_VIEW) | {"counts": {"active": 1, "paused": 0, "finished": 4}},
    "get_study": _STUDY_VIEW,
    "patch_study": _STUDY_VIEW,
    "enqueue": _TRIAL_VIEW
    | {
        "state": "queued",
        "values": None,
        "metrics": {},
        "best_step": None,
        "last_step": None,
        "attempts": 0,
        "checkpoint": None,
        "enqueued": True,
        "started_at": None,
        "finished_at": None,
    },
    "best": {"trials": [_TRIAL_VIEW]},
    "list_trials": _page(_TRIAL_VIEW, "17"),
    "get_trial": _TRIAL_DETAIL,
    "cancel_trial": _TRIAL_VIEW | {"state": "cancelled"},
    "list_reports": _page(_REPORT_VIEW),
    "trial_history": _page(_EVENT),
    "study_history": _page(_EVENT | {"trial": 17}, "412.0"),
    "get_artifact": "epoch 31: val_loss 0.087\nepoch 32: val_loss 0.091\n",
    "open_test": _TEST_RECORD | {"metrics": None},
    "record_test": _TEST_RECORD,
    "list_tests": _page(_TEST_RECORD),
    "list_workers": _page(_WORKER),
    "create_token": _TOKEN_VIEW | {"token": "aW5zdGVhZC1vZi0yNTYtcmFuZG9tLWJpdHM"},
    "list_tokens": _page(_TOKEN_VIEW),
    **CHARTS,
}
"""The JSON answer of success, by operation id."""
