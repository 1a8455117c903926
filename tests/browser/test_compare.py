"""Several studies on one chart, and where they stand."""

import re

import pytest
from browser_studies import ask, complete, create, tell
from playwright.sync_api import expect


@pytest.fixture
def database(each_database):
    return each_database


@pytest.fixture
def page(home):
    return home


def seeded(site, name, seed, *values, **fields):
    create(site.api, name, sampler={"name": "random", "seed": seed}, **fields)
    complete(site.api, name, *values)


def chart(page):
    return page.get_by_role("region", name="Best so far")


def frame(page, words):
    return page.get_by_role("application", name=re.compile(words))


def rows(page, words):
    """The cells of the table that stands for the chart whose label has these words."""
    expect(frame(page, words)).to_be_visible()
    page.get_by_text("As a table").click()
    found = chart(page).locator("tbody").get_by_role("row")
    expect(found.first).to_be_visible()
    return [row.get_by_role("cell").all_inner_texts() for row in found.all()]


def test_studies_are_chosen_and_the_address_keeps_them(site, page):
    for name, value in (("a", 0.5), ("b", 0.25), ("other", 0.125)):
        create(site.api, name)
        complete(site.api, name, value)
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Choose the studies to put side by side")).to_be_visible()
    page.get_by_role("checkbox", name="other").check()
    page.get_by_role("searchbox", name="Search studies").fill("b")
    expect(page.get_by_role("checkbox", name="a", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Choose 1 more").click()
    table = page.get_by_role("table", name="Chosen studies")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(page.get_by_text("2 of 3 chosen")).to_be_visible()
    page.reload()
    expect(table).to_contain_text("0.125")
    expect(table).not_to_contain_text("0.5")
    assert sorted(rows(page, "of other, b against")) == [["b", "b", "0", "0.25"], ["other", "other", "0", "0.125"]]
    page.get_by_role("button", name="Clear").click()
    expect(page).to_have_url(re.compile("/compare$"))


def test_the_best_so_far_against_what_was_spent(site, page):
    create(site.api, "s")
    for lease, value, seconds in zip(ask(site.api, "s", 3), (0.5, 0.75, 0.25), (10, 20, 30), strict=True):
        told = {"lease": lease["lease"], "state": "completed", "values": [value], "device_seconds": seconds}
        tell(site.api, told)
    page.goto("/compare?studies=s&against=device_seconds")
    expect(page.get_by_role("table", name="Chosen studies")).to_contain_text("1 min")
    assert rows(page, "against device seconds") == [["s", "s", "10", "0.5"], ["s", "s", "60", "0.25"]]
    page.get_by_role("combobox", name="Against").select_option("number")
    assert rows(page, "against trials") == [["s", "s", "0", "0.5"], ["s", "s", "2", "0.25"]]
    for label, option, part in (("Scale", "log", "scale=log"), ("Against", "seconds", "against=seconds")):
        page.get_by_role("combobox", name=label).select_option(option)
        expect(page).to_have_url(re.compile(part))


def test_repeated_seeds_are_one_search(site, page):
    for seed, value in ((1, 0.5), (2, 0.25), (3, 0.75)):
        seeded(site, f"mlp-seed-{seed}", seed, value)
    seeded(site, "grid", 1, 0.5, pruner={"name": "asha"})
    page.get_by_role("link", name="Compare").click()
    page.get_by_role("button", name="mlp: 3 seeds").click()
    searches = page.get_by_role("list", name="Searches")
    expect(searches.get_by_role("listitem")).to_have_text(["mlp median and quartiles of 3 seeds"])
    page.get_by_role("checkbox", name="grid").check()
    expect(searches.get_by_role("listitem")).to_have_count(2)
    both = frame(page, "Best val_loss so far of mlp, grid against trials")
    both.focus()
    page.keyboard.press("ArrowRight")
    expect(both).to_contain_text("mlp")
    expect(both).to_contain_text("val_loss 0.5")
    page.get_by_role("combobox", name="Repeated searches").select_option("apart")
    expect(searches.get_by_role("listitem")).to_have_text(["mlp-seed-1", "mlp-seed-2", "mlp-seed-3", "grid"])
    page.reload()
    expect(searches.get_by_role("listitem")).to_have_count(4)


def test_which_studies_are_one_search(site, page):
    seeded(site, "a-1", 1, 0.5)
    seeded(site, "a-2", 2, 0.5, description="other words")
    seeded(site, "same-as-a-2", 2, 0.5)
    seeded(site, "b-1", 1, 0.5, metric="error")
    seeded(site, "c-1", 5, 0.5, settings={"x": 1})
    seeded(site, "c-2", 5, 0.5, settings={"x": 1})
    studies = site.api.get("/studies").json()["items"]
    script = "(studies) => import('/static/pages/compare/groups.js').then((found) => found.groupsOf(studies))"
    groups = {frozenset(study["name"] for study in group["studies"]) for group in page.evaluate(script, studies)}
    assert groups == {frozenset(names) for names in (("a-1", "a-2", "same-as-a-2"), ("b-1",), ("c-1",), ("c-2",))}


def test_what_cannot_be_compared_is_said(site, page):
    seeded(site, "low", 1, 0.5)
    seeded(site, "high", 1, 0.5, direction="maximize")
    seeded(site, "error", 1, 0.5, metric="error")
    seeded(site, "gone", 1, 0.5)
    create(site.api, "empty")
    create(site.api, "nan")
    complete(site.api, "nan", "NaN", "NaN")
    page.goto("/compare?studies=low,high")
    expect(chart(page).get_by_role("status")).to_contain_text("low is minimized, high is maximized.")
    expect(page.get_by_role("table", name="Chosen studies").get_by_role("row")).to_have_count(3)
    page.goto("/compare?studies=low,error")
    expect(chart(page).get_by_text("different metrics (val_loss, error)")).to_be_visible()
    page.goto("/compare?studies=empty,nan")
    expect(page.get_by_role("heading", name="None of them has a completed trial yet")).to_be_visible()
    page.goto("/compare?studies=low,nan,empty,never&against=nonsense&scale=nonsense&objective=9")
    expect(page.get_by_text("No line yet, for want of a completed trial: nan, empty.")).to_be_visible()
    expect(page.get_by_text("There is no study never")).to_be_visible()
    page.goto("/compare?studies=low,gone")
    expect(page.get_by_role("list", name="Searches").get_by_role("listitem")).to_have_count(2)
    assert site.api.delete("/studies/gone").status_code == 204
    expect(page.get_by_text("There is no study gone")).to_be_visible()
    expect(page.get_by_role("list", name="Searches").get_by_role("listitem")).to_have_text(["low"])
    page.goto("/compare?studies=never")
    expect(page.get_by_text("There is no study never")).to_be_visible()


def test_values_without_a_logarithm_are_said(site, page):
    seeded(site, "s", 1, -0.5)
    page.goto("/compare?studies=s&scale=log")
    expect(chart(page).get_by_text("No value is positive")).to_be_visible()
    page.get_by_role("combobox", name="Scale").select_option("linear")
    expect(chart(page).get_by_text("No value is positive")).to_have_count(0)


def test_objectives_are_compared_one_at_a_time(site, page):
    for name in ("one", "two"):
        create(site.api, name, direction=["minimize", "maximize"], metric=["loss", "speed"])
        [lease] = ask(site.api, name, 1)
        tell(site.api, {"lease": lease["lease"], "state": "completed", "values": [1, 2]})
    page.goto("/compare?studies=one,two")
    assert rows(page, "Best loss") == [["one", "one", "0", "1"], ["two", "two", "0", "1"]]
    page.get_by_role("combobox", name="Objective").select_option("speed")
    assert rows(page, "Best speed") == [["one", "one", "0", "2"], ["two", "two", "0", "2"]]
