"""The supervisor: gives leases to trainers, carries decisions to them, and brings what they say to the server."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import structlog
from pydantic import JsonValue

from hpsearch.client import Client
from hpsearch.errors import HpsearchError
from hpsearch.trial import Decision
from hpsearch.wire.verbs import Asked, Lease, ReportItem, TellItem, Work
from hpsearch_workers.agent.asker import EXIT_FAILURE, EXIT_USAGE, Asker, CannotWork, Wish
from hpsearch_workers.agent.courier import Courier
from hpsearch_workers.agent.delivery import Delivery
from hpsearch_workers.agent.output import Echo
from hpsearch_workers.agent.renewer import Renewer
from hpsearch_workers.agent.spool import Spool
from hpsearch_workers.agent.status import status
from hpsearch_workers.agent.trainer import Trainer

log = structlog.get_logger("hpsearch.worker")

GRACE_SECONDS = 3.0
"""How long trainings may take to reach their next report, or their end, when the worker ends."""
STOP_SECONDS = 8.0
"""From the wish to end until nothing is delivered any more; what is left then stays in the spool."""
FLUSH_SECONDS = 5.0
"""How long an ask waits for results to be delivered, so that the sampler knows them."""
JOIN_SECONDS = 0.5


class Supervisor:
    """One worker. `run` blocks until the end; `stop` may be called from any thread and from a signal handler."""

    def __init__(
        self,
        client: Client,
        spool: Spool,
        wish: Wish,
        command: Sequence[str],
        environment: Mapping[str, str],
        echoes: Sequence[Echo],
    ) -> None:
        """One lane for each of `echoes`, which takes what its training prints."""
        self._spool = spool
        self._wish = wish
        self._stopping = threading.Event()
        self._exit_code = 0
        self._changed = threading.Condition()
        self._idle: list[Trainer] = []
        self._waiting: deque[tuple[Lease, Work]] = deque()
        """Granted, with no trainer yet: one died in the meantime."""
        self._running: dict[str, Trainer] = {}
        self._device: dict[str, JsonValue] = {}
        self._came_up = False
        self._courier = Courier(spool, Delivery(client, spool, self._decided))
        self._renewer = Renewer(client, wish.worker, spool, self._status, self._decided, self._stopping)
        self._asker = Asker(client, spool, wish, self, self._stopping)
        self._trainers = [Trainer(number, command, environment, self, echo) for number, echo in enumerate(echoes)]

    def run(self) -> int:
        """Works until `stop`, or until all is finished; the exit code."""
        log.info(
            "the worker starts", worker=self._wish.worker, lanes=len(self._trainers), objectives=self._wish.objectives
        )
        self._courier.put([TellItem(lease=lease, state="released") for lease in self._spool.untold()])
        for trainer in self._trainers:
            trainer.start()
        for name, work in (("courier", self._courier.run), ("renewer", self._renewer.run), ("asker", self._asker.run)):
            threading.Thread(target=self._guarded, args=(work,), name=name, daemon=True).start()
        self._stopping.wait()
        self._end(time.monotonic() + STOP_SECONDS)
        return self._exit_code

    def stop(self, exit_code: int) -> None:
        """Begins to end; the first call's exit code holds."""
        if not self._stopping.is_set():
            self._exit_code = exit_code
            self._stopping.set()

    @property
    def is_stopping(self) -> bool:
        """Whether the end has begun."""
        return self._stopping.is_set()

    def kill(self) -> None:
        """Ends the training processes at once."""
        for trainer in self._trainers:
            trainer.kill()

    # What trainers say

    def ready(self, trainer: Trainer, device: dict[str, JsonValue]) -> None:
        """A trainer is idle, in a new process."""
        with self._changed:
            self._came_up = True
            self._device = device
            self._idle.append(trainer)
            self._dispatch()

    def did_not_come_up(self, trainer: Trainer, message: str, *, refused: bool) -> None:
        """A process cannot run trials. At the very first start nothing can be expected of another try."""
        log.error("no trial can be run", trainer=trainer.number, why=message)
        with self._changed:
            self._give_back_waiting()
            if not self._came_up:
                self.stop(EXIT_USAGE if refused else EXIT_FAILURE)

    def reported(self, trainer: Trainer, item: ReportItem) -> None:
        """A value."""
        self._courier.put([item])

    def ended(self, trainer: Trainer, item: TellItem, *, alive: bool) -> None:
        """A trial has ended."""
        with self._changed:
            if self._running.pop(item.lease, None) is None:
                return  # given back already: the worker ends
            self._courier.put([item])
            if alive:
                self._idle.append(trainer)
                self._dispatch()
            self._changed.notify_all()

    # What the asker needs

    def wait_for_room(self) -> int:
        """Waits for idle trainers, then for the results of the last trials to be delivered."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping.is_set() or (self._idle and not self._waiting))
        self._courier.flush(FLUSH_SECONDS)
        with self._changed:
            return 0 if self._stopping.is_set() else max(1, len(self._idle) - len(self._waiting))

    def take(self, asked: Asked) -> None:
        """Runs what was granted; gives back what came too late, or is not what this worker asks for any more."""
        self._renewer.renew_every(asked.renew_seconds)
        for lease in asked.leases:
            work = asked.studies[lease.study]
            with self._changed:
                if not self._stopping.is_set() and self._is_wanted(lease, work):
                    self._waiting.append((lease, work))
                    self._dispatch()
                else:
                    self._courier.put([TellItem(lease=lease.lease, state="released")])

    def finished(self) -> bool:
        """All studies are finished: ends the worker, where that was wished, once nothing runs."""
        if not self._wish.until_finished or self._running or self._waiting:
            return False
        log.info("all studies are finished")
        self.stop(0)
        return True

    def _is_wanted(self, lease: Lease, work: Work) -> bool:
        studies = self._wish.studies
        return work.objective in self._wish.objectives and (studies is None or lease.study in studies)

    def _dispatch(self) -> None:
        """Brings leases and idle trainers together; the caller holds the lock."""
        while self._waiting and self._idle:
            trainer, (lease, work) = self._idle.pop(), self._waiting[0]
            self._running[lease.lease] = trainer
            if trainer.run(lease, work):
                self._waiting.popleft()
                log.info(
                    "trial starts", trial=f"{lease.study}/{lease.trial}", attempt=lease.attempt, trainer=trainer.number
                )
            else:
                del self._running[lease.lease]  # it died since; it says so when it is up again
        self._changed.notify_all()

    def _decided(self, lease: str, decision: Decision, reason: str | None) -> None:
        with self._changed:
            trainer = self._running.get(lease)
            waiting = [entry for entry in self._waiting if entry[0].lease == lease]
            for entry in waiting:
                self._waiting.remove(entry)
                self._courier.put([TellItem(lease=lease, state="released")])
        if trainer is not None:
            trainer.decide(lease, decision, reason)

    def _status(self) -> dict[str, JsonValue]:
        pids = [trainer.pid for trainer in self._trainers if trainer.pid is not None]
        return status(self._device, len(self._trainers), len(self._running), pids)

    def _give_back_waiting(self) -> None:
        self._courier.put([TellItem(lease=lease.lease, state="released") for lease, _ in self._waiting])
        self._waiting.clear()

    def _end(self, deadline: float) -> None:
        log.info("the worker ends", running=len(self._running))
        with self._changed:
            self._changed.notify_all()
            self._give_back_waiting()
            running = dict(self._running)
        for lease, trainer in running.items():
            trainer.decide(lease, Decision.RELEASE, "the worker ends")
        with self._changed:
            self._changed.wait_for(lambda: not self._running, GRACE_SECONDS)
            given_back, self._running = list(self._running), {}
        for trainer in self._trainers:
            trainer.close()
        self._courier.put([TellItem(lease=lease, state="released") for lease in given_back])
        if not (self._flush(deadline) and self._settle_asking() and self._flush(deadline)):
            log.warning(
                "not all could be delivered; the next start of this worker does it", spool=str(self._spool.folder)
            )
        self._courier.stop()
        for trainer in self._trainers:
            trainer.join(JOIN_SECONDS)

    def _flush(self, deadline: float) -> bool:
        return self._courier.flush(max(0.0, deadline - time.monotonic()))

    def _settle_asking(self) -> bool:
        """Whether it is known what the last ask was granted."""
        try:
            self._asker.settle()
        except HpsearchError:
            return False
        return True

    def _guarded(self, work: Callable[[], None]) -> None:
        """A thread that dies takes the worker with it, instead of leaving it half alive."""
        try:
            work()
        except CannotWork as error:
            log.error("the worker cannot go on", why=str(error))
            self.stop(error.exit_code)
        except Exception:
            if not self._stopping.is_set():
                log.exception("a thread of the worker failed")
                self.stop(EXIT_FAILURE)
