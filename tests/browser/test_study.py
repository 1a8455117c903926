"""The page of a study."""

import json
import re

import pytest
from browser_studies import ask, complete, create, tell
from playwright.sync_api import expect


@pytest.fixture
def database(each_database):
    return each_database


def figure(page, label):
    return page.locator(".figures > div").filter(has=page.get_by_text(label, exact=True)).locator("dd")


def test_a_study_in_figures(site, page):
    create(site.api, "s", budget={"max_trials": 8, "max_seconds": 600}, direction="maximize", metric="accuracy")
    complete(site.api, "s", 0.5, 0.75, 0.25)
    page.goto("/studies/s")
    expect(figure(page, "Best accuracy")).to_contain_text("0.75")
    expect(figure(page, "Trials done")).to_have_text("3 of 8")
    expect(figure(page, "Time active")).to_contain_text("of 10 min")
    expect(figure(page, "Sampler")).to_have_text("random, seed 7")
    expect(figure(page, "Created")).to_contain_text(re.compile(r"\d{4}, \d\d:\d\d:\d\d \S+"))
    best = page.get_by_role("region", name="Best trial")
    params = site.api.get("/studies/s/best").json()["trials"][0]["params"]
    assert json.loads(best.get_by_role("region", name="Parameters of trial 1").inner_text()) == params
    complete(site.api, "s", 0.875)
    expect(figure(page, "Best accuracy")).to_contain_text("0.875")
    expect(best).to_contain_text("Trial 3")


def test_what_looks_wrong_is_said_with_what_to_do(site, page):
    create(site.api, "s", attempts={"errors": 1})
    page.goto("/studies/s?tab=analysis")
    advice = page.get_by_role("region", name="Advice")
    expect(advice).to_contain_text("Nothing looks wrong")
    expect(page.get_by_role("region", name="Importance")).to_contain_text("Too few trials to tell")
    complete(site.api, "s", *(number / 64 for number in range(20)))
    error = {"reason": "exception", "message": "no such file: <b>/data</b>"}
    for lease in ask(site.api, "s", 4):
        tell(site.api, {"lease": lease["lease"], "state": "failed", "error": error})
    expect(advice).to_contain_text("no such file: <b>")
    expect(advice.get_by_role("link")).to_have_text(["20", "21", "22", "23"])
    shares = site.api.get("/studies/s/importance").json()["importances"]
    rows = page.get_by_role("region", name="Importance").locator("tbody tr")
    expect(rows).to_have_count(len(shares))
    expect(rows.first).to_contain_text(f"{max(shares.values()) * 100:.1f} %")


def test_several_objectives_have_a_pareto_front(site, page):
    create(site.api, "two", direction=["minimize", "maximize"], metric=["loss", "speed"])
    for lease, values in zip(ask(site.api, "two", 3), ([1, 1], [2, 2], [3, 1]), strict=True):
        tell(site.api, {"lease": lease["lease"], "state": "completed", "values": values})
    page.goto("/studies/two")
    front = page.get_by_role("region", name="Pareto front")
    expect(front.get_by_role("link")).to_have_text(["Trial 0", "Trial 1"])
    expect(front).to_contain_text("speed 2")


def test_pausing_and_deleting_on_the_page_of_the_study(site, page):
    create(site.api, "steered")
    page.goto("/studies/steered")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="steered paused")).to_be_visible()
    expect(page.get_by_text("paused: by a user")).to_be_visible()
    assert site.api.get("/studies/steered").json()["state"] == "paused"
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    dialog.get_by_label("Type steered to confirm").fill("steered")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url(f"{site.address}/")
    expect(page.get_by_text("steered deleted.")).to_be_visible()
    assert site.api.get("/studies/steered").status_code == 404


def test_a_study_file_that_is_shown_makes_the_same_study(site, page):
    settings = {"nothing": None, "list": [1, None, "x"], "text": "yes"}
    space = {"c": {"type": "constant", "value": None}, "x": {"type": "float", "low": 1e-5, "high": 1.0, "log": True}}
    first = create(site.api, "written", space=space, settings=settings, budget={"max_trials": 4})
    page.goto("/studies/written?tab=definition")
    text = page.get_by_role("region", name="Text of the study file").inner_text()
    site.api.delete("/studies/written")
    page.goto("/")
    page.get_by_role("button", name="New study").click()
    dialog = page.get_by_role("dialog", name="New study")
    dialog.get_by_role("tab", name="Study file").click()
    dialog.get_by_label("YAML or JSON").fill(text)
    dialog.get_by_role("button", name="Create").click()
    page.wait_for_url("**/studies/written")
    assert site.api.get("/studies/written").json()["definition"] == first["definition"]
