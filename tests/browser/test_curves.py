"""Learning curves, and how values are spread, as they are for who cannot see the charts."""

import re

import pytest
from browser_studies import ask, complete, create, report, tell
from playwright.sync_api import expect


@pytest.fixture
def database(each_database):
    return each_database


@pytest.fixture
def curves(page):
    return page.get_by_role("region", name="Learning curves", exact=True)


def table(panel):
    panel.get_by_text("As a table").click()
    return panel.get_by_role("row")


def chart(panel):
    return panel.get_by_role("application")


def test_curves_in_numbers_by_metric(site, page, curves):
    create(site.api, "s")
    first, second, third = ask(site.api, "s", 3)
    report(site.api, first, 3.0, 2.0, 1.0, train_loss=[2.5, 1.5, 0.5])
    tell(site.api, {"lease": first["lease"], "state": "completed", "values": [1.0]})
    report(site.api, second, "NaN", 5.0, "Infinity")
    report(site.api, third, "NaN")
    page.goto("/studies/s")
    rows = table(curves)
    expect(rows).to_have_text(
        [
            "TrialStateStepsFirstLeastGreatestLast",
            "0completed33131",
            "1running3—55Infinity",
            "2running1————",
        ]
    )
    expect(curves).to_contain_text("3 trials that reported")
    expect(curves.get_by_role("link", name="trial 0, the best")).to_be_visible()
    curves.get_by_label("Metric").select_option("train_loss")
    expect(chart(curves)).to_have_accessible_name(re.compile("^train_loss of 1 trial "))
    expect(rows).to_have_text([re.compile("Trial"), "0completed32.50.52.50.5"])  # it stays open
    page.reload()
    expect(chart(curves)).to_have_accessible_name(re.compile("^train_loss of 1 trial "))
    report(site.api, third, "NaN", 0.25, train_loss=[1, 0.125])  # nobody touches the page
    expect(chart(curves)).to_have_accessible_name(re.compile("^train_loss of 2 trials "))


def test_what_was_shown_stays_while_another_metric_is_on_its_way(site, page, curves):
    create(site.api, "s")
    report(site.api, *ask(site.api, "s", 1), 3.0, train_loss=[2.5])
    page.goto("/studies/s")
    expect(chart(curves)).to_have_accessible_name(re.compile("^val_loss "))
    held = []

    def hold(route):
        held.append(route)

    page.route("**/charts/curves?metric=train_loss", hold)
    curves.get_by_label("Metric").select_option("train_loss")
    expect(curves.locator("[aria-busy=true]")).to_have_count(1)
    expect(chart(curves)).to_have_accessible_name(re.compile("^val_loss "))
    for route in held:
        route.continue_()
    expect(chart(curves)).to_have_accessible_name(re.compile("^train_loss "))
    expect(curves.locator("[aria-busy=true]")).to_have_count(0)


def test_picking_curves_by_the_keyboard_and_showing_only_those(site, page, curves):
    create(site.api, "s")
    for values in ((0.5, 0.25), (0.75, 0.5), (1.0, 0.75)):
        [lease] = ask(site.api, "s", 1)
        report(site.api, lease, *values)
        tell(site.api, {"lease": lease["lease"], "state": "completed", "values": [values[-1]]})
    page.goto("/studies/s")
    only = curves.get_by_role("button", name="Only picked")
    expect(only).to_be_disabled()
    chart(curves).focus()
    page.keyboard.press("ArrowRight")
    expect(chart(curves)).to_contain_text("Trial 0step 1val_loss 0.5completed, the best")
    page.keyboard.press("ArrowRight")
    expect(chart(curves)).to_contain_text("Trial 1step 1val_loss 0.75completed")
    for key, found in (
        ("ArrowLeft", "0step 1"),
        ("ArrowLeft", "0step 1"),
        ("End", "2step 2"),
        ("ArrowRight", "2step 2"),
    ):
        page.keyboard.press(key)
        expect(chart(curves)).to_contain_text(f"Trial {found}")
    page.keyboard.press("Escape")
    expect(chart(curves)).not_to_contain_text("Trial")
    for key, found in (("ArrowLeft", "2step 2"), ("Home", "0step 1"), ("ArrowRight", "1step 1")):
        page.keyboard.press(key)
        expect(chart(curves)).to_contain_text(f"Trial {found}")
    page.keyboard.press("Enter")
    page.wait_for_url("**?trials=1")
    only.click()
    expect(only).to_have_attribute("aria-pressed", "true")
    expect(curves).to_contain_text("1 picked trial of 3 trials that reported")
    page.reload()
    expect(table(curves)).to_have_text([re.compile("Trial"), "1completed20.750.50.750.5"])
    page.get_by_role("button", name="Remove trial 1").click()
    expect(chart(curves)).to_have_accessible_name(re.compile("of 3 trials"))


def test_a_picked_trial_beyond_the_sample_is_shown_with_it(site, page, curves):
    create(site.api, "s")
    complete(site.api, "s", *(float(number) for number in range(20)))
    sample = site.api.get("/studies/s/charts/curves", params={"most": 5}).json()["curves"]
    other = min(set(range(20)) - {curve["number"] for curve in sample})
    page.route("**/charts/curves", lambda route: route.continue_(url=f"{route.request.url}?most=5"))
    page.goto(f"/studies/s?trials={other}")
    expect(curves).to_contain_text("6 of 20 trials that reported: the best, and a sample of the others")
    expect(curves.get_by_role("link", name=f"trial {other}")).to_be_visible()


def test_no_curves(site, page, curves):
    create(site.api, "s")
    page.goto("/studies/s?curve=loss_of_nobody")
    expect(curves.get_by_role("heading", name="No trial has reported anything yet")).to_be_visible()
    complete(site.api, "s", 0.5)
    expect(curves.get_by_role("heading", name="No trial has reported loss_of_nobody")).to_be_visible()
    curves.get_by_label("Metric").select_option("val_loss")
    expect(table(curves)).to_have_count(2)


def test_how_values_are_spread(site, page):
    create(site.api, "s")
    page.goto("/studies/s?tab=analysis")
    panel = page.get_by_role("region", name="Distribution of values", exact=True)
    expect(panel.get_by_role("heading", name="No trial is completed yet")).to_be_visible()
    complete(site.api, "s", 4.0, 1.0, 2.0, 2.0, "NaN")
    expect(table(panel)).to_have_text(["val_lossShare at or below", "125.0 %", "275.0 %", "4100.0 %"])
    expect(panel).to_contain_text("A tenth of the completed trials is at or below 1, half at or below 2")
    chart(panel).focus()
    page.keyboard.press("End")
    expect(chart(panel)).to_contain_text("val_loss 4share of the trials 1")


def test_how_each_of_several_objectives_is_spread(site, page):
    create(site.api, "two", direction=["minimize", "maximize"], metric=["loss", "speed"])
    for lease, values in zip(ask(site.api, "two", 2), ([1, 7], [2, 9]), strict=True):
        tell(site.api, {"lease": lease["lease"], "state": "completed", "values": values})
    page.goto("/studies/two?tab=analysis")
    panel = page.get_by_role("region", name="Distribution of values", exact=True)
    rows = table(panel)
    expect(rows).to_have_text([re.compile("loss"), "150.0 %", "2100.0 %"])
    panel.get_by_label("Objective").select_option("speed")
    expect(panel.get_by_role("application")).to_have_accessible_name(re.compile("speed"))
    expect(rows).to_have_text([re.compile("speed"), "750.0 %", "9100.0 %"])
