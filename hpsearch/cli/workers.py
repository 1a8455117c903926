"""`hpsearch workers`: who works, and on which hosts trials fail."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hpsearch.cli import formats, output
from hpsearch.cli.options import Json, Server, connect

if TYPE_CHECKING:
    from hpsearch.wire.studies import HostFailures, WorkerView


def workers(server: Server = None, as_json: Json = False) -> None:
    """List the workers and the failures per host, and say which hosts fail trials that succeed elsewhere."""
    with connect(server) as client:
        found = list(client.workers())
    if as_json:
        output.models(found)
    else:
        _table(found)
    hosts = failures_by_host(found)
    if hosts and not as_json:
        output.line()
        _host_table(hosts)
    for host in hosts:
        if host.suspicion is not None:
            output.note(host.suspicion)


def failures_by_host(found: "Iterable[WorkerView]") -> "list[HostFailures]":
    """The hosts with failures, by name; each is told with every worker that has to do with it."""
    by_name = {host.host: host for worker in found for host in worker.hosts}
    return [host for _, host in sorted(by_name.items())]


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


def _host_table(hosts: "list[HostFailures]") -> None:
    output.table(
        ("host", "failed", "completed elsewhere"),
        [(host.host, str(host.failed), str(host.completed_elsewhere)) for host in hosts],
        right=("failed", "completed elsewhere"),
    )


def _host(worker: "WorkerView") -> str:
    """The host that it told; the name of a worker that told none."""
    return str(worker.status.get("host") or worker.name)
