"""Renew: prolongs leases. It locks attempts alone; what has expired is left to `Reopen`."""

from dataclasses import dataclass, replace
from datetime import timedelta

from hpsearch.identity import Identity
from hpsearch.service.commands.command import Batch, Command
from hpsearch.trial import Decision, End
from hpsearch.wire import verbs


@dataclass(frozen=True, slots=True)
class Renewal:
    """The answers, and the leases that expired: perhaps they can be opened again."""

    items: list[verbs.DecisionItem]
    expired: list[str]


class RenewLeases(Command[Renewal]):
    """Gives open attempts a fresh term, and says what is wanted of them."""

    def __init__(self, leases: list[str], term: timedelta, who: Identity) -> None:
        self.renewals = leases
        self.who = who
        self._term = term

    def run(self, batch: Batch) -> Renewal:
        """One answer a lease."""
        expired: list[str] = []
        items = [self._renew(batch, lease, expired) for lease in self.renewals]
        return Renewal(items, expired)

    def _renew(self, batch: Batch, lease: str, expired: list[str]) -> verbs.DecisionItem:
        ledger = batch.ledger
        attempt = ledger.leased(lease, self.who)
        if attempt is None:
            return verbs.DecisionItem(lease=lease, decision=Decision.LOST, code="lease_unknown")
        if attempt.is_open and not ledger.is_deleted(attempt.study_id):
            ledger.put_attempt(replace(attempt, expires_at=ledger.now + self._term))
            return verbs.DecisionItem(lease=lease, decision=attempt.decision, reason=attempt.decision_reason)
        if attempt.end is End.EXPIRED:
            expired.append(lease)
        return verbs.DecisionItem(lease=lease, decision=Decision.LOST, code="lease_lost")
