"""Workers' traffic from threads of the test, and what they were told is stored."""

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from processes import TOKEN

from hpsearch.client import Client
from hpsearch.errors import DatabaseUnavailable, InternalError, ServerUnreachable
from hpsearch.wire.verbs import Ask, ReportItem, TellItem

AWAY = (ServerUnreachable, DatabaseUnavailable, InternalError)
THREADS = 4

Answer = TypeVar("Answer")


class Load:
    """Asks, renews, reports and tells until `stop`; each request is sent again until it is answered, to the server that lives then.

    The requests are noted in `log`, for `hpsearch verify --client-log`.
    """

    def __init__(self, address: Callable[[], str], log: Path, study: str = "s") -> None:
        self.log = log
        self.answers = 0
        self.failures = 0
        """Requests that were not."""
        self.errors: list[Exception] = []
        """What no thread expected; they end with it."""
        self._address = address
        self._study = study
        self._stopping = threading.Event()
        self._giving_up = threading.Event()
        self._clients = threading.local()
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._guarded, args=(f"w{number}",)) for number in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def give_up(self) -> None:
        """Where no server will come any more: requests that are not answered now never are."""
        self._giving_up.set()
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Every request that was begun is answered before this returns."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        assert self.errors == []

    def _guarded(self, worker: str) -> None:
        try:
            while not self._stopping.is_set():
                self._trials(worker)
        except Exception as error:
            self.errors.append(error)
        finally:
            self._client().close()

    def _trials(self, worker: str) -> None:
        ask = Ask(worker=worker, request_id=f"{worker}-{next(self._numbers)}", count=3, studies=(self._study,))
        leases = self._until_answered(lambda client: client.ask(ask)).leases
        self._until_answered(lambda client: client.renew(worker, [lease.lease for lease in leases]))
        for lease in leases:
            for step in (1, 2):
                item = ReportItem(lease=lease.lease, step=step, value=lease.params["x"] / step)
                self._until_answered(lambda client, item=item: client.report([item]))
            end = TellItem(lease=lease.lease, state="completed", values=(lease.params["x"],))
            (told,) = self._until_answered(lambda client, end=end: client.tell([end]))
            assert told.accepted, told

    def _until_answered(self, send: Callable[[Client], Answer]) -> Answer:
        while True:
            if self._giving_up.is_set():
                raise RuntimeError("given up")
            try:
                found = send(self._client())
            except AWAY:
                self.failures += 1
                self._clients.client.close()
                del self._clients.client
                time.sleep(0.01)  # before the next try
            else:
                self.answers += 1
                return found

    def _client(self) -> Client:
        """This thread's, to the server that lives now."""
        if not hasattr(self._clients, "client"):
            self._clients.client = Client(self._address(), TOKEN, retry_seconds=0, log=self.log)
        return self._clients.client
