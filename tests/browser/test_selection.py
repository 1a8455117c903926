"""What is selected: one selection for all panels, which the address keeps."""

import re

import pytest
from browser_addresses import expect_query
from browser_studies import ask, complete, create
from playwright.sync_api import expect


@pytest.fixture
def study(site):
    create(site.api, "s")
    complete(site.api, "s", 0.5, 0.25, 0.75, "NaN")
    ask(site.api, "s", 1)
    return "s"


@pytest.fixture
def bar(page):
    return page.get_by_role("region", name="Selection", exact=True)


def open_table(panel):
    panel.get_by_text("As a table").click()
    return panel.locator("tbody tr")


def test_a_link_shows_what_its_sender_selected(page, study, bar):
    page.goto(f"/studies/{study}?where=value<0.6&where=params.units>=16&state=completed&trials=2")
    expect(bar.get_by_role("status")).to_have_text("2 of 5 trials")
    parts = ("completed", "value<0.6", "params.units>=16", "trial 2")
    expect(bar.get_by_role("listitem")).to_have_text([re.compile(part) for part in parts])
    expect(bar.get_by_role("link", name="trial 2")).to_have_attribute("href", "/studies/s/trials/2")
    bar.get_by_role("button", name="Remove value<0.6").click()
    expect(bar.get_by_role("status")).to_have_text("3 of 5 trials")
    expect_query(page, {"where": ["params.units>=16"], "state": ["completed"], "trials": ["2"]})
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_have_count(0)
    expect_query(page, {})


def test_what_arrives_is_selected_too(site, page, study, bar):
    page.goto(f"/studies/{study}?where=value<0.6")
    expect(bar.get_by_role("status")).to_have_text("2 of 5 trials")
    complete(site.api, study, 0.125, 0.875)
    expect(bar.get_by_role("status")).to_have_text("3 of 7 trials")


def test_a_condition_of_nothing_is_marked_and_the_page_stays(page, study, bar):
    page.goto(f"/studies/{study}?where=params.gone>1&where=nonsense&trials=-1,x")
    expect(bar.get_by_role("listitem")).to_contain_text("params.gone>1 (There is no parameter gone.")
    expect(bar.get_by_role("status")).to_have_text("0 of 5 trials")
    expect(page.get_by_role("region", name="History")).to_contain_text("As a table")


def test_the_history_tells_its_trials_and_keys_pick_them(page, study, bar):
    page.goto(f"/studies/{study}")
    history = page.get_by_role("region", name="History", exact=True)
    expect(open_table(history)).to_have_text(["0completed00.5", "1completed10.25", "2completed20.75"])
    chart = history.get_by_role("application")
    chart.focus()
    chart.press("ArrowRight")
    chart.press("ArrowRight")
    expect(history.locator(".chart-tip")).to_contain_text("Trial 1")
    expect(history.locator(".chart-tip")).to_contain_text("val_loss 0.25")
    chart.press("Enter")
    expect(bar.get_by_role("link", name="trial 1")).to_be_visible()
    expect_query(page, {"trials": ["1"]})
    chart.press("Escape")
    expect(history.locator(".chart-tip")).to_have_count(0)


def test_a_box_in_the_history_selects_what_is_in_it(page, study, bar):
    page.goto(f"/studies/{study}")
    plot = page.get_by_role("region", name="History", exact=True).locator(".u-over")
    plot.wait_for()
    area = plot.bounding_box()
    # The whole width, and the lower half: between the values 0.25 and 0.75 that is below 0.5 or so.
    page.mouse.move(area["x"] + 1, area["y"] + area["height"] * 0.6)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] - 2, area["y"] + area["height"] - 2, steps=4)
    page.mouse.up()
    expect(bar.get_by_role("status")).to_have_text("1 of 5 trials")
    plot.dblclick()
    expect(bar).to_have_count(0)


def test_all_parts_of_a_page_read_one_stream(page, study):
    page.add_init_script("""
        window.streams = [];
        window.EventSource = class extends EventSource { constructor(path) { super(path); window.streams.push(this); } };
    """)
    open_ones = (
        "window.streams.filter((stream) => stream.readyState !== 2).map((stream) => new URL(stream.url).pathname)"
    )
    page.goto(f"/studies/{study}?where=value<0.6")
    expect(page.get_by_role("region", name="History", exact=True)).to_contain_text("As a table")
    assert page.evaluate(open_ones) == ["/api/v1/studies/s/events"]
    page.get_by_role("tab", name="Analysis").click()
    expect(page.get_by_role("region", name="Importance")).to_be_visible()
    assert page.evaluate(open_ones) == ["/api/v1/studies/s/events"]
