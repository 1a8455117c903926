"""What a client promises: each request is in its log, and on its worker's disk, before the network sees it; what is settled is not sent again."""

import json
from pathlib import Path
from typing import Any

from hpsearch.wire import journal, verbs
from hpsearch_workers.agent.spool import Spool

REFUSED = range(400, 500)
UNSETTLED = {"lease_unknown", "invalid_values"}
"""What is told of an end that is kept, or replaced by another."""


class Promises:
    """Of one client, through all its lives; `spool` is what its worker has now, where it is a worker's."""

    def __init__(self, name: str, log: Path) -> None:
        self.wrong: list[str] = []
        self.spool: Spool | None = None
        self._name = name
        self._log = log
        self._read = 0
        self._open_ask: str | None = None
        """The worker's ask that was sent and not answered."""
        self._settled: dict[str, set[str]] = {"/tell": set(), "/renew": set()}
        """Leases whose end was heard of, by the request that brought the news, in this life of a worker."""

    def begin(self, spool: Spool) -> None:
        """A worker begins a life: what it heard in the last and had not yet noted on its disk, it does not know."""
        self.spool = spool
        for leases in self._settled.values():
            leases.clear()

    def sent(self, method: str, path: str, body: bytes) -> None:
        """A request leaves."""
        if method != "GET" and self._last_line() != json.loads(journal.sent("", method, path, body)):
            self._broken(f"{path} is sent, but is not in its log")
        if self.spool is not None and path == "/ask":
            self._asks(self.spool, verbs.Ask.model_validate_json(body))
        elif self.spool is not None and path in ("/report", "/tell"):
            self._delivers(self.spool, path, body)
        if self.spool is not None and path in self._settled:
            self._asks_again(path, body)

    def answered(self, path: str, status: int, body: bytes) -> None:
        """An answer has come in."""
        if path == "/ask" and (status == 200 or status in REFUSED):
            self._open_ask = None
        elif path == "/tell" and status == 200:
            told = verbs.Told.model_validate_json(body).items
            self._settled[path].update(item.lease for item in told if item.code not in UNSETTLED)
        elif path == "/renew" and status == 200:
            renewed = verbs.Renewed.model_validate_json(body).items
            self._settled[path].update(item.lease for item in renewed if item.decision == "lost")

    def check_end(self, folder: Path) -> None:
        """Nothing is left on the disk of a worker that has ended after all was finished."""
        with Spool(folder) as spool:
            left = {"leases": spool.held(), "items": spool.pending(), "an ask": spool.unanswered_ask()}
        for name, found in left.items():
            if found:
                self._broken(f"{name} left in its spool at the end: {found}")

    def _asks(self, spool: Spool, ask: verbs.Ask) -> None:
        kept = spool.unanswered_ask()
        if kept is None or (kept.request_id, kept.count) != (ask.request_id, ask.count):
            self._broken(f"ask {ask.request_id} is sent, kept is {kept and kept.request_id}")
        if self._open_ask not in (None, ask.request_id):
            self._broken(f"ask {ask.request_id} is sent, but {self._open_ask} was never answered")
        self._open_ask = ask.request_id

    def _delivers(self, spool: Spool, path: str, body: bytes) -> None:
        kept, held = {one.item.model_dump_json() for one in spool.pending(100_000)}, spool.held()
        kind = verbs.Report if path == "/report" else verbs.Tell
        for item in kind.model_validate_json(body).items:
            if item.lease in held and item.model_dump_json() not in kept:  # a lease that was lost meanwhile is dropped
                self._broken(f"{path} of {item.lease} is sent, but is not kept")

    def _asks_again(self, path: str, body: bytes) -> None:
        if path == "/tell":
            leases = {item.lease for item in verbs.Tell.model_validate_json(body).items}
        else:
            leases = set(verbs.Renew.model_validate_json(body).leases)
        for lease in sorted(leases & self._settled[path]):
            self._broken(f"{path} of {lease} is sent, but its answer was heard before")

    def _last_line(self) -> dict[str, Any] | None:
        """The last request in the log, without its number."""
        with self._log.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        found = [line for line in new.splitlines() if line.startswith(b'{"sent"')]
        return {**json.loads(found[-1]), "sent": ""} if found else None

    def _broken(self, message: str) -> None:
        self.wrong.append(f"I5: {self._name}: {message}")
