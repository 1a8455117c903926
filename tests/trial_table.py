"""What a trial becomes when an attempt ends, written down once more from the design, not from the code."""

QUEUED, RUNNING, PAUSED, COMPLETED, PRUNED, FAILED, CANCELLED = (
    "queued", "running", "paused", "completed", "pruned", "failed", "cancelled",
)  # fmt: skip
FINAL = {COMPLETED, PRUNED, FAILED, CANCELLED}

_FAILED = {
    "continue": (QUEUED, FAILED),
    "release": (QUEUED, FAILED),
    "pause": (PAUSED, FAILED),
    "stop": (PRUNED, PRUNED),
    "cancel": (CANCELLED, CANCELLED),
}
AFTER = {
    "completed": dict.fromkeys(_FAILED, (COMPLETED, COMPLETED)),
    "released": {
        "continue": (QUEUED, FAILED),
        "release": (QUEUED, QUEUED),
        "pause": (PAUSED, PAUSED),
        "stop": (PRUNED, PRUNED),
        "cancel": (CANCELLED, CANCELLED),
    },
    "failed": _FAILED,
    "fatal": dict.fromkeys(_FAILED, (FAILED, FAILED)) | {"cancel": (CANCELLED, CANCELLED)},
    "expired": _FAILED,
}
"""By end and decision: while the trial may be tried again, and when this end spends it."""
