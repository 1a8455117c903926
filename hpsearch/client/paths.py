"""The paths of what has a name. A name is checked first: what is none would make another path, and nothing has it."""

import re

from hpsearch.errors import NotFound, StudyNotFound
from hpsearch.space import NAME_PATTERN

_NAME = re.compile(NAME_PATTERN)


def checked(name: str, missing: type[NotFound]) -> str:
    """The name; raises `missing` for what cannot be one."""
    if not _NAME.fullmatch(name):
        raise missing(f"there is no {name[:100]!r}")
    return name


def study_path(name: str) -> str:
    """Of a study; raises StudyNotFound."""
    return f"/studies/{checked(name, StudyNotFound)}"


def trial_path(name: str, number: int) -> str:
    """Of a trial; raises StudyNotFound."""
    return f"{study_path(name)}/trials/{number:d}"
