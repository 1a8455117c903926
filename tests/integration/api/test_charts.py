"""Charts over HTTP: what they answer, what they refuse, and that an unchanged study costs nothing."""

import pytest
from problems import check_problem

pytestmark = pytest.mark.anyio

STUDY = {
    "name": "s",
    "objective": "m:f",
    "space": {"x": {"type": "float", "low": 0, "high": 1}, "y": {"type": "int", "low": 0, "high": 9}},
    "sampler": {"name": "random", "seed": 1},
}
CHARTS = {
    "importance": "",
    "advice": "",
    "costs": "",
    "charts/timeline": "most=3",
    "charts/rungs": "",
    "charts/history": "against=seconds&most=10",
    "charts/curves": "trial=1&trial=2&metric=acc",
    "charts/slice": "parameter=x",
    "charts/contour": "x=x&y=y",
    "charts/rank": "x=x&y=y",
    "charts/edf": "objective=0",
    "charts/pareto": "most=5",
    "trials/0/curves": "",
    "trials/0/advice": "",
}


@pytest.fixture
async def study(client):
    """A study `s` with five completed trials."""
    assert (await client.post("/studies", json=STUDY)).status_code == 201
    leases = (await client.post("/ask", json={"worker": "w", "request_id": "1", "count": 5})).json()["leases"]
    items = [
        {"lease": lease["lease"], "state": "completed", "values": [place / 8]} for place, lease in enumerate(leases)
    ]
    assert (await client.post("/tell", json={"items": items})).status_code == 200


@pytest.mark.parametrize("path", CHARTS)
async def test_a_chart_is_read_once_for_each_state_of_the_study(client, study, path):
    address = f"/studies/s/{path}?{CHARTS[path]}"
    first = await client.get(address)
    assert first.status_code == 200
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    for wanted in (tag, f'"other", {tag}', tag.removeprefix("W/")):
        again = await client.get(address, headers={"If-None-Match": wanted})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await client.get(address, headers={"If-None-Match": '"other"'})).json() == first.json()
    await client.post("/ask", json={"worker": "w", "request_id": "2"})
    changed = await client.get(address, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_a_study_of_the_same_name_is_another(client, study):
    tag = (await client.get("/studies/s/importance")).headers["etag"]
    await client.delete("/studies/s")
    check_problem(await client.get("/studies/s/importance", headers={"If-None-Match": tag}), 404, "study_not_found")
    await client.post("/studies", json=STUDY)
    assert (await client.get("/studies/s/importance", headers={"If-None-Match": tag})).status_code == 200


async def test_charts_say_what_was_asked(client, study):
    history = (await client.get("/studies/s/charts/history")).json()
    assert (history["number"], history["y"]) == ([0, 1, 2, 3, 4], [0.0, 0.125, 0.25, 0.375, 0.5])
    assert history["best"] == {"x": [0.0, 4.0], "y": [0.0, 0.0]}
    compared = (await client.get("/compare?study=s&study=s&against=device_seconds")).json()
    assert compared["studies"] == ["s"]
    assert sum((await client.get("/studies/s/importance")).json()["importances"].values()) in (0, pytest.approx(1))


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("studies/s/charts/history?against=years", "against"),
        ("studies/s/charts/history?most=0", "most"),
        ("studies/s/charts/slice", "parameter"),
        ("studies/s/charts/slice?parameter=z", "parameter"),
        ("studies/s/charts/contour?x=x&y=z", "y"),
        ("studies/s/charts/rank?x=x", "y"),
        ("studies/s/charts/edf?objective=1", "objective"),
        ("studies/s/importance?objective=-1", "objective"),
        ("studies/s/charts/pareto?unknown=1", "unknown"),
        ("compare", "study"),
    ],
)
async def test_what_cannot_be_drawn_is_refused_by_name(client, study, path, field):
    check_problem(await client.get(f"/{path}"), 422, "invalid_input", field)


@pytest.mark.parametrize(
    "path", [*(f"studies/none/{path}?{query}" for path, query in CHARTS.items()), "compare?study=none"]
)
async def test_a_study_that_is_not_there(client, study, path):
    check_problem(await client.get(f"/{path}"), 404, "study_not_found")


@pytest.mark.parametrize("kind", ["curves", "advice"])
async def test_a_trial_that_is_not_there(client, study, kind):
    check_problem(await client.get(f"/studies/s/trials/5/{kind}"), 404, "trial_not_found")
