"""A browser on a real server: Debian's Chromium, without a screen. Tests are skipped, with the reason, where there is none."""

import shutil
from functools import cache
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from patience import SECONDS
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from processes import TOKEN, Processes

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE = {"width": 1360, "height": 900}

expect.set_options(timeout=SECONDS / 4 * 1000)


class Site:
    """A server, and a project of the test's own on it: `token` may do everything there."""

    def __init__(self, address: str, project: str = "default") -> None:
        self.address = address
        self.project = project
        self.token = TOKEN if project == "default" else self._new_token(project)
        self.api = self._client(self.token)

    def _new_token(self, project: str) -> str:
        with self._client(TOKEN) as owner:
            body = {"name": "admin", "scope": "admin", "project": project}
            token: str = owner.post("/tokens", json=body).json()["token"]
            return token

    def _client(self, token: str) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx2.Client(base_url=f"{self.address}/api/v1", headers=headers, timeout=SECONDS)


class Watched:
    """What a page did that it should not: errors, refused by its policy or not caught, and requests to elsewhere."""

    def __init__(self, page: Page, address: str) -> None:
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._on_console)
        page.on("request", lambda request: self._on_request(request.url, address))

    def _on_console(self, message) -> None:
        # A server that is gone, or that refuses, is an error of the network; the tests of both look at what the page says.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.errors.append(message.text)

    def _on_request(self, url: str, address: str) -> None:
        if not url.startswith(f"{address}/"):
            self.elsewhere.append(url)


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no Chromium; Debian has one in the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def servers(browser, tmp_path_factory):
    """The address of the server on each kind of database; it is started at its first test, and serves them all."""
    processes = Processes(tmp_path_factory.mktemp("servers"))

    @cache
    def address(database: Path | str) -> str:
        return processes.serve(database)[1]

    yield address
    processes.close()


@pytest.fixture
def database(tmp_path_factory):
    """Where the server keeps its data; a module that should run on more databases overrides it."""
    return tmp_path_factory.getbasetemp() / "browser.db"


@pytest.fixture
def site(servers, database):
    site = Site(servers(database), f"p{uuid4().hex}")
    yield site
    site.api.close()


@pytest.fixture
def new_page(browser: Browser, site: Site):
    """Makes pages, each in a browser of its own; whatever they do elsewhere, or refuse by their policy, fails the test."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    def make(token: str | None = site.token, **options) -> Page:
        context = browser.new_context(base_url=site.address, **{"viewport": WIDE, "reduced_motion": "reduce"} | options)
        contexts.append(context)
        page = context.new_page()
        watched.append(Watched(page, site.address))
        if token is not None:
            page.goto("/login")
            page.get_by_label("Token").fill(token)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(f"{site.address}/")
        return page

    yield make
    for context in contexts:
        context.close()
    assert [error for one in watched for error in one.errors] == []
    assert [url for one in watched for url in one.elsewhere] == []


@pytest.fixture
def page(new_page) -> Page:
    """The dashboard, signed in."""
    return new_page()
