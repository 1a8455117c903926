import json

from cli_views import event, worker_view
from peer import Answer

from hpsearch.cli.workers import suspicions
from hpsearch.wire.base import Page

WORKERS = "/api/v1/workers"


def page(*items):
    return Answer(body=json.loads(Page(items=list(items)).model_dump_json()))


def test_workers_are_listed_and_a_bad_host_is_named(cli, peer):
    peer.on("GET", WORKERS, page(worker_view("a.0", "a", failed=3, elsewhere=1), worker_view("a.1", "a", elsewhere=1)))
    found = cli("workers")
    assert [line.split("\t") for line in found.out.splitlines()] == [
        ["worker", "host", "leases", "failed", "completed elsewhere", "last seen"],
        ["a.0", "a", "1", "3", "1", "2026-01-01 00:00:00Z"],
        ["a.1", "a", "1", "0", "1", "2026-01-01 00:00:00Z"],
    ]
    assert found.err == "a failed 2 trials that other hosts completed: look at that machine.\n"
    assert [view["failed"] for view in json.loads(cli("workers", "--json").out)] == [3, 0]


def test_one_such_trial_may_be_chance():
    assert list(suspicions([worker_view("a", "a", elsewhere=1), worker_view("b", None, failed=9)])) == []
    assert next(suspicions([worker_view("b", None, elsewhere=2)])).startswith("b failed 2 trials")


def test_the_history_of_a_trial(cli, peer):
    cancelled = event(attempt=None, from_state="queued", to_state="cancelled", cause="user", who="admin", seq=2)
    peer.on("GET", "/api/v1/studies/s/trials/3/history", page(event(), cancelled))
    assert [line.split("\t") for line in cli("trial", "history", "s", 3).out.splitlines()] == [
        ["time", "attempt", "from", "to", "cause", "who"],
        ["2026-01-01 00:00:00Z", "1", "-", "running", "ask", "w"],
        ["2026-01-01 00:00:00Z", "-", "queued", "cancelled", "user", "admin"],
    ]
    assert len(json.loads(cli("trial", "history", "s", 3, "--json").out)) == 2
