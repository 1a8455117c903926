"""A bad request changes nothing and gets a 4xx that names the field (invariant I9)."""

import json
from urllib.parse import quote

import pytest
from problems import check_problem

from hpsearch.errors import BY_CODE
from hpsearch.validation import MOST_LEVELS, UNSHOWABLE
from hpsearch.wire.base import MAX_ITEMS

pytestmark = pytest.mark.anyio

X = {"type": "float", "low": 0, "high": 1}
STUDY = {"name": "s", "objective": "m:f", "metric": "loss", "space": {"x": X}, "budget": {"max_trials": 3}}
MLP = {"name": "s", "objective": "flax/mlp", "space": {"learning_rate": {"type": "float", "low": 0.001, "high": 0.1}}}
JSON = {"Content-Type": "application/json"}
LEASE = {"lease": "t"}


def space(**parameters):
    return STUDY | {"space": parameters}


STUDIES = {
    "no study at all": ({}, "name", "objective", "space"),
    "a list": ([], "body"),
    "a string": ("study", "body"),
    "an unknown field": (STUDY | {"colour": "red"}, "colour"),
    "an unknown field below": (STUDY | {"budget": {"max_trails": 3}}, "budget.max_trails"),
    "an empty space": (space(), "space"),
    "low above high": (space(x=X | {"low": 2}), "space.x.low"),
    "log of zero": (space(x=X | {"log": True}), "space.x.low"),
    "log of a negative int": (space(x={"type": "int", "low": -1, "high": 4, "log": True}), "space.x.low"),
    "no choices": (space(x={"type": "categorical", "choices": []}), "space.x.choices"),
    "a choice twice": (space(x={"type": "categorical", "choices": [1, 1]}), "space.x.choices"),
    "a condition on a missing parameter": (space(x=X | {"when": {"y": [1]}}), "space.x.when.y"),
    "a cycle": (
        space(
            a={"type": "constant", "value": 1, "when": {"b": [1]}},
            b={"type": "constant", "value": 1, "when": {"a": [1]}},
        ),
        "space.a.when",
        "space.b.when",
    ),
    "a bound that is no number": (space(x=X | {"low": "NaN"}), "space.x.low"),
    "an infinite bound": (space(x=X | {"high": "Infinity"}), "space.x.high"),
    "an unknown type": (space(x={"type": "real"}), "space.x.type"),
    "very many choices": (space(x={"type": "categorical", "choices": [{}] * 100_000}), "space.x.choices"),
    "very many values of a condition": (
        space(x={"type": "categorical", "choices": ["a"]}, y=X | {"when": {"x": ["b"] * 200_000}}),
        "space.y.when.x",
    ),
    "control characters in the name": (STUDY | {"name": "a\nb"}, "name"),
    "an empty name": (STUDY | {"name": ""}, "name"),
    "a path for a name": (STUDY | {"name": "../s"}, "name"),
    "a name that is too long": (STUDY | {"name": "s" * 101}, "name"),
    "a name of a parameter with a space": (space(**{"a b": X}), "space.a b"),
    "a grid over a continuous range": (STUDY | {"sampler": {"name": "grid"}}, "space.x"),
    "an impatient pruner": (
        STUDY | {"pruner": {"name": "patience", "patience": 1, "min_delta": -1}},
        "pruner.min_delta",
    ),
    "more steps than numbers": (space(x=X | {"high": 1e308, "step": 1e-10}), "space.x.step"),
    "an unknown sampler": (STUDY | {"sampler": {"name": "best"}}, "sampler.name"),
    "a budget of nothing": (STUDY | {"budget": {"max_trials": 0}}, "budget.max_trials"),
    "a number as text": (STUDY | {"budget": {"max_trials": "3"}}, "budget.max_trials"),
    "a setting that the objective does not know": (MLP | {"settings": {"epochs": 3}}, "settings.epochs"),
    "a parameter that the objective does not know": (MLP | {"space": {"learnin_rate": X}}, "space.learnin_rate"),
    "an objective that is not built in": (MLP | {"objective": "flax/transformer"}, "objective"),
    "a description with U+0000": (STUDY | {"description": "a\x00b"}, "description"),
    "a description that a terminal would obey": (STUDY | {"description": "a\x1b[2Jb"}, "description"),
    "a description that is read backwards": (STUDY | {"description": "a\u202eb"}, "description"),
    "a choice that is read backwards": (
        space(x={"type": "categorical", "choices": ["a", "\u202eb"]}),
        "space.x.choices.1",
    ),
    "a setting that is read backwards": (STUDY | {"settings": {"a": ["\u2066"]}}, "settings"),
}


@pytest.mark.parametrize("case", STUDIES)
async def test_a_study(client, nothing_stored, case):
    body, *fields = STUDIES[case]
    check_problem(await client.post("/studies", json=body), 422, "invalid_input", *fields)


def nested(levels):
    return json.loads("[" * levels + "]" * levels)


@pytest.mark.parametrize("levels", [MOST_LEVELS, 250, 254, 255, 256, 900])
async def test_settings_that_are_too_deep(client, nothing_stored, levels):
    response = await client.post("/studies", json=STUDY | {"settings": {"a": nested(levels)}})
    [found] = check_problem(response, 422, "invalid_input").fields
    assert found.field.startswith("settings")


@pytest.mark.parametrize("levels", [MOST_LEVELS, 250, 254, 255, 256, 900])
async def test_what_workers_tell_may_not_be_too_deep(client, levels):
    deep = {"a": nested(levels)}
    for field in ("artifacts", "trace"):
        response = await client.post("/tell", json={"items": [LEASE | {"state": "released", field: deep}]})
        [found] = check_problem(response, 422, "invalid_input").fields
        assert found.field.startswith(f"items.0.{field}")
    response = await client.post("/renew", json={"worker": "w", "leases": [], "status": deep})
    [found] = check_problem(response, 422, "invalid_input").fields
    assert found.field.startswith("status")


async def test_the_deepest_documents_are_kept_and_shown(client):
    deep = {"a": nested(MOST_LEVELS - 1)}
    assert (await client.post("/studies", json=STUDY | {"settings": deep})).status_code == 201
    asked = await client.post("/ask", json={"worker": "w", "request_id": "r"})
    assert asked.json()["studies"]["s"]["settings"] == deep
    lease = asked.json()["leases"][0]["lease"]
    end = {"lease": lease, "state": "released", "artifacts": deep, "trace": deep}
    assert (await client.post("/tell", json={"items": [end]})).json()["items"][0]["accepted"]
    assert (await client.post("/renew", json={"worker": "w", "leases": [], "status": deep})).status_code == 200
    assert (await client.get("/studies/s")).json()["definition"]["settings"] == deep
    assert (await client.get("/studies/s/trials/0")).json()["history"][0]["trace"] == deep
    assert (await client.get("/studies/s/trials/0/artifacts/a")).json() == deep["a"]
    assert (await client.get("/workers")).json()["items"][0]["status"] == deep


RAW = {
    "a parameter given twice": (json.dumps(STUDY).replace('{"x"', '{"x": {}, "x"').encode(), "space.x"),
    "a bound NaN": (json.dumps(STUDY).replace('"low": 0', '"low": NaN').encode(), "space.x.low"),
    "a bound beyond doubles": (json.dumps(STUDY).replace('"high": 1', '"high": 1e999').encode(), "space.x.high"),
    "a bound of 5,000 digits": (json.dumps(STUDY).replace('"high": 1', '"high": ' + "1" * 5000).encode(), "body"),
    "half a surrogate pair": (json.dumps(STUDY | {"description": "\ud800"}).encode(), "description"),
    "half a document": (json.dumps(STUDY)[:-1].encode(), "body"),
    "no UTF-8": (json.dumps(STUDY | {"description": "é"}, ensure_ascii=False).encode("latin-1"), "body"),
    "a bomb of brackets": (b"[" * 1_000_000, "body"),
    "nothing": (b"", "body"),
    "null": (b"null", "body"),
}


@pytest.mark.parametrize("case", RAW)
async def test_a_document(client, nothing_stored, case):
    raw, *fields = RAW[case]
    check_problem(await client.post("/studies", content=raw, headers=JSON), 422, "invalid_input", *fields)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        JSON | {"Content-Encoding": "gzip"},
    ],
)
async def test_a_body_that_is_not_plain_json(client, nothing_stored, headers):
    response = await client.post("/studies", content=json.dumps(STUDY).encode(), headers=headers)
    check_problem(response, 415, "unsupported_media_type")


VERBS = {
    "ask of nobody": ("ask", {"request_id": "r"}, "worker"),
    "ask without an id": ("ask", {"worker": "w"}, "request_id"),
    "ask for none": ("ask", {"worker": "w", "request_id": "r", "count": 0}, "count"),
    "ask for too many": ("ask", {"worker": "w", "request_id": "r", "count": MAX_ITEMS + 1}, "count"),
    "ask for half a trial": ("ask", {"worker": "w", "request_id": "r", "count": 1.5}, "count"),
    "ask for ever": ("ask", {"worker": "w", "request_id": "r", "wait_seconds": 61}, "wait_seconds"),
    "ask of no study": ("ask", {"worker": "w", "request_id": "r", "studies": []}, "studies"),
    "a worker with a newline": ("ask", {"worker": "w\n", "request_id": "r"}, "worker"),
    "report of nothing": ("report", {"items": []}, "items"),
    "report of text": ("report", {"items": [LEASE | {"step": 1, "value": "high"}]}, "items.0.value"),
    "report below zero": ("report", {"items": [LEASE | {"step": -1, "value": 1}]}, "items.0.step"),
    "report beyond integers": ("report", {"items": [LEASE | {"step": 10**30, "value": 1}]}, "items.0.step"),
    "the second item": (
        "report",
        {"items": [LEASE | {"step": 1, "value": 1}, LEASE | {"step": 1, "value": None}]},
        "items.1.value",
    ),
    "too many items": ("report", {"items": [LEASE | {"step": 1, "value": 1}] * (MAX_ITEMS + 1)}, "items"),
    "completed without values": ("tell", {"items": [LEASE | {"state": "completed"}]}, "items.0.values"),
    "failed without error": ("tell", {"items": [LEASE | {"state": "failed"}]}, "items.0.error"),
    "a message that a terminal would obey": (
        "tell",
        {"items": [LEASE | {"state": "failed", "error": {"reason": "exception", "message": "\x1b[2J"}}]},
        "items.0.error.message",
    ),
    "a host that a terminal would obey": ("renew", {"worker": "w", "leases": [], "status": {"host": "\x1b"}}, "status"),
    "an unknown end": ("tell", {"items": [LEASE | {"state": "done"}]}, "items.0.state"),
    "too large an artifact": (
        "tell",
        {"items": [LEASE | {"state": "released", "artifacts": {"a": "x" * 256_000}}]},
        "items.0.artifacts",
    ),
    "renew of a number": ("renew", {"worker": "w", "leases": [1]}, "leases.0"),
    "too much status": ("renew", {"worker": "w", "leases": [], "status": {"a": "x" * 4_000}}, "status"),
}


@pytest.mark.parametrize("case", VERBS)
async def test_a_verb(client, nothing_stored, case):
    verb, body, field = VERBS[case]
    check_problem(await client.post(f"/{verb}", json=body), 422, "invalid_input", field)


@pytest.fixture
async def study(client):
    await client.post("/studies", json=STUDY)
    before = await _stored(client)
    yield
    assert await _stored(client) == before


async def _stored(client):
    studies, trials = [(await client.get(path)).json() for path in ("/studies", "/studies/s/trials")]
    for study in studies["items"]:
        del study["active_seconds"]  # time passes
    return studies, trials


ON_A_STUDY = {
    "an unknown state": ("PATCH", "", {"state": "deleted"}, "state"),
    "an unknown patch": ("PATCH", "", {"name": "t"}, "name"),
    "a tag of nothing": ("PATCH", "", {"tags": {"add": [""]}}, "tags.add.0"),
    "a tag to add and to remove": ("PATCH", "", {"tags": {"add": ["a"], "remove": ["a"]}}, "tags.remove"),
    "a budget of nothing": ("PATCH", "", {"budget": {"max_seconds": 0}}, "budget.max_seconds"),
    "enqueue nothing": ("POST", "/enqueue", {"request_id": "r"}, "params"),
    "enqueue both": ("POST", "/enqueue", {"request_id": "r", "params": {"x": 0.5}, "from_trial": 0}, "params"),
    "enqueue out of range": ("POST", "/enqueue", {"request_id": "r", "params": {"x": 2}}, "params.x"),
    "enqueue what is not in the space": ("POST", "/enqueue", {"request_id": "r", "params": {"y": 1}}, "params.y"),
    "enqueue more than a space can have": (
        "POST",
        "/enqueue",
        {"request_id": "r", "params": {f"p{number}": 1 for number in range(301)}},
        "params",
    ),
    "test a trial below zero": ("POST", "/tests", {"trial": -1}, "trial"),
    "a result of nothing": ("PUT", "/tests/1", {"metrics": {}}, "metrics"),
    "a number of a trial that is none": ("GET", "/trials/one", None, "number"),
    "a trial below zero": ("GET", "/trials/-1", None, "number"),
    "a number of 5,000 digits": ("GET", "/trials/" + "1" * 5000, None, "number"),
    "an unknown query": ("GET", "/trials?stat=failed", None, "stat"),
    "an unknown trial state": ("GET", "/trials?state=done", None, "state.0"),
    "an unknown order": ("GET", "/trials?sort=loss", None, "sort"),
    "a limit of nothing": ("GET", "/trials?limit=0", None, "limit"),
    "a limit beyond all": ("GET", f"/trials?limit={MAX_ITEMS + 1}", None, "limit"),
    "a condition that is none": ("GET", "/trials?where=x", None, "where.0"),
    "a condition on what is not there": ("GET", "/trials?where=params.y=1", None, "where.0"),
    "a condition with U+0000": ("GET", "/trials?where=value=%00", None, "where.0"),
    "a made-up cursor": ("GET", "/trials?cursor=abc", None, "cursor"),
    "a deep cursor": ("GET", "/trials?cursor=" + "W1tb" * 249, None, "cursor"),
    "a cursor with true for a number": ("GET", "/trials?cursor=W251bGwsdHJ1ZV0", None, "cursor"),
    "an unknown format": ("GET", "/export?format=xls", None, "format"),
}


@pytest.mark.parametrize("case", ON_A_STUDY)
async def test_about_a_study(client, study, case):
    method, path, body, field = ON_A_STUDY[case]
    check_problem(await client.request(method, f"/studies/s{path}", json=body), 422, "invalid_input", field)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/studies?cursor=x", "cursor"),
        ("/studies?cursor=%00", "cursor"),
        ("/studies?sort=name&cursor=WyJuYW1lIiwgImFcdTAwMDAiLCAxXQ", "cursor"),
        ("/studies?limit=x", "limit"),
        ("/studies?sort=loss", "sort"),
        ("/studies?search=%00", "search"),
        ("/studies?search=" + "x" * 201, "search"),
        ("/studies?state=gone", "state.0"),
        ("/studies?tag=" + "x" * 65, "tag.0"),
        ("/workers?cursor=%00", "cursor"),
    ],
)
async def test_a_list(client, path, field):
    check_problem(await client.get(path), 422, "invalid_input", field)


LONG = "x" * 7_000_000


@pytest.mark.parametrize("body", [STUDY | {LONG: 1}, STUDY | {"settings": {LONG: "\0"}}, space(**{LONG: X})])
async def test_a_name_of_megabytes_is_not_sent_back(client, body):
    response = await client.post("/studies", json=body)
    check_problem(response, 422, "invalid_input")
    assert len(response.content) < 3_000


@pytest.mark.parametrize("name", ["a\u202eb", "a\x1bb", "a\u200bb", "a\0\u202eb"])
async def test_a_name_that_shows_as_something_else_is_escaped(client, name):
    response = await client.post("/studies", json=STUDY | {name: 1})
    check_problem(response, 422, "invalid_input")
    assert not UNSHOWABLE.search(response.text)
    response = await client.get(f"/{quote(name)}")
    assert response.status_code == 404
    assert not UNSHOWABLE.search(response.text)


async def test_a_lease_that_shows_as_something_else_is_unknown(client):
    leases = ["a\x1b[2Jb", "a\u202eb", "\u200b", "\n"]
    answer = await client.post("/renew", json={"worker": "w", "leases": leases})
    assert [(item["lease"], item["code"]) for item in answer.json()["items"]] == [
        (lease, "lease_unknown") for lease in leases
    ]
    body = {"items": [{"lease": lease, "state": lease} for lease in leases] + [{"lease": {leases[0]: leases[1]}}]}
    answer = await client.post("/tell", json=body)
    check_problem(answer, 422, "invalid_input", "items.0.state", "items.4.lease")
    assert not UNSHOWABLE.search(answer.text)


NOT_THERE = {
    ("GET", "/studies/other"): "study_not_found",
    ("GET", "/studies/a%20b"): "study_not_found",
    ("GET", "/studies/%00"): "study_not_found",
    ("GET", "/studies/%FF"): "study_not_found",
    ("GET", "/studies/" + "s" * 5000): "study_not_found",
    ("DELETE", "/studies/other"): "study_not_found",
    ("GET", "/studies/other/trials/0"): "study_not_found",
    ("GET", "/studies/s/trials/0"): "trial_not_found",
    ("GET", f"/studies/s/trials/{2**31}"): "trial_not_found",
    ("GET", f"/studies/s/trials/{10**30}"): "trial_not_found",
    ("GET", f"/studies/s/trials/{2**31 - 1}/reports"): "trial_not_found",
    ("POST", f"/studies/s/trials/{2**31 - 1}/cancel"): "trial_not_found",
    ("GET", "/studies/s/trials/0/artifacts/a%00"): "artifact_not_found",
    ("GET", "/nothing"): "not_found",
    ("GET", "/studies/"): "not_found",
}


@pytest.mark.parametrize(("method", "path"), NOT_THERE)
async def test_what_is_not_there(client, study, method, path):
    check_problem(await client.request(method, path), 404, NOT_THERE[method, path])


@pytest.mark.parametrize("number", [0, 2**31 - 1, 2**31, 2**63, 10**30])
async def test_numbers_in_bodies_that_no_trial_has(client, study, number):
    body = {"request_id": "r", "from_trial": number}
    response = await client.post("/studies/s/enqueue", json=body)
    assert response.json()["code"] in {"trial_not_found", "invalid_input"}
    response = await client.post("/studies/s/tests", json={"trial": number})
    assert response.json()["code"] in {"trial_not_found", "invalid_input", "study_not_finished"}
    response = await client.put(f"/studies/s/tests/{number + 1}", json={"metrics": {"a": 1}})
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/studies", "GET, HEAD, POST"),
        ("OPTIONS", "/studies", "GET, HEAD, POST"),
        ("POST", "/studies/s", "DELETE, GET, HEAD, PATCH"),
        ("GET", "/ask", "POST"),
        ("HEAD", "/ask", "POST"),
    ],
)
async def test_methods_that_a_path_does_not_have(client, method, path, allowed):
    response = await client.request(method, path)
    assert response.headers["allow"] == allowed
    assert response.status_code == 405
    if method != "HEAD":
        check_problem(response, 405, "method_not_allowed")


async def test_items_of_unknown_leases_fail_alone(client):
    answer = await client.post("/report", json={"items": [LEASE | {"step": 1, "value": 1}]})
    assert answer.json()["items"] == [{"lease": "t", "decision": "lost", "reason": None, "code": "lease_unknown"}]
    answer = await client.post("/tell", json={"items": [LEASE | {"state": "released"}]})
    assert answer.json()["items"] == [{"lease": "t", "accepted": False, "trial_state": None, "code": "lease_unknown"}]
    answer = await client.post("/renew", json={"worker": "w", "leases": ["t"]})
    assert answer.json()["items"] == [{"lease": "t", "decision": "lost", "reason": None, "code": "lease_unknown"}]


def test_the_codes_are_known_to_the_client():
    assert {"invalid_input", "body_too_large", "unauthorized", *NOT_THERE.values()} <= set(BY_CODE)
