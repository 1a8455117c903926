"""What is not as one would wish: nothing, not a number, markup, very long, very many, gone. Every page stays usable."""

import pytest
from browser_studies import ask, complete, create, report, tell
from playwright.sync_api import expect

MARKUP = "<img src=x onerror=alert(1)><b>bold</b>"


@pytest.fixture
def page(home):
    return home


@pytest.fixture(autouse=True)
def _no_dialog(new_page, page):
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))


def test_nothing_yet(site, page):
    expect(page.get_by_role("heading", name="No studies yet")).to_be_visible()
    page.get_by_role("link", name="Workers").click()
    expect(page.get_by_role("heading", name="No worker has asked for a trial yet")).to_be_visible()
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="There is no study to compare yet")).to_be_visible()
    create(site.api, "empty")
    page.goto("/studies/empty")
    expect(page.get_by_role("heading", name="No completed trial yet")).to_be_visible()
    page.get_by_role("tab", name="Trials").click()
    expect(page.get_by_role("heading", name="No trials yet")).to_be_visible()


def test_a_study_whose_every_trial_is_not_a_number(site, page):
    create(site.api, "nan")
    complete(site.api, "nan", "NaN", "Infinity", "-Infinity")
    expect(page.get_by_role("img", name="3 failed")).to_be_visible()
    page.goto("/studies/nan")
    expect(page.get_by_role("list", name="Trials by state")).to_contain_text("3 failed")
    page.get_by_role("tab", name="Trials").click()
    expect(page.get_by_role("row")).to_have_count(4)
    page.get_by_role("link", name="0", exact=True).click()
    expect(page.get_by_role("heading", name="Trial 0")).to_be_visible()
    expect(page.get_by_role("heading", name="Error")).to_be_visible()


def test_metrics_that_are_not_numbers_are_written_out(site, page):
    create(site.api, "odd")
    [lease] = ask(site.api, "odd", 1)
    metrics = {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": 0.5}
    tell(site.api, {"lease": lease["lease"], "state": "completed", "values": [1], "metrics": metrics})
    page.goto("/studies/odd/trials/0")
    for name, shown in (("a", "NaN"), ("b", "Infinity"), ("c", "-Infinity"), ("d", "0.5")):
        pair = page.locator(".pairs > div").filter(has=page.get_by_text(name, exact=True))
        expect(pair).to_contain_text(shown)


def test_markup_is_text(site, page):
    space = {"kind": {"type": "categorical", "choices": [MARKUP]}}
    create(site.api, "markup", description=MARKUP, space=space, settings={"note": MARKUP})
    expect(page.get_by_text(MARKUP)).to_be_visible()
    [lease] = ask(site.api, "markup", 1)
    error = {"reason": "diverged", "message": MARKUP, "traceback": MARKUP}
    tell(site.api, {"lease": lease["lease"], "state": "failed", "error": error})
    complete(site.api, "markup", 0.5)
    for path in ("/studies/markup", "/studies/markup?tab=trials", "/studies/markup?tab=definition"):
        page.goto(path)
        expect(page.get_by_text(MARKUP).first).to_be_visible()
    page.goto("/studies/markup/trials/0")
    expect(page.get_by_role("region", name="Traceback")).to_have_text(MARKUP)
    page.goto(f"/studies/{MARKUP}?q={MARKUP}".replace("<", "%3C").replace(">", "%3E").replace(" ", "%20"))
    expect(page.get_by_text(MARKUP)).to_be_visible()
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_many_parameters_and_long_errors(site, page):
    space = {f"parameter_{number:03}": {"type": "float", "low": 0, "high": 1} for number in range(300)}
    create(site.api, "wide", space=space)
    complete(site.api, "wide", 0.5)
    [lease] = ask(site.api, "wide", 1)
    error = {"reason": "diverged", "message": "x" * 10_000, "traceback": "line\n" * 2_000}
    tell(site.api, {"lease": lease["lease"], "state": "failed", "error": error})
    page.goto("/studies/wide?tab=trials")
    expect(page.get_by_role("row")).to_have_count(3)
    page.goto("/studies/wide/trials/1")
    expect(page.get_by_role("rowheader", name="parameter_299")).to_be_visible()
    message = page.get_by_role("region", name="Message")
    expect(message).to_have_text("x" * 2_000 + "…")
    page.get_by_role("button", name="Show all 10,000 characters").first.click()
    expect(message).to_have_text("x" * 10_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"


def wide(api):
    space = {f"parameter_{number:03}": {"type": "float", "low": 0, "high": 1} for number in range(299)}
    create(api, "s", space=space | {"kind": {"type": "categorical", "choices": [MARKUP]}}, pruner={"name": "asha"})
    complete(api, "s", 0.5)
    first, second, third = ask(api, "s", 3, worker="w" * 100)
    error = {"reason": "exception", "message": MARKUP * 300, "traceback": "line\n" * 2_000}
    tell(api, {"lease": first["lease"], "state": "failed", "error": error})
    report(api, second, 1e308, -1e308, "NaN", "-Infinity", odd=[0, 1, 2, 3])
    report(api, third, "Infinity", 1e-300)


STUDIES = {
    "nothing": lambda api: create(api, "s"),
    "one trial": lambda api: (create(api, "s"), complete(api, "s", 0.5)),
    "all failed": lambda api: (create(api, "s"), complete(api, "s", "NaN", "Infinity", "-Infinity")),
    "everything": wide,
}
TABS = ("overview", "analysis", "trials", "attempts", "events", "definition")


@pytest.mark.parametrize("kind", STUDIES)
def test_every_panel_survives(site, page, kind):
    STUDIES[kind](site.api)
    for tab in TABS:
        page.goto(f"/studies/s?tab={tab}")
        expect(page.get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)
        expect(page.get_by_role("alert")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab


def test_a_study_that_is_deleted_while_it_is_shown(site, page):
    create(site.api, "brief")
    complete(site.api, "brief", 0.5)
    page.goto("/studies/brief")
    expect(page.get_by_role("heading", name="brief")).to_be_visible()
    assert site.api.delete("/studies/brief").status_code == 204
    expect(page.get_by_role("heading", name="There is no study brief")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="All studies").click()
    expect(page.get_by_role("heading", name="No studies yet")).to_be_visible()


def test_trials_and_pages_that_do_not_exist(site, page):
    create(site.api, "one")
    page.goto("/studies/one/trials/7")
    expect(page.get_by_role("heading", name="one has no trial 7")).to_be_visible()
    page.goto("/studies/other")
    expect(page.get_by_role("heading", name="There is no study other")).to_be_visible()


def test_a_panel_that_fails_leaves_the_others(site, page):
    create(site.api, "half")
    complete(site.api, "half", 0.5)
    page.route("**/studies/half/best", lambda route: route.fulfill(json={"trials": [{"number": 0}]}))
    page.goto("/studies/half")
    expect(page.get_by_role("alert")).to_contain_text("Best trial could not be shown.")
    expect(page.get_by_role("region", name="Progress")).to_contain_text("1 completed")
    page.unroute("**/studies/half/best")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("region", name="Best trial")).to_contain_text("learning_rate")
