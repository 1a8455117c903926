"""Every route once, as a user would go through them, on a real service."""

import csv
import io
import json

import anyio
import pytest

from hpsearch.wire import studies
from hpsearch.wire.studies import Best, StudyView
from hpsearch.wire.trials import TrialDetail, TrialView
from hpsearch.wire.verbs import Asked

pytestmark = pytest.mark.anyio

STUDY = {
    "name": "quadratic",
    "objective": "my_module:objective",
    "metric": "loss",
    "space": {
        "x": {"type": "float", "low": -5, "high": 5},
        "kind": {"type": "categorical", "choices": ["=a", "b"]},
    },
    "sampler": {"name": "random", "seed": 1},
    "budget": {"max_trials": 10},
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request):
    return "sqlite:///:memory:" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


async def ok(response, status=200):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


async def ask(client, count=1, request_id="r-1", **more):
    body = {"worker": "w", "request_id": request_id, "count": count, **more}
    return Asked.model_validate(await ok(await client.post("/ask", json=body)))


@pytest.fixture
async def study(client):
    return await ok(await client.post("/studies", json=STUDY), 201)


async def test_create_is_repeatable(client, study):
    again = await client.post("/studies", json=STUDY)
    assert (await ok(again))["created_at"] == study["created_at"]
    assert again.headers["location"] == "/api/v1/studies/quadratic"
    other = await client.post("/studies", json=STUDY | {"metric": "other"})
    assert (other.status_code, other.json()["code"]) == (409, "study_exists")


async def test_a_study_from_creation_to_its_best_trial(client, study):
    leases = (await ask(client, 3)).leases
    reports = [
        {"lease": lease.lease, "step": 1, "value": value} for lease, value in zip(leases, [1, "NaN", 3], strict=True)
    ]
    answer = await ok(await client.post("/report", json={"items": reports}))
    assert [item["decision"] for item in answer["items"]] == ["continue"] * 3
    answer = await ok(await client.post("/renew", json={"worker": "w", "leases": [lease.lease for lease in leases]}))
    assert [item["decision"] for item in answer["items"]] == ["continue"] * 3
    ends = [
        {
            "lease": leases[0].lease,
            "state": "completed",
            "values": [0.5],
            "metrics": {"acc": 0.9},
            "artifacts": {"log": [1]},
        },
        {"lease": leases[1].lease, "state": "completed", "values": ["Infinity"]},
        {"lease": leases[2].lease, "state": "released"},
    ]
    answer = await ok(await client.post("/tell", json={"items": ends}))
    assert [item["trial_state"] for item in answer["items"]] == ["completed", "failed", "queued"]

    best = Best.model_validate(await ok(await client.get("/studies/quadratic/best")))
    assert [(trial.number, trial.values) for trial in best.trials] == [(0, [0.5])]
    view = StudyView.model_validate(await ok(await client.get("/studies/quadratic")))
    assert (view.best_trial, view.best_value, view.counts.completed, view.counts.failed) == (0, 0.5, 1, 1)
    assert await ok(await client.get("/studies/quadratic/trials/0/artifacts/log")) == [1]
    detail = TrialDetail.model_validate(await ok(await client.get("/studies/quadratic/trials/0")))
    assert [attempt.end for attempt in detail.history] == ["completed"]
    assert detail.artifacts == ["log"]


async def test_numbers_that_are_not_finite_travel_as_strings(client, study):
    [lease] = (await ask(client)).leases
    values = ["NaN", "Infinity", "-Infinity", 1e308, -0.5]
    items = [
        {"lease": lease.lease, "step": step, "value": value, "metrics": {"m": value}}
        for step, value in enumerate(values)
    ]
    await ok(await client.post("/report", json={"items": items}))
    page = await client.get("/studies/quadratic/trials/0/reports")
    assert [report["value"] for report in (await ok(page))["items"]] == values
    assert [report["metrics"]["m"] for report in page.json()["items"]] == values


async def test_lists_are_paged(client, study):
    await ask(client, 5)
    await ok(await client.post("/studies", json=STUDY | {"name": "second"}), 201)
    for path, limit, pages in [
        ("/studies/quadratic/trials", 2, [2, 2, 1]),
        ("/studies/quadratic/trials?sort=-number&state=running&state=queued", 3, [3, 2]),
        ("/studies", 1, [1, 1]),
        ("/workers", 1, [1]),
    ]:
        found, cursor = [], {}
        while cursor is not None:
            page = await ok(await client.get(path, params={"limit": limit, **cursor}))
            found.append(page["items"])
            cursor = page["next_cursor"] and {"cursor": page["next_cursor"]}
        assert [len(items) for items in found] == pages
        assert len({str(item) for items in found for item in items}) == sum(pages)


async def test_trials_are_filtered_and_sorted(client, study):
    leases = (await ask(client, 4)).leases
    ends = [{"lease": lease.lease, "state": "completed", "values": [lease.trial]} for lease in leases[:3]]
    await ok(await client.post("/tell", json={"items": ends}))

    async def numbers(**query):
        page = await ok(await client.get("/studies/quadratic/trials", params=query))
        return [TrialView.model_validate(trial).number for trial in page["items"]]

    assert await numbers(state="running") == [3]
    assert await numbers(sort="-value", state="completed") == [2, 1, 0]
    assert await numbers(where=["value>=1", "value<2"]) == [1]
    positive = [lease.trial for lease in leases if lease.params["x"] > 0]
    assert await numbers(where="params.x>0") == positive


async def test_enqueue_and_cancel(client, study):
    body = {"request_id": "mine", "params": {"x": 0.25, "kind": "b"}}
    first = await ok(await client.post("/studies/quadratic/enqueue", json=body), 201)
    again = await ok(await client.post("/studies/quadratic/enqueue", json=body), 201)
    assert (first["number"], first["state"]) == (again["number"], "queued")
    reused = await client.post("/studies/quadratic/enqueue", json=body | {"params": {"x": 1, "kind": "b"}})
    assert (reused.status_code, reused.json()["code"]) == (409, "request_id_reused")
    copy = {"request_id": "copy", "from_trial": 0}
    assert (await ok(await client.post("/studies/quadratic/enqueue", json=copy), 201))["params"] == body["params"]
    assert (await ok(await client.post("/studies/quadratic/trials/0/cancel")))["state"] == "cancelled"
    leases = (await ask(client)).leases
    assert [lease.trial for lease in leases] == [1]


async def test_test_data_is_opened_on_record(client, study):
    [lease] = (await ask(client)).leases
    tell = {"items": [{"lease": lease.lease, "state": "completed", "values": [1]}]}
    await ok(await client.post("/tell", json=tell))
    sealed = await client.post("/studies/quadratic/tests", json={})
    assert (sealed.status_code, sealed.json()["code"]) == (409, "study_not_finished")
    await ok(await client.patch("/studies/quadratic", json={"state": "finished"}))
    record = studies.TestRecord.model_validate(await ok(await client.post("/studies/quadratic/tests", json={}), 201))
    assert (record.trial, record.who, record.metrics) == (0, "admin", None)
    result = await ok(await client.put(f"/studies/quadratic/tests/{record.id}", json={"metrics": {"loss": "NaN"}}))
    assert result["metrics"] == {"loss": "NaN"}
    assert (await ok(await client.get("/studies/quadratic/tests")))["items"] == [result]


async def test_pause_resume_extend_delete(client, study):
    for state in ("paused", "active"):
        assert (await ok(await client.patch("/studies/quadratic", json={"state": state})))["state"] == state
    view = await ok(
        await client.patch("/studies/quadratic", json={"budget": {"max_trials": 20}, "description": "more"})
    )
    assert view["definition"]["budget"]["max_trials"] == 20
    assert view["definition"]["description"] == "more"
    await ask(client, 5)
    below = await client.patch("/studies/quadratic", json={"budget": {"max_trials": 4}})
    assert (below.status_code, below.json()["code"]) == (409, "budget_below_use")
    gone = await client.delete("/studies/quadratic")
    assert (gone.status_code, gone.content) == (204, b"")
    for method, path in [("GET", ""), ("DELETE", ""), ("GET", "/best"), ("GET", "/export"), ("GET", "/trials/0")]:
        response = await client.request(method, f"/studies/quadratic{path}")
        assert (response.status_code, response.json()["code"]) == (404, "study_not_found")


async def test_studies_are_found_by_text_tag_and_state(client, study):
    await client.patch("/studies/quadratic", json={"tags": {"add": ["a b", "c"]}})
    assert (await ok(await client.post("/studies", json=STUDY | {"name": "other", "tags": ["c"]}), 201))[
        "name"
    ] == "other"

    async def names(query):
        page = await ok(await client.get(f"/studies?{query}"))
        return [item["name"] for item in page["items"]], page["counts"]

    both = {"active": 2, "paused": 0, "finished": 0}
    assert await names("sort=-name&tag=c") == (["quadratic", "other"], both)
    assert await names("search=A+B&tag=c&state=active&state=paused") == (["quadratic"], {**both, "active": 1})
    assert await names("state=finished") == ([], both)
    first = await ok(await client.get("/studies?sort=-name&limit=1"))
    assert await names(f"sort=-name&cursor={first['next_cursor']}") == (["other"], both)


async def test_export(client, study):
    trials = len((await ask(client, 5)).leases)
    response = await client.get("/studies/quadratic/export")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [row["number"] for row in rows] == [str(number) for number in range(trials)]
    assert {row["params.kind"] for row in rows} <= {"'=a", "b"}
    listed = (await ok(await client.get("/studies/quadratic/trials")))["items"]
    assert await ok(await client.get("/studies/quadratic/export?format=json")) == listed
    response = await client.get("/studies/quadratic/export?format=jsonl")
    assert response.headers["content-type"] == "application/jsonl"
    assert [json.loads(line) for line in response.text.splitlines()] == listed
    assert "lease" not in response.text


async def test_a_long_poll_is_answered_when_work_comes(client):
    found = []

    async def wait():
        found.extend((await ask(client, studies=["quadratic"], wait_seconds=60)).leases)

    await ok(await client.post("/studies", json=STUDY | {"budget": {"max_trials": 1}}), 201)
    [lease] = (await ask(client, request_id="r-0")).leases
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await client.post("/tell", json={"items": [{"lease": lease.lease, "state": "released"}]})
    assert [again.trial for again in found] == [lease.trial]


async def test_workers(client, study):
    await ask(client, 2)
    await ok(await client.post("/renew", json={"worker": "w", "leases": [], "status": {"host": "here"}}))
    [worker] = (await ok(await client.get("/workers")))["items"]
    assert (worker["name"], worker["open_leases"], worker["status"]) == ("w", 2, {"host": "here"})
