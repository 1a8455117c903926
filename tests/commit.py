"""What is drawn for a commit: a part of what takes too long for CI, another one with each commit, the same in all processes."""

import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeVar

from effort import tries

Case = TypeVar("Case")


@cache
def _commit() -> str:
    root = Path(__file__).parents[1]
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    return found.stdout.strip()


def drawn(what: str = "") -> Random:
    """Chances that follow from the commit, and from what is drawn."""
    return Random(_commit() + what)


def some(cases: Sequence[Case], count: int, what: str = "") -> list[Case]:
    """So many of these, more at a larger effort, in their order."""
    places = drawn(what).sample(range(len(cases)), min(tries(count), len(cases)))
    return [cases[place] for place in sorted(places)]
