"""What `evaluate`, `export` and `refit` are told on standard input: which network."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn, TextIO

from pydantic import Field, JsonValue, ValidationError

from hpsearch.errors import HpsearchError, InvalidInput, NotFound
from hpsearch.space import Value
from hpsearch.validation import Definition, field_errors
from hpsearch_workers import checkpoints


class CheckpointName(Definition):
    """A checkpoint as the trial's tell named it."""

    ref: Annotated[str, Field(min_length=1, max_length=4000)]
    step: int


class Job(Definition):
    """A trial with its checkpoint."""

    objective: str
    settings: dict[str, JsonValue]
    params: dict[str, Value]
    seed: int
    checkpoint: CheckpointName

    def folder(self, root: Path) -> Path:
        """Where its weights are, below `root`; raises CheckpointNotFound."""
        return checkpoints.locate(root, self.checkpoint.ref)


def read(source: TextIO) -> Job:
    """The job of this JSON; raises InvalidInput."""
    try:
        return Job.model_validate_json(source.read())
    except ValidationError as error:
        raise InvalidInput(fields=field_errors(error.errors(include_url=False), {})) from None


def main(run: Callable[[list[str]], None]) -> NoReturn:
    """Runs a program with the arguments of its process; exits with 0, 2 for a malformed job, 3 where something is not found, else 1."""
    try:
        run(sys.argv[1:])
    except (HpsearchError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2 if isinstance(error, InvalidInput) else 3 if isinstance(error, NotFound) else 1)
    sys.exit(0)
