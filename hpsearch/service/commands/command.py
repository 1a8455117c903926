"""What a command is, and what the commands of one transaction share."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

from hpsearch.service.board import Board
from hpsearch.storage import History, Ledger, Renewals, RequestKey, WorkerKey

Result = TypeVar("Result")


class Again(Exception):
    """What was read without locks holds no longer: put the command back into the queue, for another transaction."""


class Batch:
    """The transaction of a few commands."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @cached_property
    def history(self) -> History:
        """The reports."""
        return History(self.ledger)

    @cached_property
    def renewals(self) -> Renewals:
        """The leases that get a fresh term."""
        return Renewals(self.ledger)

    @cached_property
    def board(self) -> Board:
        """The studies that have work, as read without locks."""
        return Board(self.ledger)


class Command(ABC, Generic[Result]):
    """One change of the accounts.

    The writer locates `tokens` and loads `requests` of all commands at once, asks each which other studies it needs, locks
    them by id, and then runs the commands in order. `run` checks before it changes: an error it raises leaves nothing behind.
    """

    alone: ClassVar[bool] = False
    """Whether it needs a transaction to itself."""
    renews: ClassVar[bool] = False
    """Whether it locks attempts alone, and so shares its transaction with its like alone."""

    tokens: Sequence[str] = ()
    """Leases whose attempts, trials and studies it changes."""
    requests: Sequence[RequestKey] = ()
    """Asks whose earlier grants it asks for."""

    heard: Mapping[WorkerKey, Mapping[str, Any] | None] = MappingProxyType({})
    """Workers that were heard of with it, and the status they told, if any."""

    @property
    def weight(self) -> int:
        """Items; the writer bounds their sum."""
        return max(1, len(self.tokens))

    def prepare(self, batch: Batch) -> Iterable[int]:
        """Reads without locks, and says which studies to lock."""
        return ()

    @abstractmethod
    def run(self, batch: Batch) -> Result:
        """Carries it out under the locks; raises an hpsearch error, or Again."""
