"""Suggestions that depend on other trials: computed outside every transaction, one study at a time in a thread of their own."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from hpsearch.errors import HpsearchError
from hpsearch.service.commands.ask import NeedsSuggestions, Suggestions
from hpsearch.service.policies import Policies
from hpsearch.space import Params
from hpsearch.storage import Database
from hpsearch.storage.database import TURNS
from hpsearch.storage.turns import Turn, take_turn
from hpsearch.storage.views import ViewCache
from hpsearch.trial import PendingTrial, View
from hpsearch.wire import verbs

COMPUTE_SECONDS = 1.0
"""An ask computes for at most this long, then grants what it has."""
TURN_SECONDS = 0.05
"""Between two looks whether another replica has finished computing for the study."""
KEPT = 64
"""Studies whose view is kept in memory."""

Grant = Callable[[Suggestions], Awaitable[verbs.Asked | NeedsSuggestions]]


@dataclass(slots=True)
class _Turns:
    """The queue of one study in this process, and its view."""

    cache: ViewCache
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Suggester:
    """Computes for one ask of a study after the other, so that each sees the suggestions before it as pending."""

    def __init__(self, database: Database, policies: Policies, let_pass: Callable[[], None]) -> None:
        self._database = database
        self._policies = policies
        self._let_pass = let_pass  # called between two suggestions
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hpsearch-sampler")
        self._studies: OrderedDict[int, _Turns] = OrderedDict()
        self._slots = asyncio.Semaphore(TURNS)  # as many as there are connections: no thread ever waits for one

    @asynccontextmanager
    async def turn(self, study_id: int) -> AsyncIterator[ViewCache]:
        """Whoever gives a study its next trials takes turns: in this process by a queue, between replicas by an advisory lock."""
        turns = self._studies.setdefault(study_id, _Turns(ViewCache(study_id)))
        self._studies.move_to_end(study_id)
        self._forget()
        async with turns.lock, self._replicas(study_id):
            yield turns.cache

    @asynccontextmanager
    async def _replicas(self, study_id: int) -> AsyncIterator[None]:
        if self._database.is_sqlite:
            yield
            return
        async with self._slots:
            while (turn := await self._take(study_id)) is None:  # noqa: ASYNC110 - another process
                await asyncio.sleep(TURN_SECONDS)
            try:
                yield
            finally:
                await asyncio.shield(asyncio.to_thread(turn.end))

    async def _take(self, study_id: int) -> Turn | None:
        """The advisory lock, if it is free. Whoever is cancelled meanwhile waits, and gives back what came of it."""
        taking = asyncio.ensure_future(asyncio.to_thread(take_turn, self._database, study_id))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            with suppress(HpsearchError):
                if (turn := await taking) is not None:
                    await asyncio.to_thread(turn.end)
            raise

    async def grant(self, study_id: int, count: int, grant: Grant) -> verbs.Asked | NeedsSuggestions:
        """Computes up to `count` suggestions and lets `grant` store them; again when other trials came in between.

        The answer may be that another study's suggestions are needed, when this one grants nothing any more.
        """
        loop = asyncio.get_running_loop()
        async with self.turn(study_id) as cache:
            while True:
                suggestions = await loop.run_in_executor(self._thread, self._compute, cache, study_id, count)
                answer = await grant(suggestions)
                if answer != NeedsSuggestions(study_id):
                    return answer

    def _compute(self, cache: ViewCache, study_id: int, count: int) -> Suggestions:
        started = time.monotonic()
        study, view = cache.read(self._database)
        first, seq = view.next_number, view.seq
        most = count if study.remaining is None else min(count, study.remaining)
        found: list[Params] = []
        sampler = self._policies.view_sampler(study)
        while len(found) < most and (not found or time.monotonic() - started < COMPUTE_SECONDS):
            self._let_pass()
            params = sampler.suggest(view)
            found.append(params)
            view = _with_pending(view, params)
        return Suggestions(study_id, first, seq, found)

    def _forget(self) -> None:
        for study_id in list(self._studies)[: max(0, len(self._studies) - KEPT)]:
            if not self._studies[study_id].lock.locked():
                del self._studies[study_id]

    def close(self) -> None:
        """Waits for the computation under way."""
        self._thread.shutdown()


def _with_pending(view: View, params: Params) -> View:
    pending = PendingTrial(view.next_number, params)
    return replace(view, next_number=view.next_number + 1, pending=(*view.pending, pending))
