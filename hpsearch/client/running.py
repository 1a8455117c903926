"""The user's own loop: trials that this process runs, and the thread that renews their leases.

    for trial in client.trials("my-study"):
        with trial:
            for epoch in range(1, 11):
                trial.report(epoch, train_one_epoch(**trial.params))

`with trial` ends the trial by what its body did, at once and exactly. Without it a loop cannot see the exception that leaves it
(Python closes the iterator without telling why), so a trial left behind is settled a moment later: by the exception that leaves
`with Client()`, by the one that ends the program, or else as given back.
"""

import atexit
import logging
import os
import re
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from hpsearch.client.running_trial import RunningTrial
from hpsearch.errors import HpsearchError
from hpsearch.validation import parse
from hpsearch.wire.verbs import Ask

if TYPE_CHECKING:
    from hpsearch.client.client import Client

WAIT_SECONDS = 30.0
"""How long one ask waits for a trial."""
LEFT_SECONDS = 10.0
"""A trial that its loop left is given back after this time, when nothing has told why."""

_log = logging.getLogger(__name__)


class RunningTrials:
    """The trials that a program runs, and a thread that renews them. One for each client."""

    def __init__(self, client: "Client", clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._open: dict[RunningTrial, float | None] = {}
        """What may not have ended, and when its loop left it (None: it has not)."""
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._renewer: threading.Thread | None = None
        self._error_before = _last_error()

    def of(self, study: str, worker: str | None, objectives: Sequence[str] | None) -> Iterator[RunningTrial]:
        """Trials of one study until it is finished; ends each that the loop's body did not end."""
        worker = worker or default_worker()
        wanted: dict[str, object] = {"worker": worker, "host": host_name(), "studies": (study,)}
        wanted["wait_seconds"] = WAIT_SECONDS
        if objectives is not None:
            wanted["objectives"] = tuple(objectives)
        while True:
            asked = self._client.ask(parse(Ask, {**wanted, "request_id": uuid.uuid4().hex}))
            if asked.finished and not asked.leases:
                return
            for lease in asked.leases:
                trial = RunningTrial(self._client, worker, lease, asked.studies[lease.study])
                yield from self._run(trial, asked.renew_seconds)

    def _run(self, trial: RunningTrial, renew_seconds: float) -> Iterator[RunningTrial]:
        with self._guard:
            self._open[trial] = None
        self._start(renew_seconds)
        try:
            yield trial
        except GeneratorExit:
            # The loop was left, by break, return or an exception: which of them, nothing here can see.
            with self._guard:
                self._open[trial] = self._clock()
            raise
        trial.finish()

    def renew(self) -> None:
        """Renews what is open, and settles what its loop left long ago."""
        now = self._clock()
        for trial, left in self._unended():
            if left is not None and now - left >= LEFT_SECONDS:
                self._settle(trial, self._error_since())
        by_worker: dict[str, dict[str, RunningTrial]] = {}
        for trial, _ in self._unended():
            by_worker.setdefault(trial.worker, {})[trial.lease] = trial
        for worker, trials in by_worker.items():
            for item in self._client.renew(worker, list(trials)).items:
                trials[item.lease].decide(item.decision, item.reason)

    def close(self, error: BaseException | None = None) -> None:
        """Ends what is open, by the exception that left the loop if there is one, and stops renewing."""
        self._stop.set()
        atexit.unregister(self._at_exit)
        for trial, _ in self._unended():
            self._settle(trial, error)

    def _at_exit(self) -> None:
        self.close(self._error_since())

    def _settle(self, trial: RunningTrial, error: BaseException | None) -> None:
        try:
            trial.settle(error)
        except HpsearchError as failed:  # its lease expires by itself
            _log.warning("trial %d of %s could not be ended: %s", trial.number, trial.study, failed)

    def _unended(self) -> list[tuple[RunningTrial, float | None]]:
        with self._guard:
            self._open = {trial: left for trial, left in self._open.items() if not trial.ended}
            return list(self._open.items())

    def _error_since(self) -> BaseException | None:
        error = _last_error()
        return None if error is self._error_before else error

    def _start(self, renew_seconds: float) -> None:
        if self._renewer is None:
            atexit.register(self._at_exit)
            self._renewer = threading.Thread(
                target=self._renew_for_ever, args=(renew_seconds,), name="hpsearch-renew", daemon=True
            )
            self._renewer.start()

    def _renew_for_ever(self, renew_seconds: float) -> None:
        while not self._stop.wait(renew_seconds):
            try:
                self.renew()
            except HpsearchError as failed:
                _log.warning("leases could not be renewed: %s", failed)


def default_worker() -> str:
    """The name of a worker that was given none: host name and process id."""
    return f"{host_name()}-{os.getpid()}"


def host_name() -> str:
    """This host's name, as all programs of ours tell it, with what a worker's name cannot hold replaced."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname()).strip("-._")[:80] or "host"


def _last_error() -> BaseException | None:
    """The exception that nothing caught: Python keeps it when it prints the traceback that ends the program."""
    return getattr(sys, "last_value", None)
