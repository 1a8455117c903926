"""Who comes in, and who does not."""

import pytest
from browser_studies import create
from playwright.sync_api import expect


@pytest.fixture
def page(home):
    return home


def test_every_page_of_the_dashboard_asks_strangers_to_sign_in(new_page):
    page = new_page(token=None)
    for path in ("/", "/studies/s", "/workers", "/compare"):
        page.goto(path)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_in_with_a_wrong_token_says_so(new_page):
    page = new_page(token=None)
    page.goto("/login")
    page.get_by_label("Token").fill("x" * 40)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("unknown")


def test_who_is_signed_in_and_out(page):
    account = page.get_by_role("navigation", name="Main")
    expect(account).to_contain_text("admin · p")
    account.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/")
    expect(page.get_by_label("Token")).to_be_visible()


def test_a_session_that_is_over_leads_to_the_sign_in(site, new_page):
    made = site.api.post("/tokens", json={"name": "x", "scope": "user"}).json()
    page = new_page(made["token"])
    expect(page.get_by_role("heading", name="No studies yet")).to_be_visible()
    assert site.api.delete(f"/tokens/{made['id']}").status_code == 204
    page.wait_for_url("**/login")
    expect(page.get_by_label("Token")).to_be_visible()


def test_a_viewer_sees_no_button_that_changes_something(site, new_page):
    create(site.api, "mine")
    token = site.api.post("/tokens", json={"name": "x", "scope": "viewer"}).json()["token"]
    page = new_page(token)
    expect(page.get_by_role("link", name="mine")).to_be_visible()
    expect(page.get_by_role("button", name="New study")).to_have_count(0)
    expect(page.get_by_role("button", name="Actions for mine")).to_have_count(0)
    page.goto("/studies/mine")
    expect(page.get_by_role("heading", name="Progress")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)


def test_a_worker_is_not_let_in(site, new_page):
    token = site.api.post("/tokens", json={"name": "x", "scope": "worker"}).json()["token"]
    page = new_page(token=None)
    page.goto("/login")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("worker")
