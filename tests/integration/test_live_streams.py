"""Streams of events of real servers: live through any replica, and over when the server ends."""

import json
import signal
from contextlib import contextmanager

import httpx2
import pytest
from patience import SECONDS
from processes import TOKEN, Processes

STUDY = {
    "name": "s",
    "objective": "m:f",
    "space": {"x": {"type": "float", "low": 0, "high": 1}},
    "sampler": {"name": "random", "seed": 1},
}


@pytest.fixture
def processes(tmp_path):
    processes = Processes(tmp_path)
    yield processes
    processes.close()


def client_of(address):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx2.Client(base_url=f"{address}/api/v1", headers=headers, timeout=SECONDS)


@contextmanager
def following(client):
    """The changes of the study, as they come."""
    with client.stream("GET", "/studies/s/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        yield (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


def live(writing, reading):
    writing.post("/studies", json=STUDY).raise_for_status()
    with following(reading) as changes:
        assert next(changes)["counts"]["running"] == 0
        answer = writing.post("/ask", json={"worker": "w", "request_id": "1"}).raise_for_status()
        assert next(changes)["counts"]["running"] == 1
        item = {"lease": answer.json()["leases"][0]["lease"], "state": "completed", "values": [0.5]}
        writing.post("/tell", json={"items": [item]}).raise_for_status()
        change = next(changes)
        assert change["best_value"] == 0.5
        assert [(event["trial"], event["to_state"]) for event in change["events"]] == [(0, "completed")]


def test_a_stream_is_live_and_ends_with_the_server(processes, tmp_path):
    server, address = processes.serve(tmp_path / "test.db")
    with client_of(address) as client, client_of(address) as reader:
        live(client, reader)
        with following(reader) as changes:
            next(changes)
            server.send_signal(signal.SIGTERM)
            assert list(changes) == []
    assert server.wait(SECONDS) == 0


@pytest.mark.postgres
def test_a_replica_tells_what_another_committed(processes, postgres_url):
    addresses = [processes.serve(postgres_url)[1] for _ in range(2)]
    with client_of(addresses[0]) as writer, client_of(addresses[1]) as reader:
        live(writer, reader)
