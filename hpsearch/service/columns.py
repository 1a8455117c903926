"""Trials as columns on the wire: chosen ones, in blocks that are written as they are read."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from hpsearch.errors import FieldError, InvalidInput
from hpsearch.identity import OWNER, Identity
from hpsearch.service.reading import Reading
from hpsearch.storage import Connection
from hpsearch.storage.columns import DEVICE_SECONDS, ERROR, PLAIN, TIMES, Block, Column, Place, read_block
from hpsearch.study import Study

BLOCK = 2_000
"""Trials of one block, which is read in one transaction."""
PLAIN_NAMES = (*PLAIN, *TIMES, ERROR, DEVICE_SECONDS)
NAMES = f"{', '.join(PLAIN_NAMES)}, value, values.METRIC, params.NAME, metrics.NAME"
"""The columns there are."""

_Reader = tuple[str, Callable[[Column], Column]]
"""A column as it is stored, and what is taken from it."""


class Columns(Reading):
    """The columnar part of the service's reading."""

    async def columns(
        self, name: str, wanted: Sequence[str], since: int = -1, who: Identity = OWNER
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Blocks of the trials that changed after `since`, `{"columns": {name: [...]}}`, at last `{"seq": ...}`: as of when they are.

        Every block has `number`; a trial that changes meanwhile comes again, and later blocks hold. Without `wanted` there are state,
        values and parameters. Values are as JSON has them: times are seconds since 1970 UTC, non-finite numbers words, null is nothing.
        Raises StudyNotFound, and InvalidInput that names `column`, before the first block.
        """
        study = await self._study(name, who)
        return self._blocks(study.id, _readers(study.definition, wanted), Place(since + 1))

    async def _blocks(
        self, study_id: int, readers: Mapping[str, _Reader], after: Place
    ) -> AsyncIterator[Mapping[str, Any]]:
        stored = list(dict.fromkeys(name for name, _ in readers.values()))
        following: Place | None = after
        while following is not None:
            block = await self._read(partial(_block, study_id, stored, following))
            if block.columns["number"]:
                yield {"columns": {name: take(block.columns[kept]) for name, (kept, take) in readers.items()}}
            following = block.following
        yield {"seq": block.seq}


def _block(study_id: int, names: Sequence[str], after: Place, connection: Connection) -> Block:
    return read_block(connection, study_id, names, after, BLOCK)


def _readers(study: Study, wanted: Sequence[str]) -> dict[str, _Reader]:
    usual = ("state", *(f"values.{metric}" for metric in study.metrics), *(f"params.{name}" for name in study.space))
    readers, problems = {}, []
    for place, name in enumerate(("number", *(wanted or usual))):
        reader = _reader(study, name)
        if reader is None:
            problems.append(FieldError(f"column.{place - 1}", f"must be one of {NAMES}, got {name[:100]!r}"))
        else:
            readers[name] = reader
    if problems:
        raise InvalidInput(fields=problems)
    return readers


def _reader(study: Study, name: str) -> _Reader | None:
    if name in PLAIN_NAMES:
        return name, list
    kind, _, rest = name.partition(".")
    if name == "value" or (kind == "values" and rest in study.metrics):
        place = study.metrics.index(rest) if rest else 0
        return "values", lambda column: [None if values is None else values[place] for values in column]
    if (kind == "params" and rest in study.space) or (kind == "metrics" and rest):
        return kind, lambda column: [found.get(rest) for found in column]
    return None
