"""Which studies have work for whom, read without locks: what a worker is offered first."""

from hpsearch.errors import StudyNotFound
from hpsearch.identity import Identity
from hpsearch.storage import Ledger, Offer
from hpsearch.study import StudyState
from hpsearch.wire import verbs


class Board:
    """What one transaction offers. A choice counts as granted for the choices after it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._granted: dict[int, int] = {}
        self._offers: dict[str, list[Offer]] = {}

    def choose(self, ask: verbs.Ask, who: Identity) -> int | None:
        """Of the studies that this worker may and can run and that have work, the one with the fewest open leases, oldest first."""
        offers = [offer for offer in self._of(who.project) if self._suits(offer, ask, who)]
        offers.sort(key=lambda offer: (self._open(offer), offer.id))
        chosen = next((offer for offer in offers if self._has_work(offer)), None)
        if chosen is None:
            return None
        self._granted[chosen.id] = self._granted.get(chosen.id, 0) + ask.count
        return chosen.id

    def all_finished(self, ask: verbs.Ask, who: Identity) -> bool:
        """Whether every study asked for is finished; raises StudyNotFound for one that is not there."""
        if ask.studies is None:
            return False
        states = self._ledger.peek_states(who.project, ask.studies)
        for name in ask.studies:
            if name not in states or not who.may_work_on(who.project, name):
                raise StudyNotFound(f"there is no study {name!r}")
        return all(state is StudyState.FINISHED for state in states.values())

    def _of(self, project: str) -> list[Offer]:
        if project not in self._offers:
            self._offers[project] = self._ledger.peek_offers(project)
        return self._offers[project]

    def _open(self, offer: Offer) -> int:
        return offer.running + self._granted.get(offer.id, 0)

    def _has_work(self, offer: Offer) -> bool:
        return offer.is_ready or self._has_new(offer)

    def _has_new(self, offer: Offer) -> bool:
        if offer.max_trials is not None and offer.next_number >= offer.max_trials:
            return False
        # How many points a grid has is in its definition alone.
        return not offer.grid_position or self._ledger.study(offer.id).exhausted() is None

    @staticmethod
    def _suits(offer: Offer, ask: verbs.Ask, who: Identity) -> bool:
        wanted = ask.studies is None or offer.name in ask.studies
        return (
            wanted
            and who.may_work_on(who.project, offer.name)
            and (ask.objectives is None or offer.objective in ask.objectives)
        )
