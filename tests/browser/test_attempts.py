"""When attempts ran and how they ended, what they cost, and where the pruner stopped them."""

import re

import pytest
from browser_studies import ask, complete, create, report, tell
from playwright.sync_api import expect

MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture
def database(each_database):
    return each_database


@pytest.fixture
def panel(page):
    return lambda name: page.get_by_role("region", name=name, exact=True)


def rows(panel):
    return panel.get_by_role("row")


def cells(row):
    return row.get_by_role("cell")


def test_attempts_with_workers_retries_and_reasons(site, page, panel):
    create(site.api, "s", attempts={"errors": 1})
    first, second = ask(site.api, "s", 2, worker="node-1")
    tell(site.api, {"lease": first["lease"], "state": "released"})
    error = {"reason": "out_of_memory", "message": MARKUP * 300}
    tell(site.api, {"lease": second["lease"], "state": "failed", "error": error})
    [again] = ask(site.api, "s", 1, worker="node-2")
    tell(site.api, {"lease": again["lease"], "state": "completed", "values": [0.5]})
    page.goto("/studies/s?tab=attempts")
    timeline = panel("Timeline")
    expect(timeline).to_contain_text("3 attempts on 2 workers: 1 was lost to a fault, 1 is a retry")
    expect(timeline.get_by_role("list")).to_have_text(re.compile("completed.*given back.*failed.*a retry", re.S))
    timeline.get_by_text("As a table").click()
    found = [" ".join(text.split()) for text in rows(timeline).all_inner_texts()]
    plain = [re.sub(r"[A-Z]\w\w \d+, \d{4}.* [\d.]+ s ", "| ", text) for text in found]
    assert plain[1:] == [
        "0 1 node-1 gpu-1 | given back —",
        "1 1 node-1 gpu-1 | failed the device's memory was too small",
        "0 2 node-2 gpu-1 | completed —",
    ]


def test_the_timeline_by_keyboard(site, page, panel):
    create(site.api, "s")
    complete(site.api, "s", 0.5, 0.25, worker="node-1")
    ask(site.api, "s", 1, worker="node-2")
    page.goto("/studies/s?tab=attempts")
    chart = panel("Timeline").get_by_role("application")
    expect(chart).to_have_accessible_name(re.compile("^3 attempts by 2 workers, along the time"))
    chart.focus()
    for key, trial in (("ArrowLeft", 2), ("ArrowLeft", 1), ("ArrowRight", 2), ("ArrowRight", 2)):
        page.keyboard.press(key)
        expect(chart).to_contain_text(f"Trial {trial}, attempt 1")
    page.keyboard.press("Home")
    expect(chart).to_contain_text(re.compile(r"Trial 0, attempt 1node-1 on gpu-1began .*took [\d.]+ scompleted"))
    page.keyboard.press("End")
    expect(chart).to_contain_text(re.compile(r"Trial 2, attempt 1node-2 on gpu-1began .*running [\d.]+ s"))
    page.keyboard.press("ArrowUp")
    expect(chart).to_contain_text("node-1 on gpu-1")
    page.keyboard.press("Escape")
    expect(chart).not_to_contain_text("attempt")
    page.keyboard.press("ArrowDown")
    expect(chart).to_contain_text("Trial 0, attempt 1")
    page.keyboard.press("Enter")
    page.wait_for_url("**trials=0")
    expect(page.get_by_role("region", name="Selection").get_by_role("link", name="trial 0")).to_be_visible()


def test_a_drag_shows_a_part_of_the_time_and_a_click_picks(site, page, panel):
    create(site.api, "s")
    complete(site.api, "s", 0.5)
    page.goto("/studies/s?tab=attempts")
    timeline = panel("Timeline")
    canvas = timeline.locator("canvas")
    expect(timeline.get_by_role("application")).to_have_accessible_name(re.compile("1 attempt by 1 worker"))
    box = canvas.bounding_box()
    middle = box["x"] + box["width"] * 0.6, box["y"] + 9
    page.mouse.move(*middle)
    expect(timeline).to_contain_text("Trial 0, attempt 1")
    page.mouse.down()
    page.mouse.move(middle[0] + 80, middle[1])
    page.mouse.up()
    whole = timeline.get_by_role("button", name="Whole time")
    expect(whole).to_be_visible()
    whole.click()
    expect(whole).to_have_count(0)
    page.mouse.click(*middle)
    page.wait_for_url("**trials=0")


def test_costs_and_what_was_saved(site, page, panel):
    space = {"learning_rate": {"type": "float", "low": 1e-3, "high": 1e-1}}
    settings = {"data": {"name": "digits"}, "max_epochs": 10}
    create(site.api, "s", objective="flax/mlp", space=space, settings=settings, attempts={"errors": 1})
    page.goto("/studies/s?tab=attempts&costs=device")
    costs = panel("Costs")
    expect(costs.get_by_role("heading", name="Nothing was spent yet")).to_be_visible()
    good, bad, _ = ask(site.api, "s", 3)
    report(site.api, good, 0.5, 0.25, 0.125, 0.25)
    tell(site.api, {"lease": good["lease"], "state": "completed", "values": [0.125], "device_seconds": 30})
    error = {"reason": "io", "message": "no disk"}
    tell(site.api, {"lease": bad["lease"], "state": "failed", "error": error, "device_seconds": 10})
    expect(costs).to_contain_text("saved 6 steps, about 45 s of device time: 52.9 % of what all would have taken")
    expect(costs.get_by_role("img")).to_have_accessible_name(
        "Device time: completed 75.0 %, still open 0.0 %, failed, may be tried again 25.0 %"
    )
    expect(cells(rows(costs).nth(1))).to_have_text(["1", "30 s", re.compile(r"[\d.]+ s"), "75.0 %"])
    expect(costs.locator(".figures")).to_contain_text(re.compile(r"Lost to faults.*by the clock, in 1 attempt"))
    costs.get_by_role("combobox", name="Time").select_option("by the clock")
    expect(costs.get_by_role("columnheader", name="Of clock time")).to_be_visible()


def test_what_a_study_of_one_s_own_saved_is_not_known(site, page, panel):
    create(site.api, "s")
    complete(site.api, "s", 0.5)
    page.goto("/studies/s?tab=attempts")
    expect(panel("Costs")).to_contain_text("What early stopping and pruning saved is not known")
    expect(panel("Costs")).to_contain_text("not told by the workers")


@pytest.mark.parametrize(
    ("direction", "sign", "threshold"),
    [("minimize", 1, "Goes on at or below"), ("maximize", -1, "Goes on at or above")],
)
def test_rungs_with_their_thresholds(site, page, panel, direction, sign, threshold):
    create(site.api, "s", direction=direction, pruner={"name": "asha", "min_resource": 1, "reduction_factor": 2})
    page.goto("/studies/s?tab=attempts")
    rungs = panel("Rungs")
    expect(rungs.get_by_role("heading", name="No trial has come to a rung yet")).to_be_visible()
    for lease, value in zip(ask(site.api, "s", 4), (1.0, 2.0, 3.0, 4.0), strict=True):
        if report(site.api, lease, sign * value) == "stop":
            tell(site.api, {"lease": lease["lease"], "state": "released"})
        else:
            report(site.api, lease, sign * value, sign * 0.5)
            tell(site.api, {"lease": lease["lease"], "state": "completed", "values": [sign * 0.5]})
    found = site.api.get("/studies/s/charts/rungs").json()["rungs"]
    assert [rung["stopped"] for rung in found] == [3, 0]
    expect(rungs.get_by_role("columnheader", name=threshold)).to_be_visible()
    expect(rows(rungs).nth(1)).to_have_text(f"14375 %{sign * 1}{sign * 2}")
    expect(rows(rungs).nth(2)).to_have_text(f"2100 %{sign * 0.5}{sign * 0.5}")
    expect(rungs).to_contain_text("3 trials stopped by asha at 2 rungs.")


def test_a_study_without_a_pruner_says_how_to_get_one(site, page, panel):
    create(site.api, "s")
    page.goto("/studies/s?tab=attempts")
    expect(panel("Rungs").get_by_role("heading", name="This study has no pruner")).to_be_visible()
    expect(panel("Rungs").get_by_role("region", name="A pruner in a study file")).to_contain_text("name: asha")
    expect(panel("Timeline").get_by_role("heading", name="No worker has taken a trial yet")).to_be_visible()
