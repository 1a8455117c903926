"""Renew: prolongs leases. It locks attempts alone; what has expired is left to `Reopen`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from hpsearch.identity import Identity
from hpsearch.service.commands.command import Batch, Command
from hpsearch.storage import NotRenewed
from hpsearch.trial import Decision
from hpsearch.wire import verbs


@dataclass(frozen=True, slots=True)
class Renewal:
    """The answers, and the leases that expired: perhaps they can be opened again."""

    items: list[verbs.DecisionItem]
    expired: list[str]


class RenewLeases(Command[Renewal]):
    """Gives open attempts a fresh term, and says what is wanted of them: one statement for all renewals of a transaction."""

    renews: ClassVar[bool] = True

    def __init__(self, leases: list[str], term: timedelta, who: Identity) -> None:
        self.leases = leases
        self.who = who
        self._term = term

    @property
    def weight(self) -> int:
        """Leases."""
        return max(1, len(self.leases))

    def prepare(self, batch: Batch) -> Iterable[int]:
        """Needs no study's lock."""
        batch.renewals.claim(self.leases, self.who, self._term)
        return ()

    def run(self, batch: Batch) -> Renewal:
        """One answer a lease."""
        expired: list[str] = []
        items = [self._item(batch, lease, expired) for lease in self.leases]
        return Renewal(items, expired)

    def _item(self, batch: Batch, lease: str, expired: list[str]) -> verbs.DecisionItem:
        found = batch.renewals.standing(lease, self.who)
        if found is NotRenewed.UNKNOWN:
            return verbs.DecisionItem(lease=lease, decision=Decision.LOST, code="lease_unknown")
        if isinstance(found, NotRenewed):
            if found is NotRenewed.LATE:
                expired.append(lease)
            return verbs.DecisionItem(lease=lease, decision=Decision.LOST, code="lease_lost")
        return verbs.DecisionItem(lease=lease, decision=found.decision, reason=found.reason)
