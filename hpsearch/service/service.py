"""The service: every verb and command, without HTTP. One instance a process, living in one event loop."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Self, TypeVar

import structlog

from hpsearch import objectives
from hpsearch.analysis import Table
from hpsearch.errors import HpsearchError, Unauthorized
from hpsearch.identity import OWNER, Identity
from hpsearch.service import views
from hpsearch.service.access import Doorkeeper, find_waiter, new_token, register_first_token
from hpsearch.service.charts import Charts
from hpsearch.service.columns import Columns
from hpsearch.service.commands.ask import Ask, NeedsSuggestions, Suggestions
from hpsearch.service.commands.renew import RenewLeases
from hpsearch.service.commands.report import Reopen, ReportValues
from hpsearch.service.commands.sessions import EndSession, OpenSession
from hpsearch.service.commands.studies import CreateStudy, DeleteStudy, PatchStudy
from hpsearch.service.commands.sweep import TICK_SECONDS, Sweep
from hpsearch.service.commands.tell import TellEnds
from hpsearch.service.commands.tests import OpenTest, RecordTest
from hpsearch.service.commands.tokens import CreateToken, NoteTokenUse, RevokeToken
from hpsearch.service.commands.trials import CancelTrial, EnqueueTrial
from hpsearch.service.cursors import number_cursor
from hpsearch.service.kept import Kept
from hpsearch.service.live import Live
from hpsearch.service.news import NoteWorkers, WorkerNews
from hpsearch.service.policies import Policies
from hpsearch.service.suggester import Suggester
from hpsearch.service.tables import Tables
from hpsearch.service.waiting import Waiting
from hpsearch.service.writer import Writer
from hpsearch.settings import Settings
from hpsearch.storage import Connection, Database, queries
from hpsearch.storage.database import READERS
from hpsearch.storage.pulse import first_beat
from hpsearch.storage.sessions import find_session
from hpsearch.storage.tokens import token_page
from hpsearch.study import Study, StudyAccount
from hpsearch.wire import studies as bodies
from hpsearch.wire import verbs
from hpsearch.wire.base import Page
from hpsearch.wire.tokens import TokenCreated, TokenRequest, TokenView
from hpsearch.wire.trials import TrialView

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
COURTESY_SECONDS = 0.02
"""A sampler lets the writer go first for at most this long, before each suggestion."""


class Service(Charts, Columns, Live):
    """Open it with `open`, close it with `close`. All methods raise hpsearch errors.

    Whoever calls sees its own project alone. What a scope may call at all is checked before, where requests come in.
    """

    def __init__(self, database: Database, settings: Settings, tick_seconds: float | None) -> None:
        self._database = database
        self._settings = settings
        self._term = timedelta(seconds=settings.lease_seconds)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="hpsearch-reader")
        self._tables = Tables(database)
        self._kept = Kept()
        self._doorkeeper = Doorkeeper()
        self._sessions = Doorkeeper(find_session)
        self._waiters = Doorkeeper(find_waiter)
        self._policies = Policies()
        self._suggester = Suggester(database, self._policies, lambda: self._writer.let_pass(COURTESY_SECONDS))
        self._waiting = Waiting(lambda: self._read(lambda reading: queries.fingerprint(database, reading)))
        self._writer = Writer(database, self._waiting.wake)
        self._noting: set[asyncio.Future[None]] = set()
        self._news = WorkerNews()
        self._sweeping = asyncio.create_task(self._sweep_every(tick_seconds)) if tick_seconds else None

    @classmethod
    async def open(cls, database: Database, settings: Settings, *, tick_seconds: float | None = TICK_SECONDS) -> Self:
        """Starts the service on a migrated database: registers the first token, starts the writer and the sweeper.

        With `tick_seconds` None nothing is swept but by `sweep`: for whoever moves the database's clock.
        """
        await asyncio.to_thread(_begin, database, settings)
        return cls(database, settings, tick_seconds)

    async def close(self) -> None:
        """Sends waiting asks home, carries out what was accepted, and closes the database."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeping
        await self._waiting.close()
        await self._writer.close()
        await asyncio.to_thread(self._suggester.close)
        self._readers.shutdown()
        self._database.close()

    async def stop_waiting(self) -> None:
        """Asks that wait for work answer at once, now and from now on: the server is about to stop."""
        await self._waiting.close()

    async def ready(self) -> None:
        """Raises DatabaseUnavailable when the database does not answer."""
        await self._read(queries.probe)

    async def authenticate(self, token: str) -> Identity | None:
        """Whose token this is; None for one that is unknown, revoked, or over."""
        return await self._let_in(self._doorkeeper, token)

    async def authenticate_session(self, session: str) -> Identity | None:
        """Whose session this is; None for one that is unknown, or over, as it is when its token is."""
        return await self._let_in(self._sessions, session)

    async def _let_in(self, doorkeeper: Doorkeeper, secret: str) -> Identity | None:
        who = doorkeeper.remembered(secret)
        if who is None:
            who = await self._read(lambda connection: doorkeeper.check(self._database, connection, secret))
        if who is not None and who.token is not None and self._doorkeeper.should_note(who.token):
            self._note_use(who.token)
        return who

    def _note_use(self, token_id: int) -> None:
        """Nobody waits for it, and a database that cannot be written to keeps no reader out."""
        noting = asyncio.ensure_future(self._writer.submit(NoteTokenUse(token_id)))
        self._noting.add(noting)
        noting.add_done_callback(self._noted_use)

    def _noted_use(self, noting: asyncio.Future[None]) -> None:
        self._noting.discard(noting)
        if not noting.cancelled() and (error := noting.exception()) is not None:
            log.warning("token_use_not_noted", error=repr(error))

    async def _read(self, read: Callable[[Connection], Result]) -> Result:
        def transaction() -> Result:
            with self._database.read() as connection:
                return read(connection)

        return await asyncio.get_running_loop().run_in_executor(self._readers, transaction)

    async def _analyse(self, study: StudyAccount, analyse: Callable[[Table], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, lambda: analyse(self._tables.read(study))
        )

    # The four verbs

    async def ask(self, body: verbs.Ask, who: Identity = OWNER) -> verbs.Asked:
        """Grants up to `count` leases of one study; waits up to `wait_seconds` while there is nothing to grant.

        Raises Unauthorized when there is something to grant at last, and the caller's token is good no longer.
        """
        until = time.monotonic() + body.wait_seconds
        while True:
            event = self._waiting.event
            answer = await self._ask_once(body, who)
            if answer.leases or answer.finished or not await self._waiting.wait(event, until - time.monotonic()):
                return answer
            await self._check_again(who)

    async def _check_again(self, who: Identity) -> None:
        """Whoever has waited may have been shut out meanwhile."""
        if who.token is None or self._waiters.remembered(str(who.token)) is not None:
            return
        token = str(who.token)
        if await self._read(lambda reading: self._waiters.check(self._database, reading, token)) is None:
            raise Unauthorized("the token is good no longer")

    async def _ask_once(self, body: verbs.Ask, who: Identity) -> verbs.Asked:
        async def grant(suggestions: Suggestions) -> verbs.Asked | NeedsSuggestions:
            return await self._writer.submit(self._command(body, who, suggestions))

        answer = await self._writer.submit(self._command(body, who, None))
        while isinstance(answer, NeedsSuggestions):
            answer = await self._suggester.grant(answer.study_id, body.count, grant)
        return answer

    def _command(self, body: verbs.Ask, who: Identity, suggestions: Suggestions | None) -> Ask:
        command = Ask(body, self._policies, self._term, who, self._settings.leases_per_worker, suggestions)
        command.heard = self._news.hear((who.project, body.worker), None)
        return command

    async def report(self, body: verbs.Report, who: Identity = OWNER) -> verbs.Reported:
        """Stores values of running trials and answers what is wanted of each."""
        return await self._writer.submit(ReportValues(body, self._term, who))

    async def tell(self, body: verbs.Tell, who: Identity = OWNER) -> verbs.Told:
        """Ends attempts."""
        return await self._writer.submit(TellEnds(body, self._term, who))

    async def renew(self, body: verbs.Renew, who: Identity = OWNER) -> verbs.Renewed:
        """Prolongs leases and answers what is wanted of each; opens expired ones again where nobody has redone them."""
        command = RenewLeases(body.leases, self._term, who)
        command.heard = self._news.hear((who.project, body.worker), body.status)
        renewal = await self._writer.submit(command)
        reopened = await self._writer.submit(Reopen(renewal.expired, self._term, who)) if renewal.expired else {}
        return verbs.Renewed(
            items=[reopened.get(item.lease, item) for item in renewal.items],
            lease_seconds=self._term.total_seconds(),
        )

    # People's commands

    @staticmethod
    def check_study(study: Study) -> Study:
        """The study; raises InvalidInput where the settings of a built-in objective are wrong."""
        objectives.check(study)
        return study

    async def create_study(self, study: Study, who: Identity = OWNER) -> tuple[bodies.StudyView, bool]:
        """Creates a study; false: it existed with the same definition. Checks the settings of a built-in objective first."""
        objectives.check(study)
        account, created = await self._writer.submit(CreateStudy(study, who, self._settings.studies_per_project))
        return views.study_view(account), created

    async def patch_study(self, name: str, patch: bodies.StudyPatch, who: Identity = OWNER) -> bodies.StudyView:
        """Changes state, budget, description or tags."""
        return views.study_view(await self._writer.submit(PatchStudy(name, patch, who)))

    async def delete_study(self, name: str, who: Identity = OWNER) -> None:
        """Hides a study at once."""
        await self._writer.submit(DeleteStudy(name, who))

    async def enqueue(self, name: str, body: bodies.Enqueue, who: Identity = OWNER) -> TrialView:
        """Adds a trial to run before new suggestions. It takes its turn: a suggestion under way keeps its number."""
        study = await self._study(name, who)
        async with self._suggester.turn(study.id):
            trial = await self._writer.submit(EnqueueTrial(name, body, self._policies, who))
        return views.trial_view(study, trial)

    async def cancel_trial(self, name: str, number: int, who: Identity = OWNER) -> TrialView:
        """Cancels a trial; a running one when its worker hears of it."""
        study = await self._study(name, who)
        return views.trial_view(study, await self._writer.submit(CancelTrial(name, number, who)))

    async def open_test(self, name: str, body: bodies.TestRequest, who: Identity = OWNER) -> bodies.TestRecord:
        """Opens the test data for a trial of a finished study, and puts that on record."""
        return views.test_record(await self._writer.submit(OpenTest(name, body.trial, who)))

    async def record_test(
        self, name: str, opening_id: int, body: bodies.TestResult, who: Identity = OWNER
    ) -> bodies.TestRecord:
        """Records what the evaluation gave."""
        return views.test_record(await self._writer.submit(RecordTest(name, opening_id, dict(body.metrics), who)))

    # Tokens

    async def create_token(self, body: TokenRequest, who: Identity = OWNER) -> TokenCreated:
        """Makes a token of any project, and shows it this once."""
        token = new_token()
        kept = await self._writer.submit(CreateToken(body, token, who))
        return TokenCreated(**views.token_view(kept).model_dump(), token=token)

    async def list_tokens(self, limit: int, cursor: str | None) -> Page[TokenView]:
        """The tokens of all projects in the order of their creation."""
        after = number_cursor(cursor)
        found = await self._read(lambda connection: token_page(connection, after, limit + 1))
        following = str(found[limit - 1].id) if len(found) > limit else None
        return Page(items=[views.token_view(token) for token in found[:limit]], next_cursor=following)

    async def revoke_token(self, token_id: int, who: Identity = OWNER) -> None:
        """Lets its holder in no more: at once here, after at most 10 s in other replicas. Refuses the caller's own."""
        await self._writer.submit(RevokeToken(token_id, who))
        for doorkeeper in (self._doorkeeper, self._sessions, self._waiters):
            doorkeeper.forget()

    # Sessions

    async def sign_in(self, token: str | None = None) -> str:
        """Opens a session of this token, which is shown this once; without a token, of the oldest admin's: for the server's operator.

        Raises Unauthorized, and Forbidden for a worker's token.
        """
        if token is not None and await self.authenticate(token) is None:
            raise Unauthorized  # strangers take none of the writer's time
        session = new_token()
        await self._writer.submit(OpenSession(session, token))
        return session

    async def sign_out(self, session: str) -> None:
        """Ends a session: at once here, after at most 10 s in other replicas."""
        await self._writer.submit(EndSession(session))
        self._sessions.forget()

    # Workers, and time

    async def list_workers(self, limit: int, cursor: str | None, who: Identity = OWNER) -> Page[bodies.WorkerView]:
        """Workers by name. What was heard of them here is written down before; what others heard, within a few seconds."""
        await self._note_workers()
        return await super().list_workers(limit, cursor, who)

    async def _note_workers(self) -> None:
        if heard := self._news.take():
            try:
                await self._writer.submit(NoteWorkers(heard))
            except HpsearchError as error:
                log.warning("workers_not_noted", error=repr(error))

    async def sweep(self) -> int:
        """Notes that the service is alive, and expires the leases that are over; returns how many."""
        return await self._writer.submit(Sweep(self._term))

    async def _sweep_every(self, seconds: float) -> None:
        while True:
            try:
                if expired := await self.sweep():
                    log.info("leases_expired", count=expired)
                await self._note_workers()
            except Exception as error:
                log.warning("sweep_failed", error=repr(error))
            await asyncio.sleep(seconds)


def _begin(database: Database, settings: Settings) -> None:
    register_first_token(database, settings)
    with database.write() as connection:
        database.lock_schema(connection)
        first_beat(database, connection, timedelta(seconds=settings.lease_seconds))
