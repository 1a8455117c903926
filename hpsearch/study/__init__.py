"""Studies: their definition and their life."""

from hpsearch.study.account import StudyAccount
from hpsearch.study.pruner import AshaPruner, MedianPruner, NoPruner, PatiencePruner, Pruner, ThresholdPruner
from hpsearch.study.sampler import GridSampler, RandomSampler, Sampler, TpeSampler
from hpsearch.study.state import FAILURES_IN_A_ROW, FIRST_FAILURES, StudyReason, StudyState, failures_pause
from hpsearch.study.study import Attempts, Budget, Direction, ObjectiveName, Study

__all__ = [
    "FAILURES_IN_A_ROW",
    "FIRST_FAILURES",
    "AshaPruner",
    "Attempts",
    "Budget",
    "Direction",
    "GridSampler",
    "MedianPruner",
    "NoPruner",
    "ObjectiveName",
    "PatiencePruner",
    "Pruner",
    "RandomSampler",
    "Sampler",
    "Study",
    "StudyAccount",
    "StudyReason",
    "StudyState",
    "ThresholdPruner",
    "TpeSampler",
    "failures_pause",
]
