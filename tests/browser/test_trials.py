"""The table of all trials of a study."""

import re

import pytest
from browser_studies import ask, complete, create, tell
from playwright.sync_api import expect

MANY = 60


@pytest.fixture
def database(each_database):
    return each_database


@pytest.fixture
def many(site):
    """A study of 60 trials whose values are their numbers."""
    create(site.api, "many")
    for begin in range(0, MANY, 20):
        complete(site.api, "many", *(float(number) for number in range(begin, begin + 20)))


@pytest.fixture
def trials(page, many):
    page.goto("/studies/many?tab=trials")
    return page.get_by_role("grid", name="Trials")


def row(grid, number):
    return grid.locator(f'[data-row="{number}"]')


def numbers(grid, count):
    """The numbers of the first rows, which are drawn in their order."""
    return [int(text) for text in grid.get_by_role("rowheader").all_inner_texts()[:count]]


def column(grid, name):
    return grid.get_by_role("columnheader", name=name)


def test_rows_are_drawn_where_they_are_seen(page, trials):
    expect(row(trials, 59)).to_have_attribute("aria-rowindex", "2")
    expect(trials).to_have_attribute("aria-rowcount", str(MANY + 1))
    expect(row(trials, 0)).to_have_count(0)
    trials.evaluate("(grid) => grid.scrollTo(0, grid.scrollHeight)")
    expect(row(trials, 0)).to_have_attribute("aria-rowindex", str(MANY + 1))
    expect(row(trials, 59)).to_have_count(0)
    expect(row(trials, 0).get_by_role("gridcell").nth(0)).to_have_text("completed")
    expect(page.get_by_text("60 trials.")).to_be_visible()


def test_any_column_sorts_and_the_address_keeps_it(site, page, trials):
    column(trials, "val_loss").get_by_role("button").click()
    expect(column(trials, "val_loss")).to_have_attribute("aria-sort", "ascending")
    expect(row(trials, 0)).to_have_attribute("aria-rowindex", "2")
    column(trials, "val_loss").get_by_role("button").click()
    expect(row(trials, 59)).to_have_attribute("aria-rowindex", "2")
    column(trials, "optimizer").get_by_role("button").click()
    expect(page).to_have_url(re.compile("sort=params.optimizer"))
    page.reload()
    found = site.api.get("/studies/many/trials", params={"sort": "params.optimizer", "limit": 20}).json()["items"]
    expect(row(trials, found[0]["number"])).to_have_attribute("aria-rowindex", "2")
    assert numbers(trials, 20) == [trial["number"] for trial in found]


def test_the_order_is_that_of_the_server(site, page):
    momentum = {"type": "float", "low": 0, "high": 1, "when": {"optimizer": ["sgd"]}}
    optimizer = {"type": "categorical", "choices": ["sgd", "adam"]}
    create(site.api, "odd", space={"optimizer": optimizer, "momentum": momentum})
    told = ("NaN", 0.0, -1e-300, "Infinity", -0.0, 2.5, "-Infinity", None, 2.5, 1e300)
    for lease, odd in zip(ask(site.api, "odd", 10), told, strict=True):
        metrics = {} if odd is None else {"odd": odd}
        values = [0.5 if isinstance(odd, str | None) else odd]
        tell(site.api, {"lease": lease["lease"], "state": "completed", "values": values, "metrics": metrics})
    grid = page.get_by_role("grid", name="Trials")
    for name in ("number", "value", "metrics.odd", "params.optimizer", "params.momentum"):
        for sort in (name, f"-{name}"):
            wanted = site.api.get("/studies/odd/trials", params={"sort": sort}).json()["items"]
            page.goto(f"/studies/odd?tab=trials&sort={sort}&column=state&column=metrics.odd")
            expect(grid.get_by_role("rowheader")).to_have_text([str(trial["number"]) for trial in wanted])


def test_columns_are_chosen_and_only_those_are_read(site, page):
    create(site.api, "s")
    [lease] = ask(site.api, "s", 1)
    body = {"lease": lease["lease"], "state": "completed", "values": [0.25], "metrics": {"accuracy": 0.75}}
    tell(site.api, body)
    with page.expect_request("**/columns?*") as request:
        page.goto("/studies/s?tab=trials")
    assert "created_at" not in request.value.url
    grid = page.get_by_role("grid", name="Trials")
    usual = ["Trial", "State", "val_loss", "learning_rate", "units", "optimizer", "Steps", "Time"]
    expect(grid.get_by_role("columnheader")).to_have_text(usual)
    page.get_by_role("button", name="Columns").click()
    menu = page.get_by_role("dialog", name="Columns")
    menu.get_by_role("checkbox", name="accuracy").check()
    menu.get_by_role("checkbox", name="learning_rate").uncheck()
    menu.get_by_role("checkbox", name="Created").check()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    shown = ["Trial", "State", "Steps", "Created", "Time", "val_loss", "units", "optimizer", "accuracy"]
    expect(grid.get_by_role("columnheader")).to_have_text(shown)
    page.reload()
    expect(grid.get_by_role("columnheader")).to_have_text(shown)
    expect(row(grid, 0).get_by_role("gridcell").last).to_have_text("0.75")
    expect(row(grid, 0)).to_contain_text(re.compile(r"\d{4}, \d\d:\d\d:\d\d"))
    page.get_by_role("button", name="Columns").click()
    menu.get_by_role("button", name="The usual columns").click()
    expect(grid.get_by_role("columnheader")).to_have_text(usual)


def test_going_to_a_number(page, trials):
    field = page.get_by_label("Go to trial")
    for text, problem in (
        ("nine", "Write the number of a trial."),
        ("60", "There is no trial 60: the last one is 59."),
    ):
        field.fill(text)
        field.press("Enter")
        expect(page.get_by_text(problem)).to_be_visible()
    field.fill("7")
    field.press("Enter")
    expect(row(trials, 7)).to_be_focused()
    expect(row(trials, 7)).to_be_in_viewport()
    page.goto("/studies/many?tab=trials&where=value>10")
    expect(row(trials, 59)).to_be_visible()
    field.fill("7")
    field.press("Enter")
    expect(page.get_by_text("Trial 7 is not among those that are selected.")).to_be_visible()


def test_states_and_conditions_select_for_all_panels(site, page, trials):
    field = page.get_by_label("Condition")
    for text in ("value>=5", "value<7"):
        field.fill(text)
        field.press("Enter")
    expect(trials.get_by_role("rowheader")).to_have_text(["6", "5"])
    expect(page.get_by_role("region", name="Selection")).to_contain_text("2 of 60 trials")
    page.reload()
    expect(trials.get_by_role("rowheader")).to_have_text(["6", "5"])
    page.get_by_role("button", name="Clear").click()
    expect(trials).to_have_attribute("aria-rowcount", str(MANY + 1))
    ask(site.api, "many", 2)
    page.get_by_role("checkbox", name="running").check()
    expect(trials.get_by_role("rowheader")).to_have_text(["61", "60"])
    field.fill("value<3")
    field.press("Enter")
    expect(page.get_by_role("heading", name="No trial matches")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(trials).to_have_attribute("aria-rowcount", str(MANY + 3))


WRONG = {
    "value ~ 3": "Write a column, one of = != < <= > >=, and a value",
    "learning_rate<1": "Do you mean params.learning_rate?",
    "val_loss<1": "Do you mean values.val_loss?",
    "params.depth=3": "There is no parameter depth. There are learning_rate, units, optimizer.",
    "values.other=3": "There is no objective other. There are val_loss.",
    "units.x=3": "There is no column units.x.",
    "state=failed": "Choose states by their boxes",
    "params.units<many": "params.units is compared with a number, not with “many”.",
    "value<": "value is compared with a number, not with “”.",
    "params.optimizer<adam": "params.optimizer has no order: use = or !=.",
    "params.optimizer=lion": "params.optimizer is never “lion”. It is one of sgd, adam.",
}


def test_a_condition_that_is_wrong_is_said_and_changes_nothing(page, trials):
    field = page.get_by_label("Condition")
    for text, problem in WRONG.items():
        field.fill(text)
        field.press("Enter")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_text(problem)).to_be_visible()
    expect(trials).to_have_attribute("aria-rowcount", str(MANY + 1))
    expect(page).not_to_have_url(re.compile("where"))


def test_an_address_with_what_there_is_not_is_said(page, many):
    page.goto("/studies/many?tab=trials&column=state&column=params.depth&sort=-speed&where=params.depth>1")
    expect(page.get_by_role("alert")).to_have_text("There is no column params.depth, speed.")
    expect(page.get_by_role("region", name="Selection")).to_contain_text("There is no parameter depth.")
    expect(page.get_by_role("heading", name="No trial matches")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("columnheader")).to_have_text(["Trial", "State"])


def test_keys_move_pick_and_open(page, trials):
    row(trials, 59).focus()
    for key, number in (("ArrowDown", 58), ("ArrowUp", 59), ("End", 0), ("ArrowDown", 0), ("Home", 59)):
        page.keyboard.press(key)
        expect(row(trials, number)).to_be_focused()
    page.keyboard.press("PageDown")
    expect(row(trials, 59)).not_to_be_focused()
    page.keyboard.press("PageUp")
    expect(row(trials, 59)).to_be_focused()
    page.keyboard.press("Space")
    expect(row(trials, 59)).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(re.compile("trials=59"))
    row(trials, 57).get_by_role("checkbox", name="Pick 57").check()
    expect(page).to_have_url(re.compile("trials=59%2C57"))
    page.reload()
    expect(row(trials, 57).get_by_role("checkbox")).to_be_checked()
    row(trials, 57).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/studies/many/trials/57")


def test_what_is_seen_stays_while_trials_come(site, page, trials):
    page.get_by_label("Go to trial").fill("30")
    page.keyboard.press("Enter")
    expect(row(trials, 30)).to_be_focused()
    page.keyboard.press("Space")
    before = row(trials, 30).bounding_box()
    complete(site.api, "many", *(0.5 for _ in range(20)))
    expect(trials).to_have_attribute("aria-rowcount", str(MANY + 21))
    expect(row(trials, 30)).to_have_attribute("aria-rowindex", "51")
    assert row(trials, 30).bounding_box() == before
    expect(row(trials, 30)).to_be_focused()
    expect(row(trials, 30)).to_have_attribute("aria-selected", "true")
    trials.evaluate("(grid) => grid.scrollTo(0, 0)")
    expect(row(trials, 79)).to_be_in_viewport()


def test_the_first_column_stays_on_narrow_screens(new_page, many):
    page = new_page(viewport={"width": 390, "height": 800})
    page.goto("/studies/many?tab=trials")
    grid = page.get_by_role("grid", name="Trials")
    expect(row(grid, 59)).to_be_visible()
    grid.evaluate("(grid) => grid.scrollTo(10_000, 0)")
    expect(row(grid, 59).get_by_role("link", name="59")).to_be_in_viewport()
    expect(row(grid, 59).get_by_role("gridcell").last).to_be_in_viewport()
    expect(row(grid, 59).get_by_role("gridcell").first).not_to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_trials_that_cannot_be_read_are_said(page, many):
    problem = {"type": "x", "title": "Not now", "status": 500, "code": "x", "detail": "The disk is full.", "fields": []}
    page.route("**/studies/many/columns?*", lambda route: route.fulfill(status=500, json=problem))
    page.goto("/studies/many?tab=trials")
    expect(page.get_by_role("alert")).to_contain_text("The disk is full.")
    page.unroute("**/studies/many/columns?*")


@pytest.mark.parametrize(("form", "lines"), [("CSV", MANY + 1), ("JSON lines", MANY)])
def test_exports(page, trials, tmp_path, form, lines):
    expect(page.get_by_role("link", name="Parquet", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name=form, exact=True).click()
    download.value.save_as(tmp_path / "trials")
    assert len((tmp_path / "trials").read_text().splitlines()) == lines
