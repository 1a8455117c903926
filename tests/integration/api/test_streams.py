"""Answers that are written while they are made, over HTTP."""

import asyncio
import json

import pytest
from patience import SECONDS
from problems import check_problem

from hpsearch.service import live

pytestmark = pytest.mark.anyio

STUDY = {
    "name": "s",
    "objective": "m:f",
    "space": {"x": {"type": "float", "low": 0, "high": 1}},
    "sampler": {"name": "random", "seed": 1},
}


@pytest.fixture
async def lease(client):
    """A study `s` with two running trials; the lease of the first."""
    assert (await client.post("/studies", json=STUDY)).status_code == 201
    answer = await client.post("/ask", json={"worker": "w", "request_id": "1", "count": 2})
    return answer.json()["leases"][0]["lease"]


async def complete(client, lease, value):
    item = {"lease": lease, "state": "completed", "values": [value], "metrics": {"acc": "NaN"}}
    assert (await client.post("/tell", json={"items": [item]})).json()["items"][0]["accepted"]


def lines(response):
    return [json.loads(line) for line in response.text.splitlines()]


def messages(response):
    """The fields of each message of a stream of events."""
    assert response.headers["content-type"].partition(";")[0] == "text/event-stream"
    found = [message for message in response.text.split("\n\n") if message and not message.startswith(":")]
    return [dict(line.split(": ", 1) for line in message.splitlines()) for message in found]


async def test_columns_are_json_lines(client, lease):
    await complete(client, lease, 0.5)
    response = await client.get("/studies/s/columns?column=state&column=value&column=metrics.acc")
    assert response.headers["content-type"] == "application/jsonl"
    columns = {"number": [1, 0], "state": ["running", "completed"], "value": [None, 0.5], "metrics.acc": [None, "NaN"]}
    seq = (await client.get("/studies/s")).json()["seq"]
    assert lines(response) == [{"columns": columns}, {"seq": seq}]
    assert lines(await client.get(f"/studies/s/columns?since={seq}")) == [{"seq": seq}]


async def test_columns_that_are_refused(client, lease):
    check_problem(await client.get("/studies/s/columns?column=x"), 422, "invalid_input", "column.0")
    check_problem(await client.get("/studies/s/columns?since=x"), 422, "invalid_input", "since")
    check_problem(await client.get("/studies/none/columns"), 404, "study_not_found")


async def test_a_stream_tells_how_the_study_stands(client, lease):
    response = await client.get("/studies/s/events")
    (message,) = messages(response)
    study = json.loads(message["data"])
    assert (message["event"], message["id"]) == ("change", str(study["seq"]))
    assert (study["study"], study["state"], study["counts"]["running"], study["events"]) == ("s", "active", 2, [])
    assert response.headers["cache-control"] == "no-store"


async def test_a_stream_goes_on_after_the_last_event_that_was_seen(client, lease):
    seq = (await client.get("/studies/s")).json()["seq"]
    await complete(client, lease, 0.5)
    for response in (
        await client.get("/studies/s/events", headers={"Last-Event-ID": str(seq)}),
        await client.get(f"/studies/s/events?since={seq}"),
        await client.get("/studies/s/events?since=0", headers={"Last-Event-ID": str(seq)}),
    ):
        (message,) = messages(response)
        change = json.loads(message["data"])
        assert [(event["trial"], event["to_state"]) for event in change["events"]] == [(0, "completed")]
        assert change["best_value"] == 0.5
    check_problem(await client.get("/studies/none/events"), 404, "study_not_found")
    check_problem(await client.get("/studies/s/events", headers={"Last-Event-ID": "x"}), 422, "invalid_input")


async def test_all_studies_are_followed_by_one_stream(client, lease):
    await client.post("/studies", json=STUDY | {"name": "t"})
    found = [json.loads(message["data"]) for message in messages(await client.get("/events"))]
    assert [(study["study"], study["counts"]["running"]) for study in found] == [("s", 2), ("t", 0)]


async def test_the_head_of_a_stream_has_no_end_to_wait_for(client, lease, monkeypatch):
    monkeypatch.setattr(live, "STREAM_SECONDS", 3600.0)
    async with asyncio.timeout(SECONDS):
        for path in ("/studies/s/events", "/events", "/studies/s/columns"):
            response = await client.head(path)
            assert (response.status_code, response.content) == (200, b"")
