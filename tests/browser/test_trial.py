"""The page of a trial: what came out, its parameters, attempts, errors and log, and what can be done."""

import pytest
from browser_studies import SPACE, ask, complete, create, report_step, tell
from playwright.sync_api import expect

LINES = [f"line {number}" for number in range(100)]
CONDITIONAL = SPACE | {
    "momentum": {"type": "float", "low": 0, "high": 0.5, "when": {"optimizer": ["sgd"]}},
    "nesterov": {"type": "categorical", "choices": [True, False], "when": {"optimizer": ["adam"]}},
    "fixed": {"type": "constant", "value": "x"},
}


@pytest.fixture
def database(each_database):
    return each_database


def figure(page, label):
    return page.locator(".figures > div").filter(has=page.get_by_text(label, exact=True)).locator("dd")


def attempts(page):
    return page.get_by_role("table", name="Attempts")


def fail(site, lease, message="no such file", **fields):
    error = {"reason": "exception", "message": message, **fields.pop("error", {})}
    tell(site.api, {"lease": lease["lease"], "state": "failed", "error": error, **fields})


def test_what_came_out(site, page):
    create(site.api, "s", direction=["minimize", "maximize"], metric=["loss", "speed"])
    [lease] = ask(site.api, "s", 1)
    report_step(site.api, lease, 3, 0.5)
    told = {"values": [0.25, 7], "best_step": 2, "device_seconds": 61, "metrics": {"acc": "NaN", "loss": 0.25}}
    tell(site.api, {"lease": lease["lease"], "state": "completed", **told, "checkpoint": {"ref": "s/0-1", "step": 2}})
    page.goto("/studies/s/trials/0")
    shown = {"loss": "0.25", "speed": "7", "Best step": "2", "Last step": "3", "Device time": "1 min 1 s"}
    for label, text in (shown | {"Checkpoint": "s/0-1, step 2"}).items():
        expect(figure(page, label)).to_have_text(text)
    expect(page.get_by_role("region", name="Results").locator(".pairs")).to_have_text("accNaN")


def test_parameters_in_their_ranges(site, page):
    create(site.api, "s", space=CONDITIONAL)
    params = {"learning_rate": 0.01, "units": 128, "optimizer": "sgd", "momentum": 0.125, "fixed": "x"}
    site.api.post("/studies/s/enqueue", json={"request_id": "1", "params": params})
    page.goto("/studies/s/trials/0")
    rows = page.get_by_role("table", name="Parameters and their ranges").get_by_role("row")
    expect(rows).to_have_text(
        [
            "ParameterValueRange",
            "learning_rate0.010.0001 to 0.1, logarithmic",
            "units12816 to 128",
            "optimizersgdone of sgd, adam",
            "momentum0.1250 to 0.5, where optimizer is sgd",
            "fixedxalways x",
            "nesterovnot activeone of true, false, where optimizer is adam",
        ]
    )
    shares = [mark.get_attribute("data-share") for mark in page.locator(".range-mark").all()]
    assert shares == ["0.667", "1.000", "0.250"]
    expect(page.get_by_text("Given by a user, not by the sampler")).to_be_visible()


def test_attempts_that_end_go_on_and_are_cancelled(site, page):
    create(site.api, "s")
    [lease] = ask(site.api, "s", 1, worker="node-7")
    page.goto("/studies/s/trials/0")
    expect(attempts(page).get_by_role("row")).to_have_count(2)
    for text in ("node-7", "gpu-1", "open"):
        expect(attempts(page)).to_contain_text(text)
    tell(
        site.api, {"lease": lease["lease"], "state": "released", "device_seconds": 3, "trace": {"not_resumed": "gone"}}
    )
    expect(attempts(page)).to_contain_text("not resumed: gone")
    expect(page.get_by_role("heading", name="Trial 0 queued")).to_be_visible()
    [again] = ask(site.api, "s", 2, worker="node-8")[:1]
    expect(attempts(page).get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name="Cancel it").click()
    dialog = page.get_by_role("dialog", name="Cancel trial 0?")
    dialog.get_by_role("button", name="Keep it").click()
    assert site.api.get("/studies/s/trials/0").json()["history"][1]["decision"] == "continue"
    page.get_by_role("button", name="Cancel it").click()
    dialog.get_by_role("button", name="Cancel it").click()
    expect(dialog).to_have_count(0)
    expect(attempts(page)).to_contain_text("cancelled by admin")
    trace = {"resumed": {"ref": "s/0-1", "step": 4}}
    tell(site.api, {"lease": again["lease"], "state": "released", "trace": trace})
    expect(page.get_by_role("heading", name="Trial 0 cancelled")).to_be_visible()
    expect(attempts(page)).to_contain_text("step 4")
    expect(page.get_by_role("button", name="Cancel it")).to_have_count(0)
    history = page.get_by_role("table", name="Changes in their order")
    expect(history.get_by_role("row").last).to_contain_text("running → cancelled")


def test_what_somebody_else_did_meanwhile_is_said(site, page):
    create(site.api, "s", budget={"max_trials": 1})
    [lease] = ask(site.api, "s", 1)
    page.goto("/studies/s/trials/0")
    page.get_by_role("button", name="Cancel it").click()
    tell(site.api, {"lease": lease["lease"], "state": "completed", "values": [1]})
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("trial 0 is completed already")
    dialog.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("status")).to_contain_text("all 1 trials have a number; extend max_trials first")
    site.api.patch("/studies/s", json={"budget": {"max_trials": 2}})
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url("**/studies/s/trials/1")
    assert site.api.get("/studies/s/trials/1").json()["params"] == lease["params"]


def test_the_trials_beside_it(site, page):
    create(site.api, "s")
    complete(site.api, "s", 1, 2, 3)
    page.goto("/studies/s/trials/0")
    beside = page.get_by_role("navigation", name="Trials beside this one").get_by_role("link")
    expect(beside).to_have_text(["1 →"])
    beside.click()
    expect(page.get_by_role("heading", name="Trial 1 completed")).to_be_visible()
    expect(beside).to_have_text(["← 0", "2 →"])
    beside.last.click()
    expect(beside).to_have_text(["← 1"])
    complete(site.api, "s", 4)
    expect(beside).to_have_text(["← 1", "3 →"])


def test_errors_with_the_ends_of_their_tracebacks_and_of_the_log(site, page):
    create(site.api, "s", attempts={"errors": 1})
    [lease] = ask(site.api, "s", 1)
    page.goto("/studies/s/trials/0")
    artifacts = {"log_tail": "\n".join(LINES), "mine": {"a": [None]}}
    fail(site, lease, "short", error={"traceback": "\n".join(LINES)}, artifacts=artifacts)
    error = page.get_by_role("region", name="Error", exact=True)
    expect(error).to_contain_text("Attempt 1 on gpu-1")
    expect(error.get_by_role("region", name="Message")).to_have_text("short")
    traceback = error.get_by_role("region", name="Traceback")
    expect(traceback).to_have_text("…" + "\n".join(LINES[-16:]))
    toggle = error.get_by_role("button")
    toggle.click()
    expect(traceback).to_have_text("\n".join(LINES))
    expect(toggle).to_have_attribute("aria-expanded", "true")
    log = page.get_by_role("region", name="Last lines")
    expect(log).to_have_text("\n".join(LINES))
    assert log.evaluate("log => log.scrollHeight - log.clientHeight - log.scrollTop < 2")
    page.get_by_text("mine", exact=True).click()
    expect(page.get_by_role("region", name="Artifact mine")).to_contain_text('"a": [')


def test_errors_of_several_attempts(site, page):
    """The second attempt is made up: the service grants it after a while, for which a test need not wait."""
    create(site.api, "s")
    [lease] = ask(site.api, "s", 1)
    site.api.patch("/studies/s", json={"state": "paused"})
    fail(site, lease, "first")
    answer = site.api.get("/studies/s/trials/0").json()
    second = answer["history"][0] | {
        "number": 2,
        "worker": "other",
        "host": None,
        "error": answer["error"] | {"message": "second"},
    }
    body = answer | {"history": [*answer["history"], second], "error": second["error"]}
    page.route("**/api/v1/studies/s/trials/0", lambda route: route.fulfill(json=body))
    page.goto("/studies/s/trials/0")
    errors = page.get_by_role("region", name="Errors", exact=True)
    expect(errors).to_contain_text("Attempt 2 on other")
    expect(errors.get_by_role("region", name="Message")).to_have_text("second")
    errors.get_by_text("Attempt 1 on gpu-1: exception").click()
    expect(errors.get_by_role("region", name="Message").last).to_have_text("first")


def test_a_trial_whose_study_is_deleted_while_it_is_shown(site, page):
    create(site.api, "brief")
    complete(site.api, "brief", 0.5)
    page.goto("/studies/brief/trials/0")
    expect(page.get_by_role("heading", name="Trial 0")).to_be_visible()
    assert site.api.delete("/studies/brief").status_code == 204
    expect(page.get_by_role("heading", name="There is no study brief")).to_be_visible()


def test_a_panel_that_cannot_be_loaded_says_so_alone_and_goes_on_by_itself(site, page):
    create(site.api, "s")
    [lease] = ask(site.api, "s", 1)
    report_step(site.api, lease, 1, 0.5)
    page.route("**/trials/0/curves", lambda route: route.abort())
    page.goto("/studies/s/trials/0")
    curves = page.get_by_role("region", name="Curves", exact=True)
    expect(curves.get_by_role("alert")).to_contain_text("The server does not answer.")
    expect(page.get_by_role("region", name="Results")).to_contain_text("Last step")
    page.unroute("**/trials/0/curves")
    report_step(site.api, lease, 2, 0.25)
    expect(curves.get_by_role("heading", name="loss")).to_be_visible()
