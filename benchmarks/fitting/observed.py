"""A worker whose training process notes what its engine does: `python benchmarks/fitting/observed.py FILE [options of a worker]`.

FILE gets a line of JSON for every chunk, every compilation and every turn of the training process; times are those of time.time().
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

NOTES = "HPSEARCH_BENCHMARK_NOTES"


def main() -> int:
    """The worker, with this file in the place of its training process's module."""
    from hpsearch_workers.agent import environment
    from hpsearch_workers.agent import main as worker

    plain = environment.command

    def command(*given: Any, **named: Any) -> list[str]:
        started = plain(*given, **named)
        module = started.index("-m")
        return [*started[:module], __file__, *started[module + 2 :]]

    os.environ[NOTES] = str(Path(sys.argv[1]).absolute())
    environment.command = command
    return worker.main(sys.argv[2:])


def training_process(notes: TextIO) -> int:
    """hpsearch_workers.child, observed."""
    from hpsearch_workers import child
    from hpsearch_workers.lanes import LaneRunner
    from hpsearch_workers.population import program
    from hpsearch_workers.population.population import Population

    noted: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def write() -> None:
        while True:
            print(json.dumps(noted.get()), file=notes, flush=True)

    threading.Thread(target=write, daemon=True).start()  # the training does not wait for it

    def note(kind: str, begin: float, **fields: Any) -> None:
        noted.put({"kind": kind, "at": begin, "seconds": time.time() - begin, **fields})

    def observe(owner: Any, name: str, about: Callable[..., dict[str, Any]]) -> None:
        plain = getattr(owner, name)

        @wraps(plain)
        def observed(*given: Any, **named: Any) -> Any:
            begin, before = time.time(), about(*given)
            result = plain(*given, **named)
            note(name.strip("_"), begin, **before, **({"steps": result} if isinstance(result, int) else {}))
            return result

        setattr(owner, name, observed)

    observe(Population, "advance", lambda lanes, _: {"lanes": lanes.program.lanes, "busy": len(lanes.busy)})
    observe(program, "_compile", lambda name, *_: {"function": name})
    observe(LaneRunner, "work", lambda _: {})
    observe(LaneRunner, "_add", lambda *_: {})
    return child.main()


if __name__ == "__main__":
    if NOTES in os.environ:
        with Path(os.environ[NOTES]).open("a") as file:
            sys.exit(training_process(file))
    sys.exit(main())
