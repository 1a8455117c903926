"""The supervisor: gives leases to trainers, carries decisions to them, and brings what they say to the server."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from pydantic import JsonValue

from hpsearch.client import Client
from hpsearch.errors import HpsearchError
from hpsearch.trial import Decision
from hpsearch.wire.status import WorkerStatus
from hpsearch.wire.verbs import Asked, Lease, ReportItem, TellItem, Work
from hpsearch_workers.agent.asker import EXIT_FAILURE, EXIT_USAGE, Asker, CannotWork, Wish
from hpsearch_workers.agent.courier import Courier
from hpsearch_workers.agent.delivery import Delivery
from hpsearch_workers.agent.lately import Lately
from hpsearch_workers.agent.output import Echo
from hpsearch_workers.agent.placement import Placement
from hpsearch_workers.agent.renewer import Renewer
from hpsearch_workers.agent.spool import Spool
from hpsearch_workers.agent.status import status
from hpsearch_workers.agent.trainer import Trainer

log = structlog.get_logger("hpsearch.worker")

GRACE_SECONDS = 6.0
"""How long trainings may take to reach their next report, or to store where they are, when the worker ends.

A snapshot takes 0.06 s on a quiet machine and 0.16 s on a busy one: time for 16 lanes after a chunk of a second.
"""
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
        """One training process for each of `echoes`, which takes what it prints."""
        self._spool = spool
        self._wish = wish
        self._stopping = threading.Event()
        self._exit_code = 0
        self._changed = threading.Condition()
        self._device: dict[str, JsonValue] = {}
        self._came_up = False
        self._lately = Lately()
        self._courier = Courier(spool, Delivery(client, spool, self._decided))
        self._renewer = Renewer(client, wish.worker, spool, self._status, self._decided, self._stopping)
        self._asker = Asker(client, spool, wish, self, self._stopping)
        self._trainers = [Trainer(number, command, environment, self, echo) for number, echo in enumerate(echoes)]
        self._placement = Placement(self._trainers)

    def run(self) -> int:
        """Works until `stop`, or until all is finished; the exit code."""
        wish = self._wish
        log.info("the worker starts", worker=wish.worker, processes=len(self._trainers), objectives=wish.objectives)
        self._give_back(self._spool.untold())
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
        """A trainer takes trials, in a new process."""
        with self._changed:
            self._came_up = True
            self._device = device
            self._dispatch()

    def room_changed(self, trainer: Trainer) -> None:
        """A trainer wants more, or fewer, leases than before."""
        with self._changed:
            self._dispatch()

    def did_not_come_up(self, trainer: Trainer, message: str, *, refused: bool) -> None:
        """A process cannot run trials. At the very first start nothing can be expected of another try."""
        log.error("no trial can be run", trainer=trainer.number, why=message)
        with self._changed:
            self._give_back(self._placement.take_waiting())
            if not self._came_up:
                self.stop(EXIT_USAGE if refused else EXIT_FAILURE)

    def reported(self, trainer: Trainer, item: ReportItem) -> None:
        """A value."""
        with self._changed:
            self._placement.reported(item.lease, item.step)
        self._courier.put([item])

    def ended(self, trainer: Trainer, item: TellItem) -> None:
        """A trial has ended."""
        with self._changed:
            self._tell([item] if self._placement.ended(item.lease) else [])

    def died(self, trainer: Trainer, items: Sequence[TellItem]) -> None:
        """A process has died with these trials."""
        with self._changed:
            known = self._placement.died([item.lease for item in items])
            self._tell([item for item in items if item.lease in known])

    # What the asker needs

    def wait_for_room(self) -> int:
        """Waits for trainers with room, then for the results of the last trials to be delivered."""
        while not self._stopping.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._stopping.is_set() or self._placement.room)
            self._courier.flush(FLUSH_SECONDS)
            with self._changed:
                room = self._placement.room
            if room:
                return room
        return 0

    def take(self, asked: Asked) -> None:
        """Runs what was granted; gives back what came too late, or is not what this worker asks for any more."""
        self._renewer.renew_every(asked.renew_seconds)
        for lease in asked.leases:
            work = asked.studies[lease.study]
            with self._changed:
                if not self._stopping.is_set() and self._is_wanted(lease, work):
                    self._placement.add(lease, work)
                    self._lately.lanes(*self._lanes())
                else:
                    self._give_back([lease.lease])

    def finished(self) -> bool:
        """All studies are finished: ends the worker, where that was wished, once nothing runs and every result is delivered."""
        with self._changed:
            if not (self._wish.until_finished and self._placement.is_empty):
                return False
        if not self._courier.flush(FLUSH_SECONDS):
            return False
        log.info("all studies are finished")
        self.stop(0)
        return True

    def _is_wanted(self, lease: Lease, work: Work) -> bool:
        studies = self._wish.studies
        return work.objective in self._wish.objectives and (studies is None or lease.study in studies)

    def _tell(self, items: Sequence[TellItem]) -> None:
        """Ends of trials that were held; others have been given back already: the worker ends. The caller holds the lock."""
        for item in items:
            self._lately.ended(item.device_seconds or 0.0)
        self._courier.put(items)
        self._dispatch()

    def _dispatch(self) -> None:
        """Starts what can start; the caller holds the lock."""
        self._placement.dispatch()
        self._lately.lanes(*self._lanes())
        self._changed.notify_all()

    def _decided(self, lease: str, decision: Decision, reason: str | None) -> None:
        with self._changed:
            if self._placement.decide(lease, decision, reason):
                self._give_back([lease])
            self._changed.notify_all()  # it makes room

    def _lanes(self) -> tuple[int, int]:
        """How many there are, and how many of them have a trial."""
        return sum(trainer.lanes for trainer in self._trainers), sum(trainer.busy for trainer in self._trainers)

    def _status(self) -> WorkerStatus:
        pids = [trainer.pid for trainer in self._trainers if trainer.pid is not None]
        with self._changed:
            training = self._placement.training
        return status(self._device, *self._lanes(), training, self._lately.totals(), pids)

    def _give_back(self, leases: Sequence[str]) -> None:
        self._courier.put([TellItem(lease=lease, state="released") for lease in leases])

    def _end(self, deadline: float) -> None:
        with self._changed:
            log.info("the worker ends", running=len(self._placement.running))
            self._changed.notify_all()
            self._give_back(self._placement.take_waiting())
            for lease in self._placement.running:
                self._placement.decide(lease, Decision.RELEASE, "the worker ends")
            self._changed.wait_for(lambda: not self._placement.running, GRACE_SECONDS)
            given_back = self._placement.take_running()
        for trainer in self._trainers:
            trainer.close()
        self._give_back(given_back)
        self._courier.hurry()
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
