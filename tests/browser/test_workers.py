"""The page of the workers: what each trains, how it is, and on which hosts trials fail."""

import pytest
from browser_studies import ask, create
from browser_watch import violations
from playwright.sync_api import expect

GIB = 2**30
GPU = {"used_bytes": 35 * GIB, "total_bytes": 140 * GIB, "utilisation_percent": 71}
TOLD = {
    "host": "gpu-9",
    "pid": 4711,
    "version": "9.9",
    "memory_bytes": 3 * GIB,
    "device": "NVIDIA H200",
    "devices": 2,
    "device_memory": [GPU, {"used_bytes": 0, "total_bytes": 140 * GIB}],
    "lanes": 8,
    "busy": 3,
    "training": {"s": [[0, 4], [2, 0]], "t": [[1, 12]]},
    "window_seconds": 300,
    "occupancy": 0.625,
    "trials_per_minute": 5.44,
    "device_seconds_per_minute": 51.25,
}
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture
def database(each_database):
    return each_database


def renew(site, worker, **status):
    answer = site.api.post("/renew", json={"worker": worker, "leases": [], "status": status})
    assert answer.status_code == 200, answer.text


def row(page, name):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def names(page):
    return page.get_by_role("table", name="Workers").locator("tbody th .row-link")


def figure(page, label):
    return page.locator(".figures > div").filter(has=page.get_by_text(label, exact=True)).locator("dd")


def answer_with(page, **fields):
    """From now on the server says this of every worker."""

    def answer(route):
        found = route.fetch()
        body = found.json()
        body["items"] = [worker | fields for worker in body["items"]]
        route.fulfill(response=found, json=body)

    page.route("**/api/v1/workers?*", answer)


def test_what_a_worker_tells(site, home):
    page = home
    renew(site, "node-9", **TOLD)
    page.get_by_role("link", name="Workers").click()
    found = row(page, "node-9")
    for text in (
        "gpu-9",
        "2 \N{MULTIPLICATION SIGN} NVIDIA H200",
        "hpsearch 9.9, process 4711",
        "3 of 8 busy",
        "63 % over 5 min",
        "5 lanes free",
    ):
        expect(found).to_contain_text(text)
    for text in ("35 GiB of 140 GiB", "71 % in use", "0 B of 140 GiB", "3 GiB of main memory", "5.44", "51.3 device s"):
        expect(found).to_contain_text(text)
    expect(found.get_by_label("Memory of GPU 0")).to_have_attribute("value", str(35 * GIB))
    expect(found.get_by_label("Occupancy")).to_have_attribute("value", "0.625")
    lanes = found.get_by_role("list", name="Trials of s on node-9")
    expect(lanes.get_by_role("link")).to_have_text(["0 step 4", "2 no step yet"])
    found.get_by_role("list", name="Trials of t on node-9").get_by_role("link", name="1 step 12").click()
    page.wait_for_url("**/studies/t/trials/1")


def test_it_is_looked_at_again_while_no_study_changes(site, page):
    renew(site, "node-9", **TOLD)
    page.goto("/workers")
    expect(row(page, "node-9")).to_contain_text("3 of 8 busy")
    renew(site, "node-9", **TOLD | {"busy": 8, "training": {}})
    expect(row(page, "node-9")).to_contain_text("8 of 8 busy")


def test_a_worker_that_tells_nothing_or_nonsense(site, page):
    create(site.api, "s")
    ask(site.api, "s", 3, worker="plain")
    renew(site, "odd", lanes="x", busy=-1, training=[1], device_memory="all", host=[MARKUP], occupancy=7)
    renew(site, "marked", host=MARKUP, device=MARKUP, training={MARKUP: [[0, 1]]})
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.goto("/workers")
    expect(row(page, "plain")).to_contain_text("holds 3 trials")
    expect(row(page, "odd").get_by_role("cell")).to_have_text(["—", "—", "—", "—", "0", "just now"])
    expect(row(page, "marked")).to_contain_text(MARKUP)
    expect(page.locator("img[src=x]")).to_have_count(0)
    expect(figure(page, "Lanes busy")).to_have_text("—")
    expect(figure(page, "Occupancy")).to_have_text("—")


def test_the_sum_of_the_workers(site, page):
    renew(site, "a", lanes=24, busy=24, occupancy=1, trials_per_minute=2.5)
    renew(site, "b", lanes=8, busy=0, occupancy=0, trials_per_minute=0.25)
    page.goto("/workers")
    shown = {"Workers": "2", "Silent": "0", "Lanes busy": "24 of 32", "Occupancy": "75 %", "Trials/min": "2.75"}
    for label, text in (shown | {"Failing hosts": "0"}).items():
        expect(figure(page, label)).to_have_text(text)


def test_more_trials_than_one_can_read(site, page):
    renew(
        site,
        "large",
        lanes=64,
        busy=60,
        training={"s": [[number, number] for number in range(60)]},
        training_left_out=2,
    )
    page.goto("/workers")
    found = row(page, "large")
    expect(found.get_by_role("link")).to_have_count(1 + 48)
    expect(found).to_contain_text("and 2 more, for which its status has no room")
    found.get_by_role("button", name="Show 12 more").click()
    expect(found.get_by_role("link", name="59 step 59")).to_be_visible()


def test_one_that_is_silent_is_marked_and_its_age_goes_on(site, page):
    renew(site, "node-9", **TOLD)
    answer_with(page, silent_seconds=200, is_silent=True)
    page.clock.install()
    page.goto("/workers")
    found = row(page, "node-9")
    expect(found).to_contain_text("3 min ago")
    expect(found.get_by_text("silent")).to_be_visible()
    expect(found).to_contain_text("when it was last heard of")
    expect(figure(page, "Silent")).to_have_text("1")
    expect(figure(page, "Lanes busy")).to_have_text("—")
    page.route("**/api/v1/**", lambda route: route.abort())
    page.clock.run_for(60_000)
    expect(found).to_contain_text("4 min ago")
    expect(found).to_contain_text("3 of 8 busy")


def test_workers_of_the_past_are_asked_for(site, page):
    renew(site, "old", lanes=4, busy=4)
    answer_with(page, silent_seconds=90_000, is_silent=True)
    page.goto("/workers")
    page.get_by_role("button", name="Show 1 worker last heard of more than a day ago").click()
    expect(row(page, "old")).to_contain_text("1 d ago")
    page.reload()
    expect(row(page, "old")).to_be_visible()
    expect(figure(page, "Workers")).to_have_text("0")


def test_the_order_is_in_the_address(site, page):
    for name, rate, busy in (("w-10", 1.5, 0), ("w-9", None, 1), ("a", 3, 4)):
        renew(site, name, lanes=4, busy=busy, **({} if rate is None else {"trials_per_minute": rate}))
    page.goto("/workers")
    expect(names(page)).to_have_text(["a", "w-9", "w-10"])
    page.get_by_role("button", name="Trials/min").click()
    expect(names(page)).to_have_text(["w-10", "a", "w-9"])
    page.get_by_role("button", name="Trials/min").click()
    expect(names(page)).to_have_text(["a", "w-10", "w-9"])
    expect(page.get_by_role("columnheader", name="Trials/min")).to_have_attribute("aria-sort", "descending")
    page.reload()
    expect(names(page)).to_have_text(["a", "w-10", "w-9"])
    page.get_by_role("button", name="Lanes").click()
    expect(names(page)).to_have_text(["w-10", "w-9", "a"])


def test_hosts_that_fail_what_others_complete(site, page):
    """As the service says it after retries, for which a test need not wait: its own tests have them."""
    suspicion = "gpu-1 failed 2 trials that other hosts completed: look at that machine."
    hosts = [
        {"host": "calm", "failed": 3, "completed_elsewhere": 0, "suspicion": None},
        {"host": "gpu-1", "failed": 2, "completed_elsewhere": 2, "suspicion": suspicion},
    ]
    renew(site, "node-1", lanes=4)
    answer_with(page, failed=2, completed_elsewhere=2, hosts=hosts)
    page.goto("/workers")
    found = page.get_by_role("table", name="Hosts with failures").get_by_role("row")
    expect(found).to_have_count(3)
    expect(found.nth(1)).to_contain_text(suspicion)
    expect(found.nth(2)).to_contain_text("calm")
    expect(figure(page, "Failing hosts")).to_have_text("1")
    expect(row(page, "node-1")).to_contain_text("2 done elsewhere")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1360, 360])
def test_for_everybody(site, new_page, scheme, width):
    renew(site, "node-9", **TOLD)
    renew(
        site,
        "x" * 100,
        **TOLD | {"host": "h" * 255, "device": "d" * 255, "training": {"s" * 100: [[2**31 - 1, 2**53 - 1]]}},
    )
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto("/workers")
    found = row(page, "node-9")
    expect(found.get_by_role("cell").nth(1)).to_contain_text("3 of 8 busy")  # a table for screen readers, cards or not
    expect(page.get_by_role("columnheader", name="Lanes")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
