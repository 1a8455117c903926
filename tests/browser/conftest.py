"""A browser on a real server: Debian's Chromium, without a screen. Tests are skipped, with the reason, where there is none."""

import shutil
from functools import cache
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from browser_watch import Watched
from patience import SECONDS
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from processes import TOKEN, Processes

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


@pytest.fixture(scope="session")
def chromium():
    """Where the browser is."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no Chromium; Debian has one in the package chromium")
    return path


@pytest.fixture(scope="module")  # no longer: its event loop would be in the way of other tests of the process
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def servers(chromium, tmp_path_factory):
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
