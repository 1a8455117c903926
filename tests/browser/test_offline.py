"""A server that goes away and comes back, while somebody looks."""

import pytest
from browser_studies import create
from playwright.sync_api import expect
from processes import Processes


@pytest.fixture
def page(home):
    return home


@pytest.fixture
def processes(tmp_path):
    processes = Processes(tmp_path)
    yield processes
    processes.close()


@pytest.fixture
def servers(chromium, processes, tmp_path):
    """A server of the test's own, which it may kill."""
    process, address = processes.serve(tmp_path / "own.db")

    def kill():
        process.kill()
        process.wait()  # until then it holds its port and its database

    processes.kill = kill
    return lambda database: address


def test_the_page_says_since_when_it_is_old_and_goes_on_by_itself(site, page, processes, tmp_path):
    create(site.api, "before")
    expect(page.get_by_role("link", name="before")).to_be_visible()
    processes.kill()
    banner = page.get_by_role("alert").filter(has_text="The server does not answer.")
    expect(banner).to_be_visible()
    expect(page.get_by_role("link", name="before")).to_be_visible()
    page.get_by_role("button", name="Actions for before").click()
    page.get_by_role("menuitem", name="Pause").click()
    expect(page.get_by_role("status").get_by_text("before: The server does not answer.")).to_be_visible()
    processes.serve(tmp_path / "own.db", int(site.address.rpartition(":")[2]))
    expect(banner).to_have_count(0)
    assert site.api.get("/studies/before").json()["state"] == "active"
    create(site.api, "after")
    expect(page.get_by_role("link", name="after")).to_be_visible()


def test_a_page_that_is_opened_while_the_server_is_away_says_so(site, page, processes):
    page.get_by_role("heading", name="No studies yet").wait_for()
    processes.kill()
    page.get_by_role("link", name="Workers").click()
    expect(page.get_by_role("main").get_by_role("alert")).to_contain_text("The server does not answer.")
    expect(page.get_by_role("main").get_by_role("button", name="Try again")).to_be_visible()


def test_events_bring_what_changed_where_nothing_polls(site, page):
    """Timers that poll never fire: what is seen came by the stream of events."""
    page.add_init_script("""
        const { setTimeout } = window;
        window.setTimeout = (call, delay) => (delay >= 2000 ? 0 : setTimeout(call, delay));
    """)
    page.reload()
    expect(page.get_by_role("heading", name="No studies yet")).to_be_visible()
    for name in ("first", "second"):
        create(site.api, name)
        expect(page.get_by_role("link", name=name)).to_be_visible()
    page.get_by_role("link", name="Workers").click()
    expect(page.get_by_role("heading", name="Workers")).to_be_visible()
