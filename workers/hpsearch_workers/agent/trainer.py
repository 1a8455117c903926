"""A training process that holds leases: watched by a thread, and started again when it dies."""

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog
from pydantic import JsonValue
from pydantic_core import to_json

from hpsearch.trial import Decision
from hpsearch.wire.failures import printable
from hpsearch.wire.verbs import Lease, ReportItem, TellError, TellItem, Work
from hpsearch_workers.agent.backoff import Backoff
from hpsearch_workers.agent.channel import Decide, Ended, Event, Ready, Refused, Reported, Room, Run
from hpsearch_workers.agent.death import error_of_death, oom_kills
from hpsearch_workers.agent.output import Echo, Output
from hpsearch_workers.agent.process import TrainingProcess

log = structlog.get_logger("hpsearch.worker")

FIRST_WAIT = 1.0
MOST_WAIT = 60.0
"""Seconds before a process that did not come up is started again."""
ARTIFACT_BYTES = 256_000
"""What the protocol takes, as JSON."""


class Crew(Protocol):
    """Who hears of a trainer; called from the trainer's thread."""

    def ready(self, trainer: "Trainer", device: dict[str, JsonValue]) -> None:
        """It takes trials now; told after each start of its process."""

    def room_changed(self, trainer: "Trainer") -> None:
        """It wants more, or fewer, leases than before."""

    def did_not_come_up(self, trainer: "Trainer", message: str, *, refused: bool) -> None:
        """Its process died before it was ready; `refused`: it said that it cannot run the objectives. It is started again after a while."""

    def reported(self, trainer: "Trainer", item: ReportItem) -> None:
        """A value of one of its trials."""

    def ended(self, trainer: "Trainer", item: TellItem) -> None:
        """One of its trials has ended by itself; it makes room once the trainer is told to `free` it."""

    def died(self, trainer: "Trainer", items: Sequence[TellItem]) -> None:
        """Its process died with these trials: a single one failed, of several each is given back. It takes the next ones after `ready`."""


class Trainer:
    """Runs trials in a process of its own: one at a time, or as many as the process says."""

    def __init__(
        self, number: int, command: Sequence[str], environment: Mapping[str, str], crew: Crew, echo: Echo
    ) -> None:
        self.number = number
        self._command = list(command)
        self._environment = dict(environment)
        self._crew = crew
        self._output = Output(echo)
        self._guard = threading.Lock()
        self._held: dict[str, Decision] = {}
        """By lease, what its training was told last."""
        self._said: Room | None = None
        self._process: TrainingProcess | None = None
        self._is_up = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"trainer-{number}", daemon=True)

    @property
    def pid(self) -> int | None:
        """Process id of its present process."""
        process = self._process
        return None if process is None else process.pid

    @property
    def room(self) -> int:
        """How many leases it wants besides those it holds; 0 while its process is not up.

        Those that it was told to end make room where it said how much it wants: others come while the last steps of these are computed.
        """
        with self._guard:
            if not self._is_up:
                return 0
            if self._said is None:
                return 0 if self._held else 1
            staying = sum(told is Decision.CONTINUE for told in self._held.values())
            return max(0, self._said.capacity - staying)

    @property
    def lanes(self) -> int:
        """Trials that it can train at the same time."""
        said = self._said
        return 1 if said is None else said.lanes

    @property
    def busy(self) -> int:
        """Lanes that have a trial."""
        said = self._said
        return len(self._held) if said is None else said.busy

    def start(self) -> None:
        """Starts the first process."""
        self._thread.start()

    def run(self, lease: Lease, work: Work) -> bool:
        """Gives it a trial; False when its process is not up at the moment."""
        with self._guard:
            if not self._is_up or self._process is None:
                return False
            if not self._held:
                self._output.clear()
            self._held[lease.lease] = Decision.CONTINUE
            process = self._process
        process.send(Run(lease=lease, work=work))
        return True

    def decide(self, lease: str, decision: Decision, reason: str | None) -> None:
        """What the next report of this trial obeys; decisions only grow."""
        with self._guard:
            if lease not in self._held or decision.rank <= self._held[lease].rank:
                return
            self._held[lease] = decision
        if self._process is not None:
            self._process.send(Decide(lease=lease, decision=decision, reason=reason))

    def free(self, lease: str) -> None:
        """Makes room: this lease has ended, and what became of it is known."""
        with self._guard:
            self._held.pop(lease, None)

    def close(self) -> None:
        """Begins to end it; nothing is told of its trials any more."""
        self._closing.set()
        if self._process is not None:
            self._process.end()

    def join(self, seconds: float) -> None:
        """Waits for the end that `close` began, and brings it about after so long."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            self.kill()
            self._thread.join(seconds)

    def kill(self) -> None:
        """Ends its process at once."""
        if self._process is not None:
            self._process.kill()

    def _live(self) -> None:
        backoff = Backoff(FIRST_WAIT, MOST_WAIT)
        while not self._closing.is_set():
            death, refused = self._one_process()
            with self._guard:
                came_up, self._is_up = self._is_up, False
                held, self._held, self._said = list(self._held), {}, None
            if self._closing.is_set():
                return
            log.error("the training process died", trainer=self.number, trials=len(held), why=death.message)
            if held:  # the trials' doing: the next ones are not made to wait
                self._crew.died(self, self._told_of_death(held, death))
                backoff.succeeded()
                continue
            if not came_up:
                self._crew.did_not_come_up(self, death.message, refused=refused)
            self._closing.wait(backoff.failed())

    def _one_process(self) -> tuple[TellError, bool]:
        """One process from its start to its end: what to tell of a trial that it ran then, and whether it refused to run any."""
        self._output.clear()
        oom_before = oom_kills()
        try:
            process = TrainingProcess(self._command, self._environment, self._output)
        except OSError as error:
            return TellError(
                reason="io", message=printable(f"the training process could not be started: {error}")
            ), False
        self._process = process
        if self._closing.is_set():
            process.end()
        refusal: str | None = None
        for event in process.events():
            refusal = self._hear(event) or refusal
        death = error_of_death(process.wait(), oom_before, oom_kills(), self._output.tail())
        return (death, False) if refusal is None else (death.model_copy(update={"message": refusal}), True)

    def _hear(self, event: Event) -> str | None:
        match event:
            case Refused(message=message):
                return message
            case Ready(device=device):
                with self._guard:
                    self._is_up = True
                self._crew.ready(self, device)
            case Room():
                with self._guard:
                    self._said = event
                self._crew.room_changed(self)
            case Reported(item=item):
                self._crew.reported(self, item)
            case Ended(item=item):
                self._crew.ended(self, self._with_log_tail(item) if item.state == "failed" else item)
        return None

    def _told_of_death(self, held: Sequence[str], death: TellError) -> list[TellItem]:
        """Of several nobody knows whose doing it was: none is charged with it."""
        if len(held) > 1:
            return [TellItem(lease=lease, state="released") for lease in held]
        return [self._with_log_tail(TellItem(lease=held[0], state="failed", error=death))]

    def _with_log_tail(self, item: TellItem) -> TellItem:
        """The item with the end of the output, as far as the limit leaves room."""
        tail = self._output.tail()
        artifacts: dict[str, JsonValue] = dict(item.artifacts)
        while tail and len(to_json(artifacts | {"log_tail": tail})) > ARTIFACT_BYTES:
            tail = tail[len(tail) // 2 + 1 :]
        return item.model_copy(update={"artifacts": artifacts | {"log_tail": tail}}) if tail else item
