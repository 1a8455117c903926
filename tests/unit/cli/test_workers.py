import json

from cli_views import event, host_failures, worker_view
from peer import Answer

from hpsearch.wire.base import Page

WORKERS = "/api/v1/workers"


def page(*items):
    return Answer(body=json.loads(Page(items=list(items)).model_dump_json()))


def test_workers_are_listed_and_a_bad_host_is_named(cli, peer):
    before, here = host_failures("b", 1, 1), host_failures("a", 3, 2, "a fails what others complete.")
    first = worker_view("a.0", "a", here, before, failed=3, elsewhere=1)
    peer.on("GET", WORKERS, page(first, worker_view("a.1", "a", here, elsewhere=1), worker_view("c", None)))
    found = cli("workers")
    assert [line.split("\t") for line in found.out.splitlines()] == [
        ["worker", "host", "leases", "failed", "completed elsewhere", "last seen"],
        ["a.0", "a", "1", "3", "1", "2026-01-01 00:00:00Z"],
        ["a.1", "a", "1", "0", "1", "2026-01-01 00:00:00Z"],
        ["c", "c", "1", "0", "0", "2026-01-01 00:00:00Z"],
        [""],
        ["host", "failed", "completed elsewhere"],
        ["a", "3", "2"],
        ["b", "1", "1"],
    ]
    assert found.err == "a fails what others complete.\n"
    found = cli("workers", "--json")
    assert [view["failed"] for view in json.loads(found.out)] == [3, 0, 0]
    assert found.err == "a fails what others complete.\n"


def test_without_failures_no_host_is_listed(cli, peer):
    peer.on("GET", WORKERS, page(worker_view("a", "a")))
    found = cli("workers")
    assert len(found.out.splitlines()) == 2
    assert found.err == ""


def test_the_history_of_a_trial(cli, peer):
    cancelled = event(attempt=None, from_state="queued", to_state="cancelled", cause="user", who="admin", seq=2)
    peer.on(
        "GET",
        "/api/v1/studies/s/trials/3/history",
        page(event(host="h"), event(cause="failed", host="h", reason="killed"), cancelled),
    )
    assert [line.split("\t") for line in cli("trial", "history", "s", 3).out.splitlines()] == [
        ["time", "attempt", "from", "to", "cause", "who", "host", "reason"],
        ["2026-01-01 00:00:00Z", "1", "-", "running", "ask", "w", "h", "-"],
        ["2026-01-01 00:00:00Z", "1", "-", "running", "failed", "w", "h", "killed"],
        ["2026-01-01 00:00:00Z", "-", "queued", "cancelled", "user", "admin", "-", "-"],
    ]
    assert len(json.loads(cli("trial", "history", "s", 3, "--json").out)) == 3
