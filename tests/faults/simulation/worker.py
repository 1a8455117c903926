"""A worker of a simulated world: the real supervisor with its asker, courier, renewer and spool; only the training is made up."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from faults.simulation.network import TIMEOUT, Network
from faults.simulation.promises import Promises
from faults.simulation.world import Killed, Process, World
from lab import TERM

from hpsearch.client import Client
from hpsearch.trial import Decision
from hpsearch.wire.status import WorkerStatus
from hpsearch.wire.verbs import Lease, ReportItem, TellError, TellItem, Work
from hpsearch_workers.agent import asker, backoff, courier, renewer, supervisor
from hpsearch_workers.agent.asker import Wish
from hpsearch_workers.agent.spool import Spool
from hpsearch_workers.agent.supervisor import Supervisor

SILENT = 0.08
"""Of the trainings' steps take longer than a lease lasts."""
GAP = 15.0
REASONS = ("exception", "out_of_memory", "io", "invalid_parameters")


@contextmanager
def virtual(world: World) -> Iterator[None]:
    """The agent's threads, clocks and random numbers are the world's."""
    names: list[tuple[Any, str, Any]] = [
        *((module, "threading", world.threading) for module in (supervisor, courier, renewer, asker)),
        *((module, "time", world.time) for module in (supervisor, asker)),
        (asker, "uuid", world.uuid),
        (backoff, "random", SimpleNamespace(Random=lambda: world.random)),
        (supervisor, "Trainer", Trainer),
        (supervisor, "Courier", lambda spool, delivery: courier.Courier(spool, delivery, world.time.monotonic)),
        (supervisor, "status", lambda *_: WorkerStatus(host="simulated")),
    ]
    with ExitStack() as stack:
        for module, name, value in names:
            stack.enter_context(patch.object(module, name, value))
        yield


class FragileSpool(Spool):
    """A spool whose worker may be killed just before, or just after, it is written."""

    worker: "Worker"

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        with super()._transaction() as db:
            yield db
            self.worker.may_die("killed before its disk")
        self.worker.may_die("killed after its disk")


class Worker:
    """A worker that is started again whenever it ends, until the world asks for nothing more."""

    def __init__(self, world: World, name: str, network: Network, folder: Path, studies: Sequence[str]) -> None:
        self.world = world
        self.name = name
        self.log = folder / f"{name}.log"
        self.promises = Promises(name, self.log)
        self.is_faulty = True
        self.exit_code: int | None = None
        self.process: Process | None = None
        self.spool: FragileSpool | None = None
        self.started = 0.0
        self._network = network
        self._folder = folder / name
        self._wish = Wish(name, f"host-of-{name}", tuple(studies), ("mine:train",), until_finished=True)
        self.start()

    def start(self) -> None:
        """A new process, with what the last one left on disk."""
        if self.process is not None:
            return
        process = self.process = Process(self.world, self.name)
        self.exit_code = None
        self.started = self.world.now
        FragileSpool.worker = self
        self.spool = FragileSpool(self._folder, self.world.time.time)
        self.spool.worker = self
        self.promises.begin(self.spool)
        self.world.note(f"{self.name} starts")
        process.start(self._run, process, self.spool)

    def _run(self, process: Process, spool: FragileSpool) -> None:
        line = self._network.of(process, self.promises)
        with Client("http://server", "t", TIMEOUT, retry_seconds=0, log=self.log, network=line) as client:
            self.exit_code = Supervisor(client, spool, self._wish, process, {}, [None, None]).run()  # type: ignore[arg-type, list-item]
        self.world.note(f"{self.name} ends with {self.exit_code}")
        self.world.after(0.0, lambda: self._ended(process))

    def check_end(self) -> None:
        """After its last end."""
        self.promises.check_end(self._folder)

    def _ended(self, process: Process) -> None:
        if process is self.process:
            self.kill()

    def may_die(self, kind: str) -> None:
        """For the spool to call, in a thread of the worker."""
        process = self.process
        if not self.is_faulty or process is None or process.is_dead or self.world.fiber is None:
            return
        if self.world.chance(0.004):
            self.world.fault(kind)
            process.is_dead = True
            self.world.after(0.0, self.kill)
            raise Killed

    def kill(self) -> None:
        """Ends the process, if there is one; another is started after a while."""
        if self.process is None or self.spool is None:
            return
        self.process.kill()
        self.spool.close()
        self.process = self.spool = None
        self.world.after(self.world.between(0.5, 40.0 if self.world.chance(0.3) else 4.0), self._again)

    def _again(self) -> None:
        if self.is_faulty or self.exit_code != 0:
            self.start()

    def stall(self, seconds: float) -> None:
        """None of its threads goes on for so long."""
        if self.process is not None:
            self.process.stalled_until = self.world.now + seconds
            self.world.trouble(seconds)

    def has_lost(self, lease: str) -> bool:
        """Whether it should have renewed this lease for more than its term, and so never let it expire."""
        calm = max(self.started, self.world.troubled_until) + TERM + GAP
        return self.spool is not None and lease in self.spool.held() and self.world.now > calm


@dataclass
class Training:
    """A trial that is trained: as many steps, and what comes of it."""

    lease: Lease
    steps: int
    step: int
    end: str
    decision: Decision = Decision.CONTINUE


class Trainer:
    """In the place of a training process: reports now and then, obeys decisions at its reports, ends, fails, dies."""

    def __init__(self, number: int, process: Process, environment: Any, crew: Supervisor, echo: Any) -> None:
        self.number = number
        self.pid = None
        self.lanes = number + 1
        self._process = process
        self._world = process.world
        self._crew = crew
        self._held: dict[str, Training] = {}
        self._is_up = False
        self._is_closing = False

    @property
    def room(self) -> int:
        staying = sum(training.decision is Decision.CONTINUE for training in self._held.values())
        return max(0, self.lanes - staying) if self._is_up else 0

    @property
    def busy(self) -> int:
        return len(self._held)

    def start(self) -> None:
        self._later(0.1, 1.0, self._up)

    def _up(self) -> None:
        self._is_up = True
        self._crew.ready(self, {})  # type: ignore[arg-type]

    def run(self, lease: Lease, work: Work) -> bool:
        if not self._is_up:
            return False
        dice = self._world.random
        ends = ["completed"] * 12 + ["failed", "nan", "dies"]
        begin = lease.resume.step if lease.resume else 0
        self._held[lease.lease] = Training(lease, begin + dice.randint(1, 4), begin, dice.choice(ends))
        self._later(0.2, 3.0, lambda: self._step(lease.lease))
        return True

    def decide(self, lease: str, decision: Decision, reason: str | None) -> None:
        training = self._held.get(lease)
        if training is not None and decision.rank > training.decision.rank:
            training.decision = decision

    def free(self, lease: str) -> None:
        self._held.pop(lease, None)

    def close(self) -> None:
        self._is_closing = True

    def kill(self) -> None:
        self._is_closing = True

    def join(self, seconds: float) -> None:
        pass

    def _later(self, low: float, high: float, what: Any) -> None:
        self._world.after(self._world.between(low, high), lambda: self._alive() and what(), self._process)

    def _alive(self) -> bool:
        return not (self._process.is_dead or self._is_closing)

    def _step(self, lease: str) -> None:
        training = self._held.get(lease)
        if training is None:
            return
        if training.decision is not Decision.CONTINUE:
            self._end(training, state="released", **self._checkpoint(training))
        elif training.step < training.steps:
            training.step += 1
            value = self._world.random.choice([0.1, 0.5, 0.9, self._world.random.random(), 2.0])
            item = ReportItem(lease=lease, step=training.step, value=value, **self._checkpoint(training))
            self._crew.reported(self, item)  # type: ignore[arg-type]
            is_silent = self._world.chance(SILENT)
            self._later(*((TERM, 3 * TERM) if is_silent else (0.2, 4.0)), lambda: self._step(lease))
        elif training.end == "dies":
            self._die()
        elif training.end == "failed":
            reason = self._world.random.choice(REASONS)
            self._end(training, state="failed", error=TellError(reason=reason, message="so it goes"))
        else:
            value = float("nan") if training.end == "nan" else round(self._world.random.random(), 3)
            self._end(
                training, state="completed", values=(value,), best_step=training.step, artifacts={"log_tail": "x"}
            )

    def _checkpoint(self, training: Training) -> dict[str, Any]:
        if not training.step or self._world.chance(0.5):
            return {}
        return {"checkpoint": {"ref": f"/{training.lease.trial}-{training.lease.attempt}", "step": training.step}}

    def _end(self, training: Training, **told: Any) -> None:
        item = TellItem.model_validate({"lease": training.lease.lease, **told})
        self._crew.ended(self, item)  # type: ignore[arg-type]

    def _die(self) -> None:
        held, self._held, self._is_up = list(self._held), {}, False
        error = TellError(reason="killed", message="signal 9")
        if len(held) == 1:
            items = [TellItem(lease=held[0], state="failed", error=error)]
        else:
            items = [TellItem(lease=lease, state="released") for lease in held]
        self._world.fault("training died")
        self._later(0.5, 3.0, self._up)
        self._crew.died(self, items)  # type: ignore[arg-type]
