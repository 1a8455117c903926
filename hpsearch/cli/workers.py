"""`hpsearch workers`: who works, and on which hosts trials fail."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hpsearch.cli import formats, output
from hpsearch.cli.options import Json, Server, connect

if TYPE_CHECKING:
    from hpsearch.wire.studies import WorkerView

SUSPECT = 2
"""Trials that failed on a host and were completed elsewhere, from which on the host is named: one may be chance."""


def workers(server: Server = None, as_json: Json = False) -> None:
    """List the workers, and say which hosts fail trials that succeed elsewhere."""
    with connect(server) as client:
        found = list(client.workers())
    if as_json:
        output.models(found)
    else:
        _table(found)
    for text in suspicions(found):
        output.note(text)


def suspicions(found: "Iterable[WorkerView]") -> Iterator[str]:
    """A sentence for each host that is probably at fault."""
    by_host: dict[str, int] = defaultdict(int)
    for worker in found:
        by_host[_host(worker)] += worker.completed_elsewhere
    for host, count in sorted(by_host.items()):
        if count >= SUSPECT:
            yield f"{host} failed {count} trials that other hosts completed: look at that machine."


def _table(found: "list[WorkerView]") -> None:
    output.table(
        ("worker", "host", "leases", "failed", "completed elsewhere", "last seen"),
        [
            (
                worker.name,
                _host(worker),
                str(worker.open_leases),
                str(worker.failed),
                str(worker.completed_elsewhere),
                formats.time(worker.last_seen),
            )
            for worker in found
        ],
        right=("leases", "failed", "completed elsewhere"),
    )


def _host(worker: "WorkerView") -> str:
    """The host that it told; the name of a worker that told none."""
    return str(worker.status.get("host") or worker.name)
