"""Answers of a server as the tests of the command line script them."""

from datetime import UTC, datetime
from typing import Any

from hpsearch.study import Study
from hpsearch.wire.changes import StudyChange
from hpsearch.wire.studies import Counts, HostFailures, StudyView, TestRecord, WorkerView
from hpsearch.wire.trials import AttemptView, EventView, ReportView, TrialDetail

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
SPACE = {
    "x": {"type": "int", "low": 1, "high": 9},
    "o": {"type": "categorical", "choices": ["sgd", "adam"], "when": {"x": [1, 2]}},
}


def study_view(
    *,
    definition: dict[str, Any] | None = None,
    state: str = "active",
    reason: str | None = None,
    detail: str | None = None,
    grid_size: int | None = None,
    active_seconds: float = 0.0,
    best: float | None = None,
    **counts: int,
) -> StudyView:
    study = Study.model_validate({"name": "s", "objective": "m:f", "space": SPACE, **(definition or {})})
    return StudyView.model_validate(
        {
            **{"definition": study, "name": "s", "state": state, "reason": reason, "reason_detail": detail, "seed": 1},
            **{"counts": Counts(**counts), "grid_size": grid_size, "active_seconds": active_seconds, "seq": 1},
            **{"best_trial": None if best is None else 3, "best_value": best},
            **{"created_at": MOMENT, "updated_at": MOMENT},
        }
    )


def study_change(view: StudyView, **changes: Any) -> StudyChange:
    """How the study stands, as its events tell it."""
    told = view.model_dump() | {"study": view.name, "budget": view.definition.budget, "description": "", "tags": ()}
    return StudyChange.model_validate(told | changes)


def trial_detail(number: int = 3, **changes: Any) -> TrialDetail:
    attempt = AttemptView.model_validate(
        {
            **{"number": 1, "worker": "w", "host": "h", "started_at": MOMENT, "ended_at": MOMENT, "end": "completed"},
            **{"decision": "continue", "decision_reason": None, "error": None, "best_step": 2},
            **{"device_seconds": 1.5, "trace": None},
        }
    )
    return TrialDetail.model_validate(
        {
            **{"study": "s", "number": number, "state": "completed", "params": {"x": 3}, "seed": 11, "values": [0.25]},
            **{"metrics": {"val_loss": 0.25, "val_accuracy": 0.9}, "best_step": 2, "last_step": 3, "attempts": 1},
            **{"error": None, "reason": None, "checkpoint": {"ref": "/weights", "step": 2}, "enqueued": False},
            **{"created_at": MOMENT, "started_at": MOMENT, "finished_at": MOMENT, "seq": 9},
            **{"history": [attempt], "artifacts": []},
            **changes,
        }
    )


def reports(*values: float) -> list[ReportView]:
    return [
        ReportView(step=step, value=value, metrics={}, attempt=1, at=MOMENT) for step, value in enumerate(values, 1)
    ]


def opened_test(**changes: Any) -> TestRecord:
    record = {"id": 1, "trial": 3, "who": "admin", "at": MOMENT, "metrics": {"test_accuracy": 0.875}}
    return TestRecord.model_validate({**record, **changes})


def event(**changes: Any) -> EventView:
    told = {"attempt": 1, "from_state": None, "to_state": "running", "cause": "ask", "who": "w", "at": MOMENT, "seq": 1}
    return EventView.model_validate(told | changes)


def host_failures(host: str, failed: int, elsewhere: int, suspicion: str | None = None) -> HostFailures:
    return HostFailures(host=host, failed=failed, completed_elsewhere=elsewhere, suspicion=suspicion)


def worker_view(name: str, host: str | None, *hosts: HostFailures, failed: int = 0, elsewhere: int = 0) -> WorkerView:
    seen = {"first_seen": MOMENT, "last_seen": MOMENT, "open_leases": 1}
    status = {"host": host} if host else {}
    return WorkerView.model_validate(
        {"name": name, "status": status, "failed": failed, "completed_elsewhere": elsewhere, "hosts": hosts, **seen}
    )
