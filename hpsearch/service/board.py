"""Which studies have work for whom, read without locks: what a worker is offered first."""

from collections.abc import Collection
from functools import cached_property

from hpsearch.errors import StudyNotFound
from hpsearch.identity import Identity
from hpsearch.storage import Ledger
from hpsearch.study import StudyAccount, StudyState
from hpsearch.trial import TrialState
from hpsearch.wire import verbs


class Board:
    """The active studies of one transaction. A choice counts as granted for the choices after it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._granted: dict[int, int] = {}

    @cached_property
    def _active(self) -> list[StudyAccount]:
        return self._ledger.peek_active()

    @cached_property
    def _ready(self) -> Collection[int]:
        waiting = [study.id for study in self._active if study.counts[TrialState.QUEUED]]
        return self._ledger.peek_ready(waiting) if waiting else ()

    def choose(self, ask: verbs.Ask, who: Identity) -> int | None:
        """Of the studies that this worker may and can run and that have work, the one with the fewest open leases, oldest first."""
        offers = [study for study in self._active if self._suits(study, ask, who) and self._has_work(study)]
        if not offers:
            return None
        chosen = min(offers, key=lambda study: (self._open(study), study.id))
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

    def _open(self, study: StudyAccount) -> int:
        return study.counts[TrialState.RUNNING] + self._granted.get(study.id, 0)

    def _has_work(self, study: StudyAccount) -> bool:
        return study.exhausted() is None or study.id in self._ready

    @staticmethod
    def _suits(study: StudyAccount, ask: verbs.Ask, who: Identity) -> bool:
        wanted = ask.studies is None or study.name in ask.studies
        return (
            wanted
            and who.may_work_on(study.project, study.name)
            and (ask.objectives is None or study.definition.objective in ask.objectives)
        )
