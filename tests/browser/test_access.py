"""For everybody: keyboards, screen readers, both themes, narrow screens."""

import pytest
from browser_studies import ask, complete, create, tell
from browser_watch import violations
from playwright.sync_api import expect

NARROW = {"width": 390, "height": 800}


@pytest.fixture
def page(home):
    return home


@pytest.fixture
def studies(site):
    """One of each state, with trials of several states."""
    create(
        site.api,
        "running",
        budget={"max_trials": 20, "max_seconds": 900},
        description="Trains",
        pruner={"name": "asha"},
    )
    complete(site.api, "running", 0.5, 0.25, 0.125)
    first, *_ = ask(site.api, "running", 3)
    error = {"reason": "diverged", "message": "not finite", "traceback": "line 1"}
    tell(site.api, {"lease": first["lease"], "state": "failed", "error": error})
    create(site.api, "over", budget={"max_trials": 1})
    complete(site.api, "over", 0.5)
    create(site.api, "waiting")
    site.api.patch("/studies/waiting", json={"state": "paused"})


PAGES = {
    "/": "over",
    "/?q=nothing": "No study matches",
    "/studies/running": "learning_rate",
    "/studies/running?tab=analysis": "Nothing looks wrong",
    "/studies/running?trials=0,2&curves=picked": "2 picked trials of 3",
    "/studies/running?tab=trials": "learning_rate",
    "/studies/running?tab=trials&where=value<0.3&trials=1&column=finished_at": "Finished",
    "/studies/running?tab=attempts": "went on, or is there",
    "/studies/over?tab=attempts": "This study has no pruner",
    "/studies/running?tab=events": "was suggested",
    "/studies/running?tab=events&events=3": "it diverged",
    "/studies/running?tab=definition": "objective: train:run",
    "/studies/running?tab=definition&as=python": "client.create_study(study)",
    "/studies/running/trials/3": "not finite",
    "/studies/none": "There is no study none",
    "/workers": "node-1",
    "/compare": "Choose the studies to put side by side",
    "/compare?studies=running,over,none": "random",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page, studies, scheme):
    page = new_page(color_scheme=scheme)
    found = {}
    for path, text in PAGES.items():
        page.goto(path)
        expect(page.get_by_role("main").get_by_text(text).first).to_be_visible()
        found[path] = violations(page)
    assert found == {path: [] for path in PAGES}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_dialogs_menus_and_sign_in(new_page, studies, scheme):
    page = new_page(color_scheme=scheme)
    page.get_by_role("button", name="Actions for running").click()
    expect(page.get_by_role("menu")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    assert violations(page) == []
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="New study").click()
    page.get_by_label("Name", exact=True).fill("not a name")
    expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    assert violations(page) == []
    page.get_by_role("button", name="Close").click()
    page.goto("/studies/running?tab=trials")
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("checkbox", name="Device seconds")).to_be_visible()
    page.get_by_label("Condition").fill("value ~ 3")
    page.get_by_label("Condition").press("Enter")
    expect(page.get_by_label("Condition")).to_have_attribute("aria-invalid", "true")
    assert violations(page) == []
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    assert violations(page) == []


def test_the_theme_is_chosen_and_kept(new_page):
    page = new_page(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_label("Theme").select_option("dark")
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    expect(page.get_by_label("Theme")).to_have_value("dark")
    assert page.evaluate(ground) == dark
    page.get_by_label("Theme").select_option("system")
    assert page.evaluate(ground) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == dark


def test_without_a_mouse(page, studies):
    expect(page.get_by_role("link", name="running")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for name in ("waiting", "over", "running"):
        page.get_by_role("link", name="waiting").focus() if name == "waiting" else page.keyboard.press("ArrowDown")
        expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("link", name="over", exact=True)).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_role("link", name="waiting")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_url("**/studies/running")
    expect(page.get_by_role("main")).to_be_focused()
    page.get_by_role("tab", name="Overview").focus()
    last = page.get_by_role("tab").last.inner_text()
    keys = (
        ("ArrowLeft", last),
        ("ArrowLeft", "Events"),
        ("End", last),
        ("ArrowRight", "Overview"),
        ("End", last),
        ("Home", "Overview"),
    )
    for key, name in (*keys, ("ArrowRight", "Analysis")):
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=name)).to_be_focused()
    expect(page.get_by_role("tab", name="Analysis")).to_have_attribute("aria-selected", "true")
    more = page.get_by_role("button", name="More")
    more.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Pause")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Delete")).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Pause")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Stop running?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(more).to_be_focused()
    page.go_back()
    expect(page.get_by_role("heading", name="Studies", exact=True)).to_be_visible()


def test_narrow_screens_scroll_in_one_direction(new_page, studies):
    page = new_page(viewport=NARROW)
    for path, text in PAGES.items():
        page.goto(path)
        expect(page.get_by_role("main").get_by_text(text).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
