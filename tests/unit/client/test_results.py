"""What the client reads for pictures: charts, and changes as they come."""

import json

import pytest
from peer import Answer, problem

from hpsearch.errors import ProtocolError, Unauthorized


def test_charts_are_asked_for_by_what_they_show(peer, client):
    empty = {"number": [], "x": [], "y": [], "state": [], "of": 0, "best": {"x": [], "y": []}}
    peer.on("GET", "/api/v1/studies/s/charts/history", Answer(body=empty))
    peer.on("GET", "/api/v1/studies/s/charts/curves", Answer(body={"curves": [], "of": 3}))
    peer.on("GET", "/api/v1/studies/s/charts/rungs", Answer(body={"rungs": []}))
    assert client.history_chart("s", against="device_seconds", objective=1).of == 0
    assert client.curves_chart("s", [3, 4], metric="acc", most=9).of == 3
    assert client.curves_chart("s").of == 3
    assert client.rungs("s").rungs == []
    assert [request.query for request in peer.seen] == [
        {"against": ["device_seconds"], "objective": ["1"]},
        {"trial": ["3", "4"], "metric": ["acc"], "most": ["9"]},
        {},
        {},
    ]


def event(name, seq):
    change = {"study": name, "seq": seq, "state": "active", "reason": None, "counts": {}, "best_trial": None}
    change |= {
        "best_value": None,
        "active_seconds": 1.0,
        "budget": {},
        "description": "",
        "tags": [],
        "reason_detail": None,
        "updated_at": "2026-01-01T00:00:00Z",
    }
    return f"event: change\ndata: {json.dumps(change)}\nid: {seq}\n\n"


def test_changes_are_followed(peer, client):
    stream = f": ping\n\n{event('s', 4)}: ping\n\n{event('t', 2)}".encode()
    peer.on("GET", "/api/v1/events", Answer(body=stream, headers={"Content-Type": "text/event-stream"}))
    with client.follow() as changes:
        assert [(change.study, change.seq) for change in changes] == [("s", 4), ("t", 2)]


@pytest.mark.parametrize("headers", [{"Content-Type": "text/html"}, {"Content-Type": "text/event-stream"}])
def test_what_are_no_changes_is_told(peer, client, headers):
    peer.on("GET", "/api/v1/events", Answer(body=b"data: <html>\n\n", headers=headers))
    with pytest.raises(ProtocolError), client.follow() as changes:
        next(changes)


def test_who_may_not_follow_is_told(peer, client):
    peer.on("GET", "/api/v1/events", problem(401, "unauthorized"))
    with pytest.raises(Unauthorized), client.follow():
        pass
