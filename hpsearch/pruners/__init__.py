"""Pruners: which trials to end early."""

from hpsearch.pruners.asha import Asha
from hpsearch.pruners.base import History, Pruner
from hpsearch.pruners.median import Median
from hpsearch.pruners.none import Never
from hpsearch.pruners.patience import Patience
from hpsearch.pruners.threshold import Threshold
from hpsearch.study import AshaPruner, MedianPruner, PatiencePruner, Study, ThresholdPruner

__all__ = ["History", "Pruner", "build"]


def build(study: Study) -> Pruner:
    """The pruner of a study. Studies with several objectives have none: they refuse every other."""
    direction = study.directions[0]
    match study.pruner:
        case MedianPruner() as settings:
            return Median(settings, direction)
        case AshaPruner() as settings:
            return Asha(settings, direction)
        case PatiencePruner() as settings:
            return Patience(settings, direction)
        case ThresholdPruner() as settings:
            return Threshold(settings)
        case _:
            return Never()
