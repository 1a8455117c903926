"""A training process that holds many leases, for tests: `python crowd.py CAPACITY LANES --commands-fd N --events-fd N ...`.

It wants CAPACITY leases at a time. What becomes of a trial is in its parameter `fate`: `ends` at once, `waits` for a decision, or
`kills` the process.
"""

import argparse
import os
import signal

from hpsearch.wire.verbs import Checkpoint, ReportItem, TellItem
from hpsearch_workers.agent.channel import COMMAND, Ended, Event, Ready, Reported, Room, Run


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("capacity", type=int)
    parser.add_argument("lanes", type=int)
    parser.add_argument("--commands-fd", type=int)
    parser.add_argument("--events-fd", type=int)
    options, _ = parser.parse_known_args()
    held: set[str] = set()

    def tell(event: Event) -> None:
        os.write(options.events_fd, event.line())

    def say_room() -> None:
        tell(Room(capacity=options.capacity, lanes=options.lanes, busy=min(len(held), options.lanes)))

    def end(item: TellItem) -> None:
        held.discard(item.lease)
        tell(Ended(item=item))

    tell(Ready(device={"platform": "crowd"}))
    say_room()
    with os.fdopen(options.commands_fd, "rb") as commands:
        for line in commands:
            command = COMMAND.validate_json(line)
            if not isinstance(command, Run):
                end(TellItem(lease=command.lease, state="released", checkpoint=Checkpoint(ref="kept", step=1)))
                continue
            token, params = command.lease.lease, command.lease.params
            held.add(token)
            if params["fate"] == "kills":
                os.kill(os.getpid(), signal.SIGKILL)
            tell(Reported(item=ReportItem(lease=token, step=1, value=0.0)))
            if params["fate"] == "ends":
                end(TellItem(lease=token, state="completed", values=(0.0,)))
            say_room()


if __name__ == "__main__":
    main()
