"""The curves of a trial, as the tables beside them have them, and what is said of them."""

import pytest
from browser_studies import ask, create, report_step, tell
from browser_watch import violations
from playwright.sync_api import expect


@pytest.fixture
def lease(site):
    create(site.api, "s", metric="val_loss")
    [lease] = ask(site.api, "s", 1)
    return lease


def curves(page):
    return page.get_by_role("region", name="Curves", exact=True)


def table(page, title):
    """The rows of a chart's table, which is opened."""
    chart = curves(page).locator(".curve").filter(has=page.get_by_role("heading", name=title, exact=True))
    if not chart.locator("details").get_attribute("open") is not None:
        chart.get_by_text("As a table").click()
    return chart.get_by_role("table").get_by_role("row")


def legend(page):
    return curves(page).locator(".legend li")


def test_every_metric_that_was_reported_and_what_follows(site, page, lease):
    page.goto("/studies/s/trials/0")
    expect(curves(page).get_by_role("heading", name="Nothing reported yet")).to_be_visible()
    report_step(site.api, lease, 1, 0.5, train_loss=0.75, val_accuracy=0.5, learning_rate=0.1)
    headings = curves(page).get_by_role("heading", level=3)
    expect(headings).to_have_text(["loss", "accuracy", "learning rate"])
    expect(legend(page)).to_have_text(["val_loss 0.5", "train_loss 0.75", "val_accuracy 0.5", "learning_rate 0.1"])
    expect(table(page, "loss")).to_have_text(["StepAttemptval_losstrain_loss", "110.50.75"])
    report_step(site.api, lease, 2, 0.25, train_loss=0.5, grad_norm=3)
    expect(table(page, "loss")).to_have_text(["StepAttemptval_losstrain_loss", "110.50.75", "210.250.5"])
    expect(headings).to_have_text(["loss", "accuracy", "learning rate", "grad norm"])
    expect(table(page, "grad norm")).to_have_text(["StepAttemptgrad_norm", "11—", "213"])


def test_what_is_not_finite_is_written_out(site, page, lease):
    for step, value in enumerate(("NaN", 1e300, "Infinity", "-Infinity", "NaN", -1e300), 1):
        report_step(site.api, lease, step, value)
    page.goto("/studies/s/trials/0")
    expect(legend(page)).to_have_text(
        ["val_loss -1e+300 NaN at step 1, Infinity at step 3, -Infinity at step 4 and 1 more"]
    )
    rows = table(page, "loss")
    expect(rows.nth(1)).to_have_text("11NaN")
    expect(rows.nth(3)).to_have_text("31Infinity")
    advice = page.get_by_role("region", name="Advice")
    expect(advice).to_have_count(0)
    report_step(site.api, lease, 7, "NaN")
    expect(advice.get_by_role("heading", level=3)).to_contain_text("warning")


def test_one_point_and_one_that_is_not_a_number(site, page, lease):
    report_step(site.api, lease, 2**53 - 1, "NaN", **{"constructor": 1e-300, "a.b-c_d": 0})
    page.goto("/studies/s/trials/0")
    expect(table(page, "loss").nth(1)).to_have_text("90071992547409911NaN")
    expect(table(page, "constructor").nth(1)).to_have_text("900719925474099111e-300")
    expect(table(page, "a.b-c d").nth(1)).to_have_text("900719925474099110")


def test_the_latest_attempt_has_the_word_and_spreads_belong_to_their_lines(site, page, lease):
    report_step(site.api, lease, 1, 0.5, val_loss_std=0.125)
    report_step(site.api, lease, 2, 0.25, val_loss_std=0.125)
    tell(site.api, {"lease": lease["lease"], "state": "released"})
    [again] = ask(site.api, "s", 1)
    report_step(site.api, again, 2, 0.375, val_loss_std=0.25)
    page.goto("/studies/s/trials/0")
    expect(curves(page).get_by_role("heading", level=3)).to_have_text(["loss"])
    expect(table(page, "loss")).to_have_text(["StepAttemptval_loss", "110.5", "220.375"])


def test_hundreds_of_metrics_and_thousands_of_steps(site, page, lease):
    report_step(site.api, lease, 1, 0.5, **{f"metric.{number}": number for number in range(199)})
    items = [{"lease": lease["lease"], "step": step, "value": step} for step in range(2, 3002)]
    for begin in range(0, len(items), 1000):
        assert site.api.post("/report", json={"items": items[begin : begin + 1000]}).status_code == 200
    page.goto("/studies/s/trials/0")
    expect(curves(page).get_by_role("heading", level=3)).to_have_count(8)
    expect(curves(page)).to_contain_text("of 3,001 steps")
    expect(legend(page).first).to_have_text("val_loss 3001")
    curves(page).get_by_role("button", name="Show 192 more").click()
    expect(curves(page).get_by_role("heading", name="metric.198")).to_be_visible()


def test_what_looks_wrong_in_the_curve_is_said(site, page, lease):
    page.goto("/studies/s/trials/0")
    expect(curves(page)).to_be_visible()
    expect(page.get_by_role("region", name="Advice")).to_have_count(0)
    items = [{"lease": lease["lease"], "step": step, "value": 1.5 if step // 3 % 2 else 0.5} for step in range(60)]
    assert site.api.post("/report", json={"items": items}).status_code == 200
    expect(page.get_by_role("region", name="Advice")).to_contain_text("The curve oscillates")


def test_the_scale_is_in_the_address(site, page, lease):
    report_step(site.api, lease, 1, 0.5)
    page.goto("/studies/s/trials/0")
    page.get_by_label("Scale").select_option("log")
    page.reload()
    expect(page.get_by_label("Scale")).to_have_value("log")
    expect(legend(page)).to_have_text(["val_loss 0.5"])


def test_the_arrow_keys_go_from_point_to_point(site, page, lease):
    for step, value in ((1, 0.5), (2, 0.25), (3, "NaN"), (4, 0.125)):
        report_step(site.api, lease, step, value)
    tell(site.api, {"lease": lease["lease"], "state": "completed", "values": [0.25], "best_step": 2})
    page.goto("/studies/s/trials/0")
    chart = page.get_by_role("application", name="loss by step: val_loss. Arrow keys go from point to point.")
    chart.focus()
    for words in ("val_lossstep 1 0.5", "val_lossstep 2 0.25", "val_lossstep 4 0.125"):
        page.keyboard.press("ArrowRight")
        expect(chart).to_have_text(words)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1360, 360])
def test_for_everybody(site, new_page, lease, scheme, width):
    error = {"reason": "exception", "message": "x" * 10_000, "traceback": "line\n" * 2_000}
    for step in range(1, 40):
        report_step(
            site.api, lease, step, "NaN" if step == 5 else (1.5 if step // 3 % 2 else 0.5), **{"m" * 100: 1 / step}
        )
    matrix = {"step": 1, "samples": 40, "counts": [[36, 4], [0, 0]]}
    picture = {"index": 3, "label": 0, "predicted": 1, "probability": 0.5, "loss": 2, "pixels": "AAECAw=="}
    mistakes = {"step": 1, "samples": 40, "wrong": 4, "shape": [2, 2, 1], "items": [picture] * 4}
    artifacts = {"log_tail": "y" * 10_000, "confusion_matrix": matrix, "mistakes": mistakes, "z" * 100: 1}
    tell(site.api, {"lease": lease["lease"], "state": "failed", "error": error, "artifacts": artifacts})
    page = new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto("/studies/s/trials/0")
    for name in ("Error", "Curves", "Advice", "Confusion matrix", "Mistakes", "Attempts", "History", "End of the log"):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
