"""The user's own loop in a simulated world: the Python client as it is, with its retries and the thread that renews."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import stamina._core
import tenacity
import tenacity.nap
from faults.simulation.network import TIMEOUT, Network
from faults.simulation.promises import Promises
from faults.simulation.world import Process, World

from hpsearch.client import Client, RunningTrial, running
from hpsearch.errors import Conflict, HpsearchError, TrialFinal

RETRY_SECONDS = 20.0


@contextmanager
def virtual(world: World) -> Iterator[None]:
    """The client's threads, clocks and random numbers are the world's."""
    names: list[tuple[Any, str, Any]] = [
        (running, "threading", world.threading),
        (running, "uuid", world.uuid),
        (running, "atexit", SimpleNamespace(register=lambda _: None, unregister=lambda _: None)),
        (tenacity, "time", world.time),
        (tenacity.nap, "time", world.time),
        (stamina._core, "random", world.random),
    ]
    with ExitStack() as stack:
        for module, name, value in names:
            stack.enter_context(patch.object(module, name, value))
        yield


class Looper:
    """A program that runs trials of one study in a loop, and is started again whenever it ends."""

    def __init__(self, world: World, network: Network, folder: Path, study: str) -> None:
        self.world = world
        self.name = "looper"
        self.log = folder / "looper.log"
        self.promises = Promises(self.name, self.log)
        self.is_faulty = True
        self.exit_code: int | None = None
        self.process: Process | None = None
        self._network = network
        self._study = study
        self.start()

    def start(self) -> None:
        """A new program."""
        if self.process is None:
            self.exit_code = None
            self.process = Process(self.world, self.name)
            self.world.note("looper starts")
            self.process.start(self._run, self.process)

    def stall(self, seconds: float) -> None:
        """Its threads do not go on for so long."""
        if self.process is not None:
            self.process.stalled_until = self.world.now + seconds

    def kill(self) -> None:
        """Ends the program, if there is one; another is started after a while."""
        if self.process is not None:
            self.process.kill()
            self.process = None
            self.world.after(self.world.between(0.5, 5.0), self._again)

    def _again(self) -> None:
        if self.is_faulty or self.exit_code != 0:
            self.start()

    def _run(self, process: Process) -> None:
        line = self._network.of(process, self.promises)
        code = 0
        try:
            with Client("http://server", "t", TIMEOUT, RETRY_SECONDS, log=self.log, network=line) as client:
                for trial in client.trials(self._study, worker=self.name):
                    with trial:
                        self._train(trial)
        except (HpsearchError, ArithmeticError) as error:
            code = 1
            self.world.note(f"looper ends with {type(error).__name__}")
        self.exit_code = code
        self.world.after(0.0, lambda: self.kill() if process is self.process else None)

    def _train(self, trial: RunningTrial) -> None:
        dice = self.world.random
        for step in range(1, dice.randint(2, 4)):
            self.world.sleep(self.world.between(0.2, 3.0))
            value = dice.random()
            trial.report(step, value)
            if self.is_faulty and self.world.chance(0.3):
                self._contradict(trial, step, value)
        if self.is_faulty and self.world.chance(0.1):
            raise ZeroDivisionError("a fault of the user's")

    def _contradict(self, trial: RunningTrial, step: int, value: float) -> None:
        """Another value for the same step: it must be refused, whatever the network does."""
        self.world.fault("contradicted", "report")
        try:
            trial.report(step, value + 1.0)
        except Conflict:
            return
        except TrialFinal:
            raise
        self.world.errors.append(AssertionError(f"looper: step {step} of trial {trial.number} took two values"))
