"""HPSEARCH_EFFORT multiplies how much random tests try; 1, the default, is what CI affords."""

import os

EFFORT = float(os.environ.get("HPSEARCH_EFFORT", "1"))


def tries(number: int) -> int:
    """That many at effort 1; one at least."""
    return max(1, round(number * EFFORT))


def seconds(number: float) -> float:
    """The time that a test of that size may take: so many seconds at effort 1, more at more."""
    return number * max(1.0, EFFORT)
