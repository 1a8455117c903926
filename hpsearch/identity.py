"""Who asks: the holder of a token, with what it may do and where."""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_PROJECT = "default"
"""The project of the first token, and of everything that was there before there were projects."""


class Scope(StrEnum):
    """What a token is for."""

    ADMIN = "admin"
    """Everything in its project; and tokens, of every project."""
    USER = "user"
    """Everything in its project but tokens."""
    VIEWER = "viewer"
    """Looks at everything in its project, changes nothing."""
    WORKER = "worker"
    """Asks, reports, tells and renews, on the studies it was given; nothing else."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The holder of a token. `name` is what histories show; `studies` are those that a worker was given, None for all of its project."""

    name: str
    scope: Scope
    project: str = DEFAULT_PROJECT
    studies: frozenset[str] | None = None
    token: int | None = None

    def __str__(self) -> str:
        return self.name

    def may_work_on(self, project: str, study: str) -> bool:
        """Whether trials of this study are for it."""
        return project == self.project and (self.studies is None or study in self.studies)


OWNER = Identity("owner", Scope.ADMIN)
"""Whoever opened the service in the same process: the database is in its hands anyway."""
