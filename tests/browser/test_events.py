"""What happened in a study, the newest first, in words."""

import re

import pytest
from browser_studies import ask, complete, create, tell
from playwright.sync_api import expect


@pytest.fixture
def database(each_database):
    return each_database


@pytest.fixture
def events(page):
    return page.get_by_role("region", name="Events", exact=True)


def items(events):
    return events.get_by_role("listitem").locator(".what")


def test_what_happened_in_words_and_as_it_happens(site, page, events):
    create(site.api, "s")
    page.goto("/studies/s?tab=events")
    expect(items(events)).to_have_text(["The study was created"])
    first, second = ask(site.api, "s", 2, worker="gpu-1.0")
    error = {"reason": "exception", "message": "<b>" * 3000}
    tell(site.api, {"lease": first["lease"], "state": "failed", "error": error})
    tell(site.api, {"lease": second["lease"], "state": "completed", "values": ["NaN"]})
    site.api.patch("/studies/s", json={"state": "paused"})
    expect(items(events)).to_have_text(
        [
            "The study was paused: by a user",
            "Trial 1 failed: it diverged: a value was not a finite number",
            "Trial 0 failed: its code raised an error; it waits to be tried again",
            re.compile("Trial [01] was suggested, and began"),
            re.compile("Trial [01] was suggested, and began"),
            "The study was created",
        ]
    )
    expect(events.get_by_role("listitem").nth(1)).to_contain_text("gpu-1.0")
    events.get_by_role("link", name="Trial 1").first.click()
    expect(page.get_by_role("heading", name="Trial 1")).to_be_visible()


def test_older_events_are_on_further_pages(site, page, events):
    create(site.api, "s")
    for begin in range(0, 60, 20):
        complete(site.api, "s", *(float(number) for number in range(begin, begin + 20)))
    page.goto("/studies/s?tab=events")
    expect(items(events)).to_have_count(100)
    newest = items(events).first.inner_text()
    events.get_by_role("button", name="Older").click()
    expect(events).to_contain_text("Page 2")
    expect(items(events).last).to_have_text("The study was created")
    expect(items(events)).to_have_count(21)
    expect(events.get_by_role("button", name="Older")).to_be_disabled()
    events.get_by_role("button", name="Newer").click()
    expect(items(events).first).to_have_text(newest)
    expect(items(events)).to_have_count(100)


def test_the_events_of_one_trial(site, page, events):
    create(site.api, "s")
    [lease] = ask(site.api, "s", 1, worker="a")
    tell(site.api, {"lease": lease["lease"], "state": "released"})
    complete(site.api, "s", 0.5, worker="b")
    complete(site.api, "s", 0.25, worker="c")
    page.goto("/studies/s?tab=events")
    events.get_by_label("Of trial").fill("0")
    events.get_by_role("button", name="Show").click()
    page.wait_for_url("**events=0")
    expect(items(events)).to_have_text(
        [
            "Trial 0 is completed",
            "Trial 0 began attempt 2",
            "Trial 0 was given back by its worker; it waits to be tried again",
            "Trial 0 was suggested, and began",
        ]
    )
    events.get_by_label("Of trial").fill("77")
    page.keyboard.press("Enter")
    expect(events.get_by_role("alert")).to_contain_text("no trial 77")
    events.get_by_role("button", name="All").click()
    expect(items(events)).to_have_count(7)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"cause": "expired", "to_state": "queued"}, "was lost with its worker; it waits to be tried again"),
        ({"cause": "expired", "to_state": "failed"}, "was lost with its worker; it has failed for good"),
        ({"cause": "fatal", "to_state": "failed", "reason": "own_word"}, "failed: own_word"),
        ({"cause": "released", "to_state": "pruned"}, "was pruned"),
        ({"cause": "reopened", "to_state": "running"}, "goes on: its worker was heard of again"),
        ({"cause": "study_over", "to_state": "cancelled"}, "is cancelled: the study is over"),
        ({"cause": "enqueued", "from_state": None, "to_state": "queued"}, "was enqueued by a user"),
        (
            {"cause": "max_trials", "trial": None, "to_state": "finished"},
            "is finished: all trials of the budget are over",
        ),
        ({"cause": "clock_set_back", "trial": None, "to_state": "active"}, "saw the database's clock go back"),
        ({"cause": "new_word", "to_state": "running"}, "new_word: queued to running"),
    ],
)
def test_events_in_words(home, event, words):
    event = {"trial": 3, "attempt": 2, "reason": None, "from_state": "queued"} | event
    script = "(event) => import('/static/pages/study/words.js').then(({ inWords }) => inWords(event))"
    assert home.evaluate(script, event) == words
