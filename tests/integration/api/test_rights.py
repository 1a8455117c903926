"""Who may do what: every route with every scope, in its own project and in another."""

import pytest

from hpsearch.identity import Scope
from hpsearch_api.access import ALLOWED
from hpsearch_api.rates import Rates

pytestmark = pytest.mark.anyio

SPACE = {"x": {"type": "float", "low": 0, "high": 1}}
PROJECTS = ("default", "other")
BASE = "http://hpsearch.test"
BODIES = {
    ("POST", "/studies"): {"name": "another", "objective": "m:f", "space": SPACE},
    ("POST", "/check"): {"name": "another", "objective": "m:f", "space": SPACE},
    ("PATCH", "/studies/{study}"): {"description": "changed"},
    ("POST", "/studies/{study}/enqueue"): {"request_id": "e", "params": {"x": 0.5}},
    ("POST", "/studies/{study}/tests"): {},
    ("PUT", "/studies/{study}/tests/{id}"): {"metrics": {"loss": 1}},
    ("POST", "/tokens"): {"name": "t", "scope": "viewer"},
    ("POST", "/ask"): {"worker": "w", "request_id": "r"},
}
QUERIES = {
    "/api/v1/studies/{study}/charts/slice": {"parameter": "x"},
    "/api/v1/studies/{study}/charts/contour": {"x": "x", "y": "x"},
    "/api/v1/studies/{study}/charts/rank": {"x": "x", "y": "x"},
    "/api/v1/compare": {"study": "{study}"},
}


async def make_token(client, scope, project="default", **fields):
    body = {"name": f"{scope}-of-{project}", "scope": scope, "project": project, **fields}
    answer = await client.post("/tokens", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def bearing(token):
    return {"Authorization": f"Bearer {token['token']}"}


async def make_study(client, name, **fields):
    """A finished study with a completed trial that has an artifact, and an opening of its test data; and an open lease."""
    document = {"name": name, "objective": "m:f", "space": SPACE, "sampler": {"name": "random"}, **fields}
    assert (await client.post("/studies", json=document)).status_code == 201
    ask = {"worker": "w", "request_id": f"r-{name}", "studies": [name], "count": 2}
    first, second = (await client.post("/ask", json=ask)).json()["leases"]
    end = {"lease": first["lease"], "state": "completed", "values": [1], "artifacts": {"log": "line"}}
    await client.post("/tell", json={"items": [end]})
    await client.patch(f"/studies/{name}", json={"state": "finished"})
    assert (await client.post(f"/studies/{name}/tests", json={})).status_code == 201
    return second["lease"]


async def send(client, method, template, headers, lease, **names):
    path = template.removeprefix("/api/v1")
    body = BODIES.get((method, path))
    if path in ("/report", "/tell"):
        item = {"step": 1, "value": 1} if path == "/report" else {"state": "released"}
        body = {"items": [{"lease": lease, **item}]}
    if path == "/renew":
        body = {"worker": "w", "leases": [lease]}
    given = {} if body is None else {"json": body}
    given["params"] = {name: value.format(**names) for name, value in QUERIES.get(template, {}).items()}
    return await client.request(method, f"{BASE}{template.format(**names)}", headers=headers, **given)


@pytest.mark.parametrize(("method", "template"), sorted(ALLOWED), ids=[" ".join(route) for route in sorted(ALLOWED)])
async def test_every_route_with_every_scope_and_project(client, method, template):
    path = template.removeprefix("/api/v1")
    for scope in Scope:
        spare = await make_token(client, "viewer")
        lease = await make_study(client, f"of-{scope}")
        names = {
            "study": f"of-{scope}",
            "number": int("cancel" in path),
            "name": "log",
            "id": 1 if "tests" in path else spare["id"],
        }
        for project in reversed(PROJECTS):
            token = await make_token(client, scope, project)
            answer = await send(client, method, template, bearing(token), lease, **names)
            if scope not in ALLOWED[method, template]:
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
            elif project == "other" and path != template and ("{study}" in path or path == "/compare"):
                assert (answer.status_code, answer.json()["code"]) == (404, "study_not_found")
            elif path == "/studies" and method == "POST":
                assert answer.status_code in (200, 201)  # one of each name a project
            else:
                assert answer.is_success, answer.text
                if project == "other":
                    assert f"of-{scope}" not in answer.text.replace(f"{scope}-of-", "")
                    sees_lease = path in ("/report", "/tell", "/renew")
                    assert not sees_lease or answer.json()["items"][0]["code"] == "lease_unknown"


async def test_lists_show_the_own_project(client):
    await make_study(client, "mine")
    other = bearing(await make_token(client, "user", "other"))
    assert (await client.get("/studies", headers=other)).json()["items"] == []
    assert (await client.get("/workers", headers=other)).json()["items"] == []
    assert (
        await client.post("/studies", json=BODIES["POST", "/studies"] | {"name": "mine"}, headers=other)
    ).status_code == 201
    [theirs] = (await client.get("/studies", headers=other)).json()["items"]
    [mine] = (await client.get("/studies")).json()["items"]
    assert (theirs["counts"]["completed"], mine["counts"]["completed"]) == (0, 1)
    ask = {"worker": "w", "request_id": "r-mine", "count": 1}  # the same worker and request as in the default project
    [lease] = (await client.post("/ask", json=ask, headers=other)).json()["leases"]
    assert (lease["study"], lease["trial"]) == ("mine", 0)
    [worker] = (await client.get("/workers", headers=other)).json()["items"]
    assert (worker["name"], worker["open_leases"]) == ("w", 1)


async def test_a_worker_has_the_studies_that_it_was_given(client):
    for name in ("a", "b"):
        await client.post("/studies", json=BODIES["POST", "/studies"] | {"name": name})
    [hidden] = (await client.post("/ask", json={"worker": "v", "request_id": "1", "studies": ["a"]})).json()["leases"]
    worker = bearing(await make_token(client, "worker", studies=["b"]))
    for number in range(2):
        ask = {"worker": "w", "request_id": f"r{number}"}
        [lease] = (await client.post("/ask", json=ask, headers=worker)).json()["leases"]
        assert lease["study"] == "b"
    refused = await client.post("/ask", json={"worker": "w", "request_id": "x", "studies": ["a"]}, headers=worker)
    assert (refused.status_code, refused.json()["code"]) == (404, "study_not_found")
    repeated = {"worker": "v", "request_id": "1", "studies": ["a"]}
    assert (await client.post("/ask", json=repeated, headers=worker)).json()["leases"] == []
    renewal = {"worker": "w", "leases": [hidden["lease"], lease["lease"]]}
    items = (await client.post("/renew", json=renewal, headers=worker)).json()["items"]
    assert [(item["decision"], item["code"]) for item in items] == [("lost", "lease_unknown"), ("continue", None)]
    for verb, item in (("report", {"step": 1, "value": 1}), ("tell", {"state": "released"})):
        body = {"items": [{"lease": hidden["lease"], **item}]}
        [answer] = (await client.post(f"/{verb}", json=body, headers=worker)).json()["items"]
        assert answer["code"] == "lease_unknown"
    assert (await client.get("/studies/a/trials/0")).json()["state"] == "running"


async def test_tokens_are_made_shown_once_and_revoked(client):
    made = await make_token(client, "user", "vision", expires_seconds=3600)
    assert len(made["token"]) >= 43
    listed = (await client.get("/tokens")).json()["items"]
    assert [token["name"] for token in listed] == ["admin", "user-of-vision"]
    assert made["token"] not in str(listed)
    assert listed[1]["expires_at"] > listed[1]["created_at"]
    assert (await client.get("/studies", headers=bearing(made))).status_code == 200
    for _ in range(2):
        assert (await client.delete(f"/tokens/{made['id']}")).status_code == 204
    assert (await client.get("/studies", headers=bearing(made))).status_code == 401
    assert (await client.get("/tokens")).json()["items"][1]["revoked_at"] is not None


async def test_no_token_revokes_itself_or_what_is_not_there(client):
    assert [(await client.delete(f"/tokens/{number}")).status_code for number in (1, 99)] == [409, 404]
    assert (await client.get("/studies")).status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"scope": "root"}, "scope"),
        ({"scope": "user", "studies": ["s"]}, "studies"),
        ({"scope": "worker", "studies": []}, "studies"),
        ({"project": "no/such"}, "project"),
        ({"expires_seconds": 0}, "expires_seconds"),
    ],
)
async def test_tokens_that_are_not_made(client, fields, field):
    answer = await client.post("/tokens", json={"name": "t", "scope": "viewer", **fields})
    assert answer.status_code == 422
    assert [found["field"] for found in answer.json()["fields"]] == [field]


async def test_too_many_requests_of_one_token(app, client, monkeypatch):
    other = bearing(await make_token(client, "viewer"))
    taken = []
    monkeypatch.setattr(Rates, "take", lambda self, token: taken.append(token) or token != 1)
    answer = await client.get("/studies")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert answer.headers["retry-after"] == "1"
    assert (await client.get("/studies", headers=other)).status_code == 200
    assert taken == [1, 2]
