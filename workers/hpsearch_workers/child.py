"""The training process: imports the objectives it was started with, and trains what the supervisor gives it.

Started by the supervisor: `python -m hpsearch_workers.child --commands-fd N --events-fd N --objective NAME ...`. It keeps what its
objectives keep, compiled programs above all, from trial to trial. It ends when the supervisor closes the pipe of commands, or dies.
"""

import argparse
import faulthandler
import queue
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from hpsearch.errors import HpsearchError
from hpsearch.settings import Settings, load
from hpsearch.wire.failures import failure_of
from hpsearch_workers.agent.channel import Ended, Ready, Refused, Run
from hpsearch_workers.checkpoints import BestWeights
from hpsearch_workers.functions import FunctionRunner
from hpsearch_workers.link import Supervisor
from hpsearch_workers.objectives import load_objective
from hpsearch_workers.threads import start

if TYPE_CHECKING:  # these need jax
    from hpsearch_workers.lanes import LaneRunner

EXIT_REFUSED = 2
MOST_WAIT = 30.0
"""Seconds that a function's trial waits for lanes to become free, as the trials of another program do."""


class Trainings:
    """The objectives that this process runs, and what they are running."""

    def __init__(
        self, names: Sequence[str], supervisor: Supervisor, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Imports them; raises InvalidInput that says what is wrong with one."""
        settings = load()
        weights = BestWeights(settings.checkpoints, settings.keep_best)
        self._objectives = {name: load_objective(name) for name in names}
        self._supervisor = supervisor
        self._functions = FunctionRunner(supervisor, weights)
        self._waiting: deque[tuple[float, Run]] = deque()
        """Trials of functions: one runs at a time, and nothing besides."""
        self._prepared: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        """What takes in the trials that were set up."""
        self._lanes: LaneRunner | None = None
        if any(hasattr(found, "prepare") for found in self._objectives.values()):
            self._lanes = _lane_runner(supervisor, weights, settings)
        self._clock = clock
        start("hpsearch-set-up", self._set_up)

    def work(self) -> None:
        """Takes what came, waiting for it while there is nothing to do, and goes on for a while."""
        if self._is_idle:
            self._prepared.get()()
        while not self._prepared.empty():
            self._prepared.get()()
        if self._waiting and self._may_run_function():
            _, run = self._waiting.popleft()
            function: Any = self._objectives[run.work.objective]
            self._supervisor.tell(Ended(item=self._functions.run(function, run)))
        elif self._lanes is not None:
            self._lanes.work()

    def _set_up(self) -> None:
        """Prepares trials, while those before them train."""
        while True:
            run = self._supervisor.run()
            objective: Any = self._objectives[run.work.objective]
            if self._lanes is not None and hasattr(objective, "prepare"):
                self._prepared.put(self._lanes.prepared(objective, run))
            else:
                self._prepared.put(partial(self._waiting.append, (self._clock(), run)))

    @property
    def _is_idle(self) -> bool:
        return not self._waiting and (self._lanes is None or self._lanes.is_idle)

    def _may_run_function(self) -> bool:
        is_free = self._lanes is None or self._lanes.is_idle
        return is_free or self._clock() - self._waiting[0][0] > MOST_WAIT


def _lane_runner(supervisor: Supervisor, weights: BestWeights, settings: Settings) -> "LaneRunner":
    from hpsearch_workers.lanes import LaneRunner
    from hpsearch_workers.population.lane_counts import LaneCounts

    counts = LaneCounts(settings.cache / "lanes.json", settings.lanes)
    return LaneRunner(supervisor, weights, settings.checkpoints, counts, settings.snapshot_seconds)


def device() -> dict[str, JsonValue]:
    """What trainings compute on, if an objective has imported jax; jax is not imported for the sake of this."""
    jax = sys.modules.get("jax")
    if jax is None:
        return {}
    devices = jax.devices()
    return {"platform": devices[0].platform, "device": devices[0].device_kind, "devices": len(devices)}


def main() -> int:
    """Runs trials until the supervisor ends it; 2 when it cannot run its objectives."""
    arguments = _arguments()
    faulthandler.enable()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream at start-up
    supervisor = Supervisor(arguments.commands_fd, arguments.events_fd)
    try:
        trainings = Trainings(arguments.objective, supervisor)
        supervisor.tell(Ready(device=device()))
    except BaseException as error:  # an import may raise anything, SystemExit too
        failure = failure_of(error)
        if not isinstance(error, HpsearchError):
            print(failure.traceback, file=sys.stderr)  # noqa: T201
        supervisor.tell(Refused(message=failure.message))
        return EXIT_REFUSED
    while True:
        trainings.work()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m hpsearch_workers.child", description="Started by a worker.")
    parser.add_argument("--commands-fd", type=int, required=True)
    parser.add_argument("--events-fd", type=int, required=True)
    parser.add_argument("--objective", action="append", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
