"""The client: one method for each call of the REST API, typed, with the errors of hpsearch.errors."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pydantic import BaseModel, JsonValue, TypeAdapter

from hpsearch.client.journal import Journal
from hpsearch.client.paths import checked, study_path, trial_path
from hpsearch.client.results import Results
from hpsearch.client.running import RunningTrials
from hpsearch.client.running_trial import RunningTrial
from hpsearch.client.split import bodies, body_of, body_of_document
from hpsearch.client.transport import Query, Transport
from hpsearch.errors import ArtifactNotFound, InvalidInput, ProtocolError, StudyNotFound
from hpsearch.settings import load
from hpsearch.space import Value
from hpsearch.study import Study, StudyState
from hpsearch.trial import TrialState
from hpsearch.validation import parse
from hpsearch.wire.base import MAX_ITEMS, Page
from hpsearch.wire.studies import (
    Best,
    Enqueue,
    StudyPatch,
    StudyView,
    TestRecord,
    TestRequest,
    TestResult,
    WorkerView,
)
from hpsearch.wire.tokens import TokenCreated, TokenRequest, TokenView
from hpsearch.wire.trials import EventView, ReportView, TrialDetail, TrialView
from hpsearch.wire.verbs import (
    Ask,
    Asked,
    DecisionItem,
    Renew,
    Renewed,
    Reported,
    ReportItem,
    TellItem,
    Told,
    ToldItem,
)

if TYPE_CHECKING:
    import httpx2

Item = TypeVar("Item", bound=BaseModel)
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


class Client(Results):
    """A connection to one server; may be used by several threads, and as a context manager.

    server, token: those of hpsearch.settings (HPSEARCH_SERVER, HPSEARCH_TOKEN or the token file) where not given.
    timeout: seconds that one answer may take. retry_seconds: how long a request that fails for a passing reason is tried again, where
    a repeat does no harm; 0 for once. log: a file that gets what is sent and answered, for `hpsearch verify --client-log`.
    network: takes the place of sockets, in tests.

    Every method may raise ServerUnreachable, Unauthorized and ProtocolError besides what it names.
    """

    def __init__(
        self,
        server: str | None = None,
        token: str | None = None,
        timeout: float = 30.0,
        retry_seconds: float = 45.0,
        log: Path | None = None,
        network: "httpx2.BaseTransport | None" = None,
    ) -> None:
        if server is None or token is None:
            settings = load(server=server, token=token)
            server, token = settings.server, settings.client_token()
            log = log or settings.client_log
        journal = Journal(log) if log is not None else None
        self._transport = Transport(server, token, timeout, retry_seconds, journal, network)
        self._running: RunningTrials | None = None

    @property
    def server(self) -> str:
        """The server's address."""
        return self._transport.server

    def close(self) -> None:
        """Gives back a trial that a loop left behind, and closes the connections."""
        if self._running is not None:
            self._running.close()
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if self._running is not None:
                self._running.close(error)
        finally:
            self._transport.close()

    # The four verbs

    def ask(self, body: Ask) -> Asked:
        """Leases of trials to run."""
        answer = self._transport.send("POST", "/ask", body=body_of(body), wait_seconds=body.wait_seconds)
        return self._transport.parse(Asked, answer)

    def report(self, items: Sequence[ReportItem]) -> list[DecisionItem]:
        """Stores values of running trials; one decision an item, in order."""
        return self._in_parts("/report", items, Reported, lambda answer: answer.items)

    def tell(self, items: Sequence[TellItem]) -> list[ToldItem]:
        """Ends attempts; one answer an item, in order."""
        return self._in_parts("/tell", items, Told, lambda answer: answer.items)

    def renew(self, worker: str, leases: Sequence[str], status: Mapping[str, JsonValue] | None = None) -> Renewed:
        """Prolongs leases; one decision a lease, in order."""
        decisions: list[DecisionItem] = []
        for start in range(0, max(len(leases), 1), MAX_ITEMS):
            part = parse(Renew, {"worker": worker, "leases": list(leases[start : start + MAX_ITEMS]), "status": status})
            renewed = self._transport.parse(Renewed, self._transport.send("POST", "/renew", body=body_of(part)))
            decisions += renewed.items
        return renewed.model_copy(update={"items": decisions})

    # Studies

    def create_study(self, study: Study | Mapping[str, Any]) -> tuple[StudyView, bool]:
        """Creates a study, and whether it is new: False where it existed with the same definition.

        Raises InvalidInput that names the fields at fault; StudyExists where the name is taken by another definition.
        """
        answer = self._transport.send("POST", "/studies", body=body_of_document(study))
        return self._transport.parse(StudyView, answer), answer.status_code == 201

    def list_studies(
        self,
        *,
        search: str = "",
        tags: Sequence[str] = (),
        states: Sequence[StudyState] = (),
        sort: str = "created_at",
    ) -> Iterator[StudyView]:
        """The studies that have a text in name, description or a tag, all these tags and one of these states; all without any.

        sort: name, state, created_at, updated_at, best_value, trials or done, descending with `-` before it.
        """
        wanted: Query = {"search": search, "tag": list(tags), "state": [state.value for state in states], "sort": sort}
        return self._pages("/studies", Page[StudyView], wanted)

    def get_study(self, name: str) -> StudyView:
        """One study; raises StudyNotFound."""
        return self._transport.get(study_path(name), StudyView)

    def patch_study(self, name: str, patch: StudyPatch) -> StudyView:
        """Changes state, budget, description or tags; raises StudyNotFound, StudyOver, BudgetBelowUse, LimitReached."""
        answer = self._transport.send("PATCH", study_path(name), body=body_of(patch))
        return self._transport.parse(StudyView, answer)

    def pause(self, name: str) -> StudyView:
        """Grants nothing more until it is resumed; running trials are given back."""
        return self.patch_study(name, StudyPatch(state="paused"))

    def resume(self, name: str) -> StudyView:
        """Makes a paused or finished study active again; raises StudyOver where the reason still holds."""
        return self.patch_study(name, StudyPatch(state="active"))

    def stop(self, name: str) -> StudyView:
        """Finishes the study: queued and paused trials are cancelled, running ones end."""
        return self.patch_study(name, StudyPatch(state="finished"))

    def extend(
        self,
        name: str,
        *,
        max_trials: int | None = None,
        max_seconds: float | None = None,
        target_value: float | None = None,
    ) -> StudyView:
        """Sets the limits that are given to new totals; raises BudgetBelowUse. `patch_study` can also lift one."""
        limits = {"max_trials": max_trials, "max_seconds": max_seconds, "target_value": target_value}
        given = {limit: value for limit, value in limits.items() if value is not None}
        return self.patch_study(name, parse(StudyPatch, {"budget": given}))

    def tag(self, name: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> StudyView:
        """Adds and removes tags, whatever others do to the rest; raises LimitReached where there would be too many."""
        return self.patch_study(name, parse(StudyPatch, {"tags": {"add": list(add), "remove": list(remove)}}))

    def delete_study(self, name: str) -> None:
        """Hides the study at once and frees its name; raises StudyNotFound."""
        self._transport.send("DELETE", study_path(name), repeatable=False)

    def enqueue(
        self,
        name: str,
        params: Mapping[str, Value] | None = None,
        *,
        from_trial: int | None = None,
        request_id: str | None = None,
    ) -> TrialView:
        """Queues `params`, or those of a trial, to be tried before new suggestions; raises BudgetExhausted, InvalidInput."""
        request = {"request_id": request_id or uuid.uuid4().hex, "params": params, "from_trial": from_trial}
        body = parse(Enqueue, request)
        for parameter, value in (body.params or {}).items():
            if isinstance(value, float) and not isfinite(value):  # JSON would make it null
                raise InvalidInput.at(f"params.{parameter}", f"must be a finite number, got {value}")
        answer = self._transport.send("POST", f"{study_path(name)}/enqueue", body=body_of(body))
        return self._transport.parse(TrialView, answer)

    def best(self, name: str) -> Best:
        """The best completed trial; for several objectives the Pareto front."""
        return self._transport.get(f"{study_path(name)}/best", Best)

    def open_test(self, name: str, trial: int | None = None) -> TestRecord:
        """Opens the sealed test data for a trial, the best without it; raises StudyNotFinished."""
        body = body_of(parse(TestRequest, {"trial": trial}))
        answer = self._transport.send("POST", f"{study_path(name)}/tests", body=body, repeatable=False)
        return self._transport.parse(TestRecord, answer)

    def record_test(self, name: str, test: int, metrics: Mapping[str, float]) -> TestRecord:
        """Stores what the evaluation on the test data gave."""
        body = body_of(parse(TestResult, {"metrics": metrics}))
        return self._transport.parse(
            TestRecord, self._transport.send("PUT", f"{study_path(name)}/tests/{test:d}", body=body)
        )

    def list_tests(self, name: str) -> Iterator[TestRecord]:
        """Every opening of the test data."""
        return self._pages(f"{study_path(name)}/tests", Page[TestRecord])

    # Trials

    def list_trials(
        self, name: str, *, states: Sequence[TrialState] = (), where: Sequence[str] = (), sort: str = "number"
    ) -> Iterator[TrialView]:
        """The trials of a study, all pages.

        where: conditions that must all hold, such as `params.optimizer=adam` or `value<0.1`. sort: number, value or finished_at,
        descending with `-` before it.
        """
        query: Query = {"state": [state.value for state in states], "where": list(where), "sort": sort}
        return self._pages(f"{study_path(name)}/trials", Page[TrialView], query)

    def get_trial(self, name: str, number: int) -> TrialDetail:
        """One trial with its attempts; raises TrialNotFound."""
        return self._transport.get(trial_path(name, number), TrialDetail)

    def cancel_trial(self, name: str, number: int) -> TrialView:
        """Cancels a trial; raises TrialFinal where it has ended."""
        answer = self._transport.send("POST", f"{trial_path(name, number)}/cancel", repeatable=False)
        return self._transport.parse(TrialView, answer)

    def reports(self, name: str, number: int) -> Iterator[ReportView]:
        """The values a trial reported, by step."""
        return self._pages(f"{trial_path(name, number)}/reports", Page[ReportView])

    def history(self, name: str, number: int) -> Iterator[EventView]:
        """Every change of a trial, in order; raises TrialNotFound."""
        return self._pages(f"{trial_path(name, number)}/history", Page[EventView])

    def artifact(self, name: str, number: int, artifact: str) -> JsonValue:
        """One artifact of a trial; raises ArtifactNotFound."""
        answer = self._transport.send(
            "GET", f"{trial_path(name, number)}/artifacts/{checked(artifact, ArtifactNotFound)}"
        )
        return _JSON.validate_json(answer.content)

    def trials(
        self, name: str, *, worker: str | None = None, objectives: Sequence[str] | None = None
    ) -> Iterator[RunningTrial]:
        """Trials of a study to run here, one after the other, until the study is finished.

        Each comes with its lease, which a thread of its own renews. See RunningTrial for what the body of the loop does with it.
        worker: the name shown for it, host name and process id without it. objectives: only of studies with one of these.
        """
        if self._running is None:
            self._running = RunningTrials(self)
        return self._running.of(checked(name, StudyNotFound), worker, objectives)

    # Tokens

    def create_token(self, token: TokenRequest) -> TokenCreated:
        """Makes a token, which is shown this once; raises Forbidden where the own token is no admin's."""
        answer = self._transport.send("POST", "/tokens", body=body_of(token), repeatable=False)
        return self._transport.parse(TokenCreated, answer)

    def list_tokens(self) -> Iterator[TokenView]:
        """The tokens of all projects; raises Forbidden."""
        return self._pages("/tokens", Page[TokenView])

    def revoke_token(self, token: int) -> None:
        """Lets the holder of the token of this number in no more; raises NotFound, Conflict for the own token, Forbidden."""
        self._transport.send("DELETE", f"/tokens/{token:d}")

    # Workers and the server itself

    def workers(self) -> Iterator[WorkerView]:
        """All workers that were heard of."""
        return self._pages("/workers", Page[WorkerView])

    def ready(self) -> None:
        """Returns when the server and its database answer; raises Unavailable otherwise."""
        self._transport.send("GET", "/readyz", base_path="")

    def _in_parts(
        self, path: str, items: Sequence[BaseModel], model: type[Item], unpack: Callable[[Item], list[Any]]
    ) -> list[Any]:
        answers: list[Any] = []
        for count, body in bodies(items):
            part = unpack(self._transport.parse(model, self._transport.send("POST", path, body=body)))
            if len(part) != count:
                raise ProtocolError(f"{self.server} answered {len(part)} items of {count} that were sent to {path}")
            answers += part
        return answers

    def _pages(self, path: str, page: type[Page[Item]], query: Query | None = None) -> Iterator[Item]:
        cursor: str | None = None
        while True:
            at = {} if cursor is None else {"cursor": cursor}
            found = self._transport.get(path, page, {**(query or {}), "limit": MAX_ITEMS, **at})
            yield from found.items
            cursor = found.next_cursor
            if cursor is None:
                return
