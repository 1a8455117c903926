"""The training process's end of the pipes to its supervisor."""

import os
import queue
import sys
import threading

from hpsearch_workers.agent.channel import COMMAND, Decide, Ended, Event, Run


class Supervisor:
    """Trials come from it, and it is told what becomes of them. `tell` and `decision` may be called from any thread."""

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

    def run(self) -> Run:
        """The next trial; waits for it."""
        return self._runs.get()

    def decision(self, lease: str) -> Decide | None:
        """What the server wants of a lease; None to go on."""
        return self._decisions.get(lease)

    def tell(self, event: Event) -> None:
        """Sends an event; what was printed before is seen before it."""
        if isinstance(event, Ended):
            self._decisions.pop(event.item.lease, None)
        sys.stdout.flush()
        sys.stderr.flush()
        line = memoryview(event.line())
        with self._guard:
            while line:
                line = line[os.write(self._events, line) :]

    def _listen(self) -> None:
        with os.fdopen(self._commands, "rb") as commands:
            for line in commands:
                command = COMMAND.validate_json(line)
                if isinstance(command, Run):
                    self._runs.put(command)
                else:
                    self._decisions[command.lease] = command
        # Whatever the training is doing: nobody waits for it any more.
        os._exit(0)
