"""A worker's name, and the spool that goes with it."""

import itertools
import re
from pathlib import Path

from hpsearch.client.running import host_name
from hpsearch.errors import Conflict, InvalidInput
from hpsearch.space import NAME_PATTERN
from hpsearch_workers.agent.spool import Spool

_MOST_WORKERS = 1000


def open_spool(root: Path, name: str | None) -> Spool:
    """The spool of a worker of this name, below `root`; its folder's name is the worker's.

    Without a name it is the host's with the first number that no running worker has: a worker that is started again finds what the
    last one left. Raises Conflict where the name is in use, InvalidInput where it is none, or the folder cannot be used.
    """
    if name is not None and not re.fullmatch(NAME_PATTERN, name):
        raise InvalidInput.at("name", f"must match {NAME_PATTERN}, got {name[:120]!r}")
    try:
        if name is not None:
            return Spool(root / name)
        for number in itertools.count(1):
            try:
                return Spool(root / f"{host_name()}-{number}")
            except Conflict:
                if number == _MOST_WORKERS:
                    raise
    except OSError as error:
        raise InvalidInput.at("spool", f"{root} cannot be used: {error}") from error
    raise AssertionError("count never ends")
