"""A report: one file that shows a study without its server, and asks nobody for anything."""

import pytest
from browser_studies import ask, complete, create, tell
from browser_watch import Watched
from playwright.sync_api import expect

MARKUP = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def opened(site, browser, tmp_path):
    """Opens the report of a study as a file, in a browser that is nowhere signed in; what it asks for elsewhere fails the test."""
    context = browser.new_context()
    page = context.new_page()
    watched = Watched(page, site.address)
    asked = []
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))

    def open_report(study):
        answer = site.api.get(f"/studies/{study}/report")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-disposition"] == f'attachment; filename="{study}.html"'
        path = tmp_path / "report.html"
        path.write_text(answer.text, encoding="utf-8")
        page.goto(path.as_uri())
        return page

    yield open_report
    context.close()
    assert watched.errors == []
    assert set(asked) <= {"file", "data"}


def panels(page, tab):
    """The regions of a tab when all has been shown."""
    page.get_by_role("tab", name=tab).click()
    expect(page.get_by_role("tabpanel").get_by_role("region").first).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    return page.get_by_role("tabpanel")


def test_every_tab_is_as_on_the_server(site, opened):
    create(site.api, "s", budget={"max_trials": 40})
    complete(site.api, "s", *(0.5 + number / 64 for number in range(24)), 0.25, "NaN")
    page = opened("s")
    expect(page.get_by_role("heading", name="s active")).to_be_visible()
    expect(page.get_by_role("link", name=f"s on {site.address}")).to_have_attribute("href", f"{site.address}/studies/s")
    tabs = page.get_by_role("tab").all_inner_texts()
    assert {"Overview", "Analysis", "Trials", "Definition"} <= set(tabs)
    for tab in tabs:
        shown = panels(page, tab)
        expect(shown.get_by_role("alert")).to_have_count(0)
    trials = panels(page, "Trials").get_by_role("grid", name="Trials")
    expect(trials).to_have_attribute("aria-rowcount", "27")
    trials.get_by_role("columnheader", name="val_loss").get_by_role("button").click()
    expect(trials.get_by_role("rowheader").first).to_have_text("24")
    best = panels(page, "Overview").get_by_role("link", name="Trial 24", exact=True)
    expect(best).to_have_attribute("href", f"{site.address}/studies/s/trials/24")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)


def test_what_is_chosen_stays_within_the_file(site, opened):
    create(site.api, "s")
    complete(site.api, "s", 0.5, 0.25, 0.75)
    page = opened("s")
    history = page.get_by_role("region", name="History", exact=True)
    history.get_by_role("combobox", name="Against").select_option("wall time")
    history.get_by_text("As a table").click()
    expect(history.locator("tbody tr")).to_have_count(3)
    chart = history.get_by_role("application")
    chart.focus()
    chart.press("End")
    chart.press("Enter")
    expect(page.get_by_role("region", name="Selection", exact=True).get_by_role("link")).to_have_count(1)


def test_markup_of_a_study_is_text(site, opened):
    create(site.api, "s", description=MARKUP, settings={"note": MARKUP})
    [lease] = ask(site.api, "s", 1)
    tell(site.api, {"lease": lease["lease"], "state": "failed", "error": {"reason": "diverged", "message": MARKUP}})
    page = opened("s")
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    expect(page.get_by_text(MARKUP)).to_be_visible()
    expect(panels(page, "Definition")).to_contain_text("onerror")
