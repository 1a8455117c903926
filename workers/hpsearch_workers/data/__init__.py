"""Data sets as arrays: training and validation samples for a search, test samples for the one evaluation after it."""

from hpsearch_workers.data.normalisation import Normalisation, fit
from hpsearch_workers.data.samples import Samples, TrainingData
from hpsearch_workers.data.source import pooled_data, test_data, training_data
from hpsearch_workers.data.split import fold_of

__all__ = [
    "Normalisation",
    "Samples",
    "TrainingData",
    "fit",
    "fold_of",
    "pooled_data",
    "test_data",
    "training_data",
]
