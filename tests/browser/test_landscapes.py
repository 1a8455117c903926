"""Slice, contour, rank and the trade-off between objectives: what the charts say in words and tables, and what they select."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_addresses import expect_address
from browser_studies import ask, complete, create, tell
from playwright.sync_api import expect

VALUES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2]


@pytest.fixture
def database(each_database):
    return each_database


def panel(page, name):
    found = page.get_by_role("region", name=name, exact=True)
    found.scroll_into_view_if_needed()
    return found


def chart(found, label):
    return found.get_by_role("application", name=re.compile(label))


def table(found):
    found.get_by_text("As a table").first.click()
    return found.get_by_role("table").first


def box(page, plot):
    """Draws a box over the whole of a chart."""
    over = plot.locator(".u-over").bounding_box()
    page.mouse.move(over["x"] + 2, over["y"] + 2)
    page.mouse.down()
    page.mouse.move(over["x"] + over["width"] - 2, over["y"] + over["height"] - 2, steps=4)
    page.mouse.up()


def expect_columns(page, holds):
    expect_address(page, "where", lambda found: holds({re.split("[<>!=]", text)[0] for text in found}))


def pareto(api, name, metrics, *values):
    create(api, name, direction=["minimize", "maximize", "minimize"][: len(metrics)], metric=metrics)
    for lease, found in zip(ask(api, name, len(values)), values, strict=True):
        tell(api, {"lease": lease["lease"], "state": "completed", "values": found})


def test_values_along_each_parameter(site, page):
    create(site.api, "s")
    page.goto("/studies/s?tab=analysis")
    found = panel(page, "Slice")
    expect(found.get_by_role("heading", name="No trial with units has a value yet")).to_be_visible()
    complete(site.api, "s", *VALUES)
    expect(chart(found, "val_loss of 12 trials along")).to_have_count(3)
    [shares] = [site.api.get("/studies/s/importance").json()["importances"]]
    expect(found.get_by_role("application").first).to_have_accessible_name(re.compile(f"along {next(iter(shares))}"))
    expect(table(found).locator("tbody tr")).to_have_count(12)
    found.get_by_label("Colour by").select_option("state")
    expect_address(page, "slice", ["state"])
    expect(found).not_to_contain_text("(last)")
    box(page, chart(found, "along learning_rate"))
    expect(page.get_by_role("region", name="Selection")).to_contain_text("12 of 12 trials")
    expect_columns(page, lambda found: found == {"params.learning_rate", "values.val_loss"})
    chart(found, "along units").locator(".u-over").dblclick()
    expect_columns(page, lambda found: found == {"params.learning_rate"})


@pytest.mark.parametrize(("name", "label"), [("Contour", "val_loss over"), ("Rank", "Ranks of val_loss")])
def test_two_parameters_that_one_chooses(site, page, name, label):
    create(site.api, "s")
    page.goto("/studies/s?tab=analysis")
    found = panel(page, name)
    expect(found.get_by_role("heading", name="No completed trial has both")).to_be_visible()
    complete(site.api, "s", *VALUES)
    expect(chart(found, label)).to_be_visible()
    found.get_by_label("Right").select_option("optimizer")
    found.get_by_label("Up").select_option("learning_rate")
    expect(chart(found, "over optimizer and learning_rate")).to_be_visible()
    page.reload()
    expect(chart(found, "over optimizer and learning_rate")).to_be_visible()
    expect(found).to_contain_text("(best)")
    params = site.api.get("/studies/s/trials/0").json()["params"]
    row = table(found).locator("tbody tr").first
    expect(row).to_contain_text(params["optimizer"])
    expect(row).to_contain_text("0.1")
    plot = chart(found, label)
    plot.press("ArrowRight")
    expect(plot).to_contain_text("val_loss")
    plot.press("Enter")
    expect(page.get_by_role("region", name="Selection")).to_contain_text("trial")
    box(page, plot)
    both = {"params.learning_rate", "params.optimizer"}
    expect_columns(page, lambda found: "params.learning_rate" in found and found <= both)


def test_the_best_rank_is_told_in_the_direction_of_the_study(site, page):
    create(site.api, "s", direction="maximize", metric="accuracy")
    complete(site.api, "s", *VALUES)
    page.goto("/studies/s?tab=analysis")
    rows = table(panel(page, "Rank")).locator("tbody tr")
    expect(rows.first).to_contain_text("better than 0 %")
    expect(rows.last).to_contain_text("better than 100 %")


def test_the_front_of_two_objectives(site, page):
    pareto(site.api, "two", ["loss", "speed"], [1, 1], [2, 2], [3, 1])
    page.goto("/studies/two")
    found = panel(page, "Trade-off")
    expect(chart(found, "speed against loss of 3 trials, 2 of them on the Pareto front")).to_be_visible()
    expect(found.get_by_label("Right")).to_have_count(0)
    rows = table(found).locator("tbody tr")
    expect(rows).to_have_text(["011yes", "122yes", "231"])
    plot = found.get_by_role("application")
    plot.press("End")
    expect(plot).to_contain_text("behind the front")
    box(page, plot)
    expect_columns(page, lambda found: found == {"values.loss", "values.speed"})


def test_two_of_three_objectives_are_chosen(site, page):
    pareto(site.api, "three", ["loss", "speed", "size"], [1, 1, 5], [2, 2, 4], [3, 1, 3])
    page.goto("/studies/three")
    found = panel(page, "Trade-off")
    expect(chart(found, "speed against loss")).to_be_visible()
    found.get_by_label("Right").select_option("size")
    expect(chart(found, "speed against size")).to_be_visible()
    page.reload()
    expect(chart(found, "speed against size")).to_be_visible()
    expect(page.get_by_role("region", name="Pareto front")).to_contain_text("Trial 2")


def test_one_objective_has_no_trade_off_and_none_at_all_says_so(site, page):
    create(site.api, "one")
    create(site.api, "none", direction=["minimize", "maximize"], metric=["loss", "speed"])
    page.goto("/studies/none")
    expect(panel(page, "Trade-off").get_by_role("heading", name="No completed trial yet")).to_be_visible()
    page.goto("/studies/one")
    expect(page.get_by_role("region", name="History")).to_be_visible()
    expect(page.get_by_role("region", name="Trade-off")).to_have_count(0)


def test_values_that_are_huge_equal_or_one_only(site, page):
    for name, values in (
        ("huge", [1e308, -1e308, 1e-300]),
        ("equal", [0.5, 0.5, 0.5]),
        ("single", [0.25]),
        ("failed", ["NaN", "Infinity"]),
    ):
        create(site.api, name)
        complete(site.api, name, *values)
        page.goto(f"/studies/{name}?tab=analysis")
        shown = "No completed trial has both" if name == "failed" else "As a table"
        for title in ("Contour", "Rank"):
            expect(panel(page, title).get_by_text(shown).first).to_be_visible()
        expect(page.get_by_role("region", name="Parallel coordinates").get_by_role("application")).to_be_visible()
        expect(page.get_by_role("main").get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page, site, scheme):
    create(site.api, "s")
    complete(site.api, "s", *VALUES)
    pareto(site.api, "two", ["loss", "speed"], [1, 1], [2, 2], [3, 1])
    page = new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
    for path, names in (("/studies/s?tab=analysis", ("Slice", "Contour", "Rank")), ("/studies/two", ("Trade-off",))):
        page.goto(path)
        for name in names:
            expect(panel(page, name).get_by_role("application").first).to_be_visible()
        violations = Axe().run(page).response["violations"]
        assert [f"{each['id']}: {node['html'][:200]}" for each in violations for node in each["nodes"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
