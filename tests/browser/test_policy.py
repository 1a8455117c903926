"""The policy of the dashboard holds in the browser, and the tests would see where it did not."""

import pytest
from browser_watch import Watched
from playwright.sync_api import expect

INLINE = """
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
"""
MARKUP = "document.body.innerHTML = '<b>made from text</b>'"
STYLE = "document.body.setAttribute('style', 'color: red')"
ELSEWHERE = "fetch('http://elsewhere.test/').catch(() => {})"
IMAGE = "new Image().src = 'http://elsewhere.test/x.png'"
CODE = "Function('window.ran = true')()"


@pytest.fixture
def attacked(browser, site):
    """A page of which misdeeds are expected, and what was seen of them."""
    context = browser.new_context(base_url=site.address)
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("Token").fill(site.token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Studies", exact=True)).to_be_visible()
    yield page, Watched(page, site.address)
    context.close()


@pytest.mark.parametrize("script", [INLINE, MARKUP, STYLE, ELSEWHERE, IMAGE, CODE])
def test_what_the_policy_forbids_does_not_happen_and_is_seen(attacked, script):
    page, watched = attacked
    # As a handler of the page's own, since the policy does not hold for what tests evaluate.
    handler = f"() => setTimeout(() => {{ try {{ {script} }} catch (error) {{ console.error(error.message) }} }})"
    with page.expect_event("console", watched.is_misdeed):
        page.evaluate(handler)
    assert watched.errors
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.body.style.color") == ""
    expect(page.get_by_role("heading", name="Studies", exact=True)).to_be_visible()


def test_files_that_a_browser_has_are_not_asked_for_again(page, site):
    page.goto("/")
    expect(page.get_by_role("heading", name="Studies", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Studies", exact=True)).to_be_visible()
    sent = "performance.getEntriesByType('resource').filter(({ transferSize }) => transferSize > 0).map(({ name }) => name)"
    files = [name.removeprefix(f"{site.address}/static/") for name in page.evaluate(sent) if "/static/" in name]
    assert set(files) <= {"icon.svg"}  # which the modules name, who know no digest
