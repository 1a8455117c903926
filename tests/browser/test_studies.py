"""The list of studies: what it shows, how it is searched and sorted, and what can be done, on both databases."""

import re

import pytest
from browser_studies import ask, complete, create
from playwright.sync_api import expect


@pytest.fixture
def page(home):
    return home


@pytest.fixture
def database(each_database):
    return each_database


def row(page, name):
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def choose(page, name, action):
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name=action).click()


def names(page):
    return page.locator("tbody th .row-link")


def test_a_study_in_figures_that_follow_its_trials(site, page):
    create(site.api, "first", budget={"max_trials": 10}, description="What it is for")
    complete(site.api, "first", 0.75, 0.25, 0.5)
    ask(site.api, "first", 2)
    found = row(page, "first")
    expect(found).to_contain_text("What it is for")
    expect(found).to_contain_text("active")
    expect(found).to_contain_text("3 of 10 · 30 %")
    expect(found.get_by_role("img")).to_have_accessible_name("3 completed, 2 running")
    expect(found.get_by_role("list", name="Trials by state")).to_have_text(re.compile("3 completed.*2 running", re.S))
    expect(found).to_contain_text("0.25")
    expect(found.get_by_role("link", name="trial 1")).to_be_visible()
    complete(site.api, "first", 0.125)  # nobody touches the page
    expect(found).to_contain_text("4 of 10 · 40 %")
    expect(found).to_contain_text("0.125")


def test_search_filter_and_sort_are_in_the_address(site, page):
    for name, value in (("alpha", 0.3), ("beta", 0.1), ("gamma", 0.2)):
        create(site.api, name)
        complete(site.api, name, value)
    site.api.patch("/studies/beta", json={"state": "paused"})
    expect(names(page)).to_have_text(["gamma", "beta", "alpha"])
    page.get_by_role("button", name="Best value").click()
    expect(names(page)).to_have_text(["beta", "gamma", "alpha"])
    expect(page.get_by_role("columnheader", name="Best value")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Best value").click()
    expect(names(page)).to_have_text(["alpha", "gamma", "beta"])
    page.get_by_role("button", name="Active 2").click()
    expect(names(page)).to_have_text(["alpha", "gamma"])
    page.get_by_role("searchbox", name="Search studies").fill("GAM")
    expect(names(page)).to_have_text(["gamma"])
    page.reload()
    expect(names(page)).to_have_text(["gamma"])
    expect(page.get_by_role("searchbox", name="Search studies")).to_have_value("GAM")
    page.get_by_role("searchbox", name="Search studies").fill("nothing like it")
    expect(page.get_by_role("heading", name="No study matches")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(names(page)).to_have_text(["alpha", "gamma", "beta"])


def test_pause_resume_and_stop(site, page):
    create(site.api, "one")
    ask(site.api, "one", 1)
    for action, said, state in (("Pause", "one paused.", "paused"), ("Resume", "one resumed.", "active")):
        choose(page, "one", action)
        expect(page.get_by_role("status").get_by_text(said)).to_be_visible()
        expect(row(page, "one")).to_contain_text(state)
        assert site.api.get("/studies/one").json()["state"] == state
    choose(page, "one", "Stop")
    dialog = page.get_by_role("dialog", name="Stop one?")
    expect(dialog).to_contain_text("1 running trial")
    dialog.get_by_role("button", name="Keep it").click()
    assert site.api.get("/studies/one").json()["state"] == "active"
    choose(page, "one", "Stop")
    dialog.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("one stopped.")).to_be_visible()
    expect(row(page, "one").locator(".badge")).to_have_text("finished")
    assert site.api.get("/studies/one").json()["state"] == "finished"


def test_deleting_is_asked_twice(site, page):
    create(site.api, "gone")
    create(site.api, "kept")
    choose(page, "gone", "Delete")
    dialog = page.get_by_role("dialog", name="Delete gone?")
    dialog.get_by_role("button", name="Delete").click()
    dialog.get_by_label("Type gone to confirm").fill("kept")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_contain_text("Type gone to go on.")
    assert site.api.get("/studies/gone").status_code == 200
    dialog.get_by_label("Type gone to confirm").fill("gone")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(names(page)).to_have_text(["kept"])
    assert site.api.get("/studies/gone").status_code == 404


def test_extending_shows_what_is_refused_at_its_field_and_changes_nothing(site, page):
    create(site.api, "short", budget={"max_trials": 2, "max_seconds": 600})
    complete(site.api, "short", 0.5, 0.25)
    expect(row(page, "short")).to_contain_text("finished")
    choose(page, "short", "Extend")
    dialog = page.get_by_role("dialog", name="Extend short")
    trials = dialog.get_by_label("Most trials")
    trials.fill("many")
    dialog.get_by_role("button", name="Change the budget").click()
    expect(trials).to_have_attribute("aria-invalid", "true")
    trials.fill("1")
    dialog.get_by_role("button", name="Change the budget").click()
    expect(dialog.get_by_role("alert")).to_contain_text("below the 2 trials")
    assert site.api.get("/studies/short").json()["definition"]["budget"]["max_trials"] == 2
    trials.fill("5")
    dialog.get_by_role("button", name="Change the budget").click()
    expect(row(page, "short")).to_contain_text("2 of 5")
    expect(row(page, "short")).to_contain_text("active")
    budget = site.api.get("/studies/short").json()["definition"]["budget"]
    assert (budget["max_trials"], budget["max_seconds"]) == (5, 600)


def test_the_second_of_two_people_sees_what_happened(site, new_page):
    create(site.api, "shared")
    create(site.api, "other")
    first, second = new_page(), new_page()
    for page in (first, second):
        expect(names(page)).to_have_text(["other", "shared"])
    second.route("**/api/v1/studies?*", lambda route: None)  # the second one's list stays as it was
    choose(first, "shared", "Pause")
    expect(row(first, "shared")).to_contain_text("paused")
    choose(second, "shared", "Pause")
    expect(second.get_by_text("shared is paused already; somebody else was faster.")).to_be_visible()
    assert site.api.delete("/studies/other").status_code == 204
    choose(second, "other", "Delete")
    dialog = second.get_by_role("dialog", name="Delete other?")
    dialog.get_by_role("button", name="Delete").click()
    dialog.get_by_label("Type other to confirm").fill("other")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(second.get_by_text("other was deleted already; somebody else was faster.")).to_be_visible()
    second.unroute("**/api/v1/studies?*")
    expect(names(first)).to_have_text(["shared"])
