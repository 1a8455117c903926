"""What clients say they sent and were answered, read from their logs (hpsearch.wire.journal), by lease and by request."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from hpsearch.errors import InvalidInput
from hpsearch.service import life
from hpsearch.service.commands.tell import ending_of
from hpsearch.service.digest import digest
from hpsearch.storage.types import dumps
from hpsearch.wire.base import Request
from hpsearch.wire.verbs import ReportItem, TellItem

Item = TypeVar("Item", bound=Request)

PASSING = frozenset({408, 429, 502, 503, 504})
"""Answers of a server, or of something before it, that could not do it at the moment; 5xx besides them are faults of the server."""
MALFORMED = 422


@dataclass(slots=True)
class OfLease:
    """What was said of one lease. What may be stored was sent, and not refused; what must be stored was acknowledged."""

    granted: tuple[str, int, int] | None = None
    """Study, trial and attempt, as a client heard it."""
    handed_out: str | None = None
    """Its parameters, likewise."""
    sent_values: dict[int, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    """By step, the metrics that were sent with each value; a repeat may have had others."""
    stored_values: dict[int, str] = field(default_factory=dict)
    sent_ends: dict[str, life.Ending] = field(default_factory=dict)
    """By digest; digests stand for what the artifacts hold."""
    stored_end: str | None = None


class ClientLogs:
    """The logs of all clients of a database, in one pass over the files. Raises InvalidInput for a file that cannot be read."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.leases: dict[str, OfLease] = defaultdict(OfLease)
        self.asked: dict[tuple[str, str], int] = {}
        """By worker and request, how many trials it asked for; the most, where workers of two projects have the same names for both."""
        self.enqueued: dict[tuple[str, str], set[int]] = defaultdict(set)
        """By study and request, the number that was answered; several only where projects have the same names for both."""
        self.faults: list[str] = []
        """What no server may answer."""
        for path in paths:
            self._read(path)

    def _read(self, path: Path) -> None:
        waiting: dict[str, tuple[str, Any]] = {}
        for line in _lines(path):
            if "sent" in line:
                waiting[line["sent"]] = line["path"], line["body"]
            elif line.get("answered") in waiting:
                self._exchange(*waiting.pop(line["answered"]), line["status"], line["body"])
            elif "method" in line and _is_fault(line["status"]):
                self.faults.append(f"{line['method']} {line['path']} was answered by {line['status']}")
        for where, body in waiting.values():
            self._exchange(where, body, None, None)

    def _exchange(self, where: str, body: Any, status: int | None, answer: Any) -> None:
        """One request and its answer; without a status nobody knows whether it was carried out."""
        if status is not None and _is_fault(status):
            self.faults.append(f"{where} was answered by {status}: {_said(answer)}")
        if status == MALFORMED and not (isinstance(answer, dict) and answer.get("fields")):
            self.faults.append(f"{where} was refused, and no field was named: {_said(answer)}")
        if not isinstance(body, dict) or (status is not None and 400 <= status < 500 and status not in PASSING):
            return
        done = answer if status is not None and status < 300 else None
        match where:
            case "/ask":
                self._ask(body, done)
            case "/report":
                self._reports(body, done)
            case "/tell":
                self._tells(body, done)
            case _ if where.endswith("/enqueue") and done:
                self.enqueued[where.split("/")[2], body["request_id"]].add(done["number"])

    def _ask(self, body: dict[str, Any], answer: Any) -> None:
        request = body["worker"], body["request_id"]
        self.asked[request] = max(body.get("count", 1), self.asked.get(request, 0))
        for lease in answer["leases"] if answer else ():
            said = self.leases[lease["lease"]]
            said.granted = lease["study"], lease["trial"], lease["attempt"]
            said.handed_out = text_of(lease["params"])

    def _reports(self, body: dict[str, Any], answer: Any) -> None:
        for item, code in _answered(body, answer, ReportItem):
            said, value = self.leases[item.lease], value_text(item.value)
            if code in (None, "unknown"):
                said.sent_values[item.step][value].add(text_of(item.metrics))
            if code is None:
                said.stored_values[item.step] = value

    def _tells(self, body: dict[str, Any], answer: Any) -> None:
        for item, code in _answered(body, answer, TellItem):
            said, ending = self.leases[item.lease], life.diverged(ending_of(item, ""))
            assert ending.digest is not None
            if code in (None, "unknown"):
                artifacts = {name: mark_of(content) for name, content in ending.artifacts.items()}
                said.sent_ends[ending.digest] = replace(ending, artifacts=artifacts)
            if code is None:
                said.stored_end = ending.digest


def text_of(value: Any) -> str:
    """Any value as the database would hold it, to be compared."""
    return json.dumps(json.loads(dumps(value)), sort_keys=True)


def mark_of(content: Any) -> str:
    """What stands for the content of an artifact."""
    return digest(json.loads(dumps(content)))


def _is_fault(status: int) -> bool:
    return status >= 500 and status not in PASSING


def value_text(value: float) -> str:
    """A value to be compared: NaN is equal to NaN."""
    return repr(value)


def repeated_grants(attempts: Counter[tuple[str, str, str]], logs: ClientLogs) -> Iterator[tuple[str, str]]:
    """Requests that were granted more than they asked for, each with its project; `attempts` by project, worker and request."""
    for (project, worker, request), count in attempts.items():
        wanted = logs.asked.get((worker, request))
        if wanted is not None and count > wanted:
            yield project, f"request {request} of {worker} was granted {count} trials, it asked for {wanted}"


def _answered(body: dict[str, Any], answer: Any, model: type[Item]) -> Iterator[tuple[Item, str | None]]:
    """The items of a request, each with its code: None where it was accepted, `unknown` where no answer came."""
    items = body.get("items", [])
    codes = [got.get("code") for got in answer["items"]] if answer else ["unknown"] * len(items)
    for item, code in zip(items, codes, strict=True):
        try:
            yield model.model_validate_json(json.dumps(item)), code
        except ValidationError:  # no server takes it
            continue


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue  # empty, or cut short by a crash: then the request was not sent, or its answer not used
    except OSError as error:
        raise InvalidInput.at("client_log", f"{path} cannot be read: {error.strerror}") from None


def _said(answer: Any) -> str:
    return str(answer.get("detail") or answer.get("code")) if isinstance(answer, dict) else "nothing that is JSON"
