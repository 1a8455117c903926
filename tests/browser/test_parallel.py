"""Parallel coordinates: ranges on axes, which the address keeps; axes; pointing and picking; and what is not as one would wish."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_addresses import expect_address
from browser_studies import ask, complete, create, tell
from playwright.sync_api import expect

VALUES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture
def study(site):
    create(site.api, "s")
    complete(site.api, "s", *VALUES)


def panel(page, path="/studies/s?tab=analysis"):
    """The panel, when it shows axes."""
    page.goto(path)
    found = page.get_by_role("region", name="Parallel coordinates")
    expect(titles(found).first).to_be_visible()
    found.scroll_into_view_if_needed()
    return found


def titles(found):
    return found.locator(".upright-title button:visible")


def names(found):
    return [title.inner_text() for title in titles(found).all()]


def drag(page, found, axis, begin, end):
    """Drags on an axis from one share of its length to another, from the foot."""
    box = found.get_by_role("group", name=axis, exact=True).locator(".upright-strip").bounding_box()
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + (1 - begin) * box["height"])
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(x, box["y"] + (1 - begin - (end - begin) * step / 5) * box["height"])
    page.mouse.up()


def range_of(found, axis):
    return found.get_by_role("button", name=re.compile(f"^Range of {axis}:"))


def selected(page):
    return page.get_by_role("region", name="Selection").get_by_role("status")


def upper(conditions):
    return float(conditions[1].removeprefix("values.val_loss<="))


def test_ranges_are_dragged_on_axes_and_kept_in_the_address(page, study):
    found = panel(page)
    drag(page, found, "val_loss", 0.02, 0.45)
    expect(selected(page)).to_have_text("3 of 8 trials")
    expect_address(
        page, "where", lambda found: found[0].startswith("values.val_loss>=0.1") and 0.4 < upper(found) < 0.5
    )
    drag(page, found, "val_loss", 0.2, 0.8)  # moves it as far as the axis goes
    expect_address(page, "where", lambda found: upper(found) == pytest.approx(0.8, abs=0.01))
    drag(page, found, "val_loss", 1, 0.75)
    expect(selected(page)).to_have_text(re.compile("[12] of 8 trials"))
    drag(page, found, "optimizer", 0.02, 0.3)
    expect_address(page, "where", lambda found: found[-1:] == ["params.optimizer=sgd"])
    expect(range_of(found, "optimizer")).to_have_accessible_name(re.compile("sgd"))
    before = selected(page).inner_text()
    page.reload()
    expect(selected(page)).to_have_text(before)
    range_of(found, "optimizer").press("Delete")
    expect(range_of(found, "optimizer")).to_have_count(0)
    found.get_by_role("group", name="val_loss", exact=True).locator(".upright-strip").dblclick()
    expect(page.get_by_role("region", name="Selection")).to_have_count(0)
    expect_address(page, "where", [])


def test_a_range_is_moved_by_the_arrow_keys(page, study):
    found = panel(page, "/studies/s?tab=analysis&where=params.units>%3D32&where=params.units<%3D64")
    range_of(found, "units").press("ArrowUp")
    expect(range_of(found, "units")).to_have_accessible_name(re.compile("Range of units: 3[3-5] to 6[5-7]"))
    expect_address(page, "where", lambda found: found[0] in {f"params.units>={low}" for low in (33, 34, 35)})
    for _ in range(4):
        range_of(found, "units").press("ArrowDown")
    expect_address(page, "where", lambda found: int(found[0].removeprefix("params.units>=")) < 32)


def test_ranges_are_typed_and_ticked(page, study):
    found = panel(page)
    found.get_by_text("Ranges", exact=True).click()
    ends = found.locator(".ranges").get_by_role("group", name="val_loss", exact=True)
    ends.get_by_label("to").fill("0.45")
    ends.get_by_label("to").press("Enter")
    expect(selected(page)).to_have_text("4 of 8 trials")
    expect_address(page, "where", ["values.val_loss<=0.45"])
    ends.get_by_label("from").fill("0.15")
    ends.get_by_label("from").press("Enter")
    expect(selected(page)).to_have_text("3 of 8 trials")
    found.get_by_role("checkbox", name="adam", exact=True).uncheck()
    expect_address(page, "where", lambda found: found[-1:] == ["params.optimizer=sgd"])
    page.reload()
    found.get_by_text("Ranges", exact=True).click()
    expect(ends.get_by_label("from")).to_have_value("0.15")
    expect(found.get_by_role("checkbox", name="adam", exact=True)).not_to_be_checked()
    for end in ("from", "to"):
        ends.get_by_label(end).fill("")
        ends.get_by_label(end).press("Enter")
    expect_address(page, "where", ["params.optimizer=sgd"])


def test_axes_are_ordered_scaled_turned_and_hidden(page, study):
    found = panel(page)
    first, second, third, fourth = names(found)
    assert first == "val_loss"
    assert {second, third, fourth} == {"learning_rate", "units", "optimizer"}
    title = found.get_by_role("button", name="val_loss", exact=True)
    title.press("ArrowRight")
    expect(title).to_be_focused()
    expect(titles(found)).to_have_text([second, first, third, fourth])
    expect(found.get_by_text("val_loss is axis 2 of 4.")).to_be_attached()
    title.press("ArrowLeft")
    expect(titles(found)).to_have_text([first, second, third, fourth])
    title.press("ArrowRight")
    expect(titles(found)).to_have_text([second, first, third, fourth])
    box = title.bounding_box()
    away = titles(found).nth(3).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(away["x"] + away["width"] / 2, box["y"] + 5, steps=5)
    page.mouse.up()
    expect(titles(found)).to_have_text([second, third, fourth, first])
    expect(page.get_by_role("menu")).to_have_count(0)
    for name, action in (
        ("units", "Logarithmic scale"),
        ("learning_rate", "Linear scale"),
        ("units", "Turn upside down"),
    ):
        found.get_by_role("button", name=name, exact=True).click()
        page.get_by_role("menuitem", name=action).click()
    found.get_by_role("button", name="optimizer", exact=True).click()
    page.get_by_role("menuitem", name="Hide").click()
    left = [name for name in (second, third, fourth, first) if name != "optimizer"]
    expect(titles(found)).to_have_text(left)
    axes = {"params.units:log:flip", "params.learning_rate:linear", "values.val_loss"}
    expect_address(page, "axis", lambda found: set(found) == axes)
    page.reload()
    expect(titles(found)).to_have_text(left)
    found.get_by_text("Axes", exact=True).click()
    found.get_by_role("checkbox", name="last step").check()
    expect(titles(found)).to_have_text([*left, "last step"])
    found.get_by_role("button", name="Usual axes").click()
    expect(titles(found)).to_have_text([first, second, third, fourth])
    expect_address(page, "axis", [])


def test_trials_are_pointed_at_and_picked(page, study):
    found = panel(page, "/studies/s?tab=analysis&where=value<0.35")
    plot = found.get_by_role("application")
    tip = found.locator("[aria-live=polite]")
    plot.focus()
    keys = ("ArrowLeft", 2), ("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowRight", 2), ("ArrowLeft", 1)
    for key, number in (*keys, ("End", 2), ("Home", 0), ("ArrowLeft", 0)):
        plot.press(key)
        expect(tip).to_contain_text(f"Trial {number}")
    expect(tip).to_contain_text("val_loss 0.1")
    plot.press("Enter")
    expect_address(page, "trials", ["0"])
    plot.press("Escape")
    expect(tip).to_be_empty()
    box = plot.bounding_box()
    line = found.get_by_role("group", name="val_loss", exact=True).locator(".upright-strip").bounding_box()
    page.mouse.move(line["x"] + line["width"] + 2, line["y"] + line["height"] - 4)
    expect(tip).to_contain_text("Trial 0")
    page.mouse.click(line["x"] + line["width"] + 2, line["y"] + line["height"] - 4)
    expect_address(page, "trials", [])
    page.mouse.move(box["x"], box["y"] - 30)
    expect(tip).to_be_empty()


def test_the_table_has_the_selected_trials_as_they_come(site, page, study):
    found = panel(page, "/studies/s?tab=analysis&where=value<0.25")
    found.get_by_text("As a table").click()
    rows = found.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(2)
    params = site.api.get("/studies/s/trials/1").json()["params"]
    expect(rows.nth(1)).to_contain_text(str(params["units"]))
    complete(site.api, "s", 0.05, 0.9)
    expect(rows).to_have_count(3)
    expect(rows.nth(2).get_by_role("cell").first).to_have_text("8")
    expect(found.get_by_role("application")).to_have_accessible_name(re.compile("Lines of 10 trials"))


def test_no_trial_one_and_such_without_a_value(site, page):
    create(site.api, "s")
    page.goto("/studies/s?tab=analysis")
    found = page.get_by_role("region", name="Parallel coordinates")
    expect(found.get_by_role("heading", name="No trials yet")).to_be_visible()
    [lease] = ask(site.api, "s", 1)
    expect(titles(found)).to_have_count(4)
    found.get_by_text("As a table").click()
    expect(found.get_by_role("table").locator("tbody tr")).to_contain_text("—")
    tell(site.api, {"lease": lease["lease"], "state": "failed", "error": {"reason": "exception", "message": MARKUP}})
    for lease, score in zip(ask(site.api, "s", 3), ("Infinity", "-Infinity", "NaN"), strict=True):
        tell(site.api, {"lease": lease["lease"], "state": "completed", "values": [1], "metrics": {"score": score}})
    expect(found.get_by_role("table").locator("tbody tr")).to_have_count(4)
    expect(found).to_contain_text("none")
    page.goto("/studies/s?tab=analysis&axis=metrics.score&axis=params.units&axis=params.never")
    expect(titles(found)).to_have_text(["score", "units"])
    found.get_by_text("As a table").click()
    expect(found.get_by_role("table").locator("tbody td:nth-child(2)")).to_have_text(
        ["—", "Infinity", "-Infinity", "—"]
    )
    for mark in ("∞, NaN", "\u2212∞", "none"):
        expect(found.get_by_text(mark, exact=True)).to_be_attached()
    drag(page, found, "units", 0.1, 0.9)
    expect(selected(page)).to_contain_text("of 4 trials")


def test_choices_of_all_types_and_parameters_that_are_not_always_there(site, page):
    space = {
        "kind": {"type": "categorical", "choices": [MARKUP, 1, "1", True, None]},
        "depth": {"type": "int", "low": 1, "high": 1, "when": {"kind": [True]}},
        "fixed": {"type": "constant", "value": "x"},
    }
    create(site.api, "s", space=space)
    complete(site.api, "s", *VALUES)
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    found = panel(page)
    expect(titles(found)).to_have_text(["val_loss", "kind", "depth"], use_inner_text=True)
    expect(found.get_by_role("group", name="kind").get_by_text(MARKUP)).to_be_visible()
    found.get_by_text("Ranges", exact=True).click()
    found.get_by_role("group", name="kind").get_by_label(MARKUP).uncheck()
    expect_address(page, "where", [f"params.kind!={MARKUP}"])
    told = site.api.get("/studies/s/trials", params={"limit": 100}).json()["items"]
    expect(selected(page)).to_have_text(f"{sum(trial['params']['kind'] != MARKUP for trial in told)} of 8 trials")


def test_three_hundred_parameters(site, page):
    space = {f"parameter_{number:03}": {"type": "float", "low": 0, "high": 1} for number in range(300)}
    create(site.api, "s", space=space)
    complete(site.api, "s", *VALUES)
    found = panel(page)
    assert names(found)[0] == "val_loss"
    expect(titles(found)).to_have_count(9)
    found.get_by_text("Axes", exact=True).click()
    found.get_by_label("Find").fill("299")
    found.get_by_role("checkbox", name="parameter_299").check()
    expect(titles(found)).to_have_count(10)
    expect(titles(found).last).to_have_text("parameter_299")
    expect(page.get_by_role("region", name="Slice").get_by_role("application")).to_have_count(6)
    page.get_by_role("button", name="6 more parameters").click()
    expect(page.get_by_role("region", name="Slice").get_by_role("application")).to_have_count(12)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1360), ("dark", 360)])
def test_axe_finds_nothing_in_what_opens(new_page, study, scheme, width):
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    found = panel(page, "/studies/s?tab=analysis&where=params.units>%3D32&where=params.optimizer%3Dsgd&trials=2")
    for name in ("Ranges", "Axes", "As a table"):
        found.get_by_text(name, exact=True).click()
    found.get_by_role("application").press("ArrowRight")
    expect(found.locator("[aria-live=polite]")).to_contain_text("Trial")
    violations = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {node['html'][:200]}" for each in violations for node in each["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
