"""The training process: imports the objectives it was started with, and runs one trial after the other.

Started by the supervisor: `python -m hpsearch_workers.child --commands-fd N --events-fd N --objective NAME ...`. It keeps what its
objectives keep, compiled programs above all, from trial to trial. It ends when the supervisor closes the pipe of commands, or dies.
"""

import argparse
import faulthandler
import importlib
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from operator import index
from typing import Any, TypeVar

from pydantic import JsonValue

from hpsearch.errors import HpsearchError, InvalidInput, TrialStopped
from hpsearch.settings import load
from hpsearch.trial import Checkpoint
from hpsearch.validation import parse
from hpsearch.wire.failures import failure_of
from hpsearch.wire.verbs import Lease, ReportItem, TellItem, Work
from hpsearch_workers.agent.channel import COMMAND, Decide, Ended, Event, Ready, Refused, Reported, Run
from hpsearch_workers.checkpoints import BestWeights
from hpsearch_workers.objective import Objective, Outcome, TrialRun, outcome_of

EXIT_REFUSED = 2
Item = TypeVar("Item", ReportItem, TellItem)


class Supervisor:
    """The other end of the pipes: trials come from it, and it is told what becomes of them."""

    def __init__(self, commands: int, events: int) -> None:
        # Programs that the user's code starts get neither.
        os.set_inheritable(commands, False)
        os.set_inheritable(events, False)
        self._commands = commands
        self._events = events
        self._guard = threading.Lock()
        self._decisions: dict[str, Decide] = {}
        self._runs: queue.SimpleQueue[Run] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="hpsearch-commands", daemon=True).start()

    def next_run(self) -> Run:
        """Waits for the next trial."""
        return self._runs.get()

    def tell(self, event: Event) -> None:
        """Sends an event; what was printed before is seen before it."""
        sys.stdout.flush()
        sys.stderr.flush()
        line = memoryview(event.line())
        with self._guard:
            while line:
                line = line[os.write(self._events, line) :]

    def report(self, item: ReportItem) -> None:
        """Sends a value; raises TrialStopped when the lease has to end."""
        self.tell(Reported(item=item))
        decided = self._decisions.get(item.lease)
        if decided is not None:
            raise TrialStopped(decided.decision.value, decided.reason)

    def _listen(self) -> None:
        with os.fdopen(self._commands, "rb") as commands:
            for line in commands:
                command = COMMAND.validate_json(line)
                if isinstance(command, Run):
                    self._decisions.clear()
                    self._runs.put(command)
                else:
                    self._decisions[command.lease] = command
        # Whatever the training is doing: nobody waits for it any more.
        os._exit(0)


class Programs:
    """The objectives that this process runs, and the weights it keeps."""

    def __init__(self, names: Sequence[str]) -> None:
        """Imports them; raises InvalidInput that says what is wrong with one."""
        settings = load()
        self._objectives = {name: load_objective(name) for name in names}
        self._weights = BestWeights(settings.checkpoints, settings.keep_best)

    def run(self, lease: Lease, work: Work, supervisor: Supervisor) -> TellItem:
        """Runs one trial; how it ended."""
        begin = time.perf_counter()
        try:
            return self._run(lease, work, supervisor, begin)
        except TrialStopped:
            return TellItem(lease=lease.lease, state="released", device_seconds=time.perf_counter() - begin)
        except BaseException as error:  # SystemExit too: the trial failed, this process goes on
            spent = time.perf_counter() - begin
            return TellItem(lease=lease.lease, state="failed", error=failure_of(error), device_seconds=spent)

    def _run(self, lease: Lease, work: Work, supervisor: Supervisor, begin: float) -> TellItem:
        def report(step: int, value: float, metrics: Mapping[str, float]) -> None:
            item = {"lease": lease.lease, "step": index(step), "value": value, "metrics": _numbers(metrics)}
            supervisor.report(_told(ReportItem, item))

        trial = TrialRun(
            study=lease.study,
            objective=work.objective,
            number=lease.trial,
            attempt=lease.attempt,
            params=lease.params,
            settings=work.settings,
            seed=lease.seed,
            metric=work.metric,
            direction=work.direction,
            reporter=report,
            resume=None if lease.resume is None else Checkpoint(lease.resume.ref, lease.resume.step),
        )
        outcome = outcome_of(self._objectives[work.objective](trial))
        if len(outcome.values) != len(trial.metrics):
            wanted, found = ", ".join(trial.metrics), len(outcome.values)
            raise TypeError(f"the objective returned {found} value(s), the study needs one each of: {wanted}")
        item = {
            "lease": lease.lease,
            "state": "completed",
            "values": tuple(float(value) for value in outcome.values),
            "metrics": _numbers(outcome.metrics),
            "best_step": outcome.best_step,
            "checkpoint": self._keep(trial, outcome),
            "artifacts": dict(outcome.artifacts),
            "trace": None if outcome.trace is None else dict(outcome.trace),
            "device_seconds": time.perf_counter() - begin if outcome.device_seconds is None else outcome.device_seconds,
        }
        return _told(TellItem, item)

    def _keep(self, trial: TrialRun, outcome: Outcome) -> Any:
        """The weights' place, for the tell. A full disk costs the weights, not the trial."""
        try:
            kept = self._weights.offer(trial, outcome)
        except OSError as error:
            print(f"hpsearch: the weights of trial {trial.number} are not kept: {error}", file=sys.stderr)  # noqa: T201
            return None
        return None if kept is None else {"ref": kept.ref, "step": kept.step}


def _numbers(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}


def _told(model: type[Item], item: dict[str, Any]) -> Item:
    """What the objective reports or returns, as it travels; ValueError, which is the objective's fault, where it cannot."""
    try:
        return parse(model, item)
    except InvalidInput as error:
        raise ValueError(str(error)) from None


def load_objective(name: str) -> Objective:
    """A built-in objective, or `module:function` with the module looked for in the current folder too.

    Raises InvalidInput where there is none; what the user's module raises goes through.
    """
    module_name, _, path = name.partition(":")
    if not path:
        return _built_in(name)
    found: Any = importlib.import_module(module_name)
    for part in path.split("."):
        if not hasattr(found, part):
            raise InvalidInput.at("objective", f"module {module_name!r} ({found!r:.200}) has no {path!r}")
        found = getattr(found, part)
    if not callable(found):
        raise InvalidInput.at("objective", f"{name} is no function but {found!r:.200}")
    return found  # type: ignore[no-any-return]  # what it returns is checked with each trial


def _built_in(name: str) -> Objective:
    from hpsearch import objectives

    if objectives.get(name) is None:
        known = ", ".join(objectives.BUILTIN)
        raise InvalidInput.at("objective", f"{name!r} is neither built in ({known}) nor module:function")
    from hpsearch_workers import training

    return training.run


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
        programs = Programs(arguments.objective)
        supervisor.tell(Ready(device=device()))
    except BaseException as error:  # an import may raise anything, SystemExit too
        failure = failure_of(error)
        if not isinstance(error, HpsearchError):
            print(failure.traceback, file=sys.stderr)  # noqa: T201
        supervisor.tell(Refused(message=failure.message))
        return EXIT_REFUSED
    while True:
        run = supervisor.next_run()
        supervisor.tell(Ended(item=programs.run(run.lease, run.work, supervisor)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m hpsearch_workers.child", description="Started by a worker.")
    parser.add_argument("--commands-fd", type=int, required=True)
    parser.add_argument("--events-fd", type=int, required=True)
    parser.add_argument("--objective", action="append", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
