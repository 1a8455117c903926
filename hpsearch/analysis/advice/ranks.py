"""Ranks of costs, and how far the mean rank of a group of trials is from the others'."""

import numpy as np
from numpy.typing import NDArray

from hpsearch.analysis.table import Floats


def deviation_of_ranks(costs: Floats, inside: NDArray[np.bool_]) -> float:
    """How far the mean rank of the costs inside is from that of all, in standard errors; negative where they are better.

    Normal approximation of the rank sum (Wilcoxon 1945): the mean of n ranks out of N has the variance (N + 1) (N - n) / (12 n).
    0 where all or none are inside. Equal costs share their mean rank.
    """
    number, total = int(inside.sum()), len(costs)
    if number in {0, total}:
        return 0.0
    _, places, counts = np.unique(costs, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[places]
    error = float(np.sqrt((total + 1) * (total - number) / (12.0 * number)))
    return (float(ranks[inside].mean()) - (total + 1) / 2.0) / error
