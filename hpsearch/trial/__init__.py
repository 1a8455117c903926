"""Trials: their life, their attempts, and what samplers see of them."""

from hpsearch.trial.saving import Saving, saving
from hpsearch.trial.state import (
    FINAL,
    TRANSITIONS,
    Decision,
    End,
    ErrorReason,
    TrialState,
    retry_seconds,
    state_after,
)
from hpsearch.trial.trial import Attempt, Checkpoint, Report, Trial, TrialError, trial_seed
from hpsearch.trial.view import FinishedTrial, PendingTrial, View

__all__ = [
    "FINAL",
    "TRANSITIONS",
    "Attempt",
    "Checkpoint",
    "Decision",
    "End",
    "ErrorReason",
    "FinishedTrial",
    "PendingTrial",
    "Report",
    "Saving",
    "Trial",
    "TrialError",
    "TrialState",
    "View",
    "retry_seconds",
    "saving",
    "state_after",
    "trial_seed",
]
