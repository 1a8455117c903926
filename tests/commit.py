"""What is drawn for a commit: a part of what takes too long for CI, another one with each commit, the same in all processes."""

import subprocess
from functools import cache
from pathlib import Path
from random import Random


@cache
def _commit() -> str:
    root = Path(__file__).parents[1]
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    return found.stdout.strip()


def drawn(what: str = "") -> Random:
    """Chances that follow from the commit, and from what is drawn."""
    return Random(_commit() + what)
