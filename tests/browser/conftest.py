"""A browser on a real server: Debian's Chromium, without a screen. Tests are skipped, with the reason, where there is none."""

import shutil
from collections import defaultdict
from contextlib import suppress
from functools import cache
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from browser_watch import FLAGS, Watched
from commit import drawn
from effort import EFFORT
from patience import SECONDS
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright
from processes import TOKEN, Processes, wait_until

WIDE = {"width": 1360, "height": 900}

ALWAYS = {"test_access", "test_policy", "test_report", "test_sign_in", "test_studies", "test_study"}
"""Modules that CI runs whole: what holds of every page, and what people do first."""
SHARE = 0.15
"""Of the other tests CI draws so many for each commit; `HPSEARCH_EFFORT=7` runs all."""


def pytest_collection_modifyitems(config, items):
    """Leaves out what is not drawn: a page takes Chromium a second of a processor."""
    here = Path(__file__).parent
    out = [item for item in items if here in item.path.parents and item.path.stem not in ALWAYS and not _is_drawn(item)]
    if out:
        items[:] = [item for item in items if item not in set(out)]
        config.hook.pytest_deselected(items=out)


def _is_drawn(item):
    return drawn(item.nodeid).random() < SHARE * EFFORT


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

    def session(self, token: str) -> list[dict[str, str]]:
        """What a browser has that signed in with this token."""
        with httpx2.Client(base_url=self.address, timeout=SECONDS) as browser:

            def is_let_in() -> bool:
                answer = browser.post("/login", data={"token": token}, headers={"Origin": self.address})
                assert answer.status_code in {303, 429}  # one a second in the long run
                return answer.status_code == 303

            wait_until(is_let_in, "to be let in")
            return [{"name": name, "value": value, "url": self.address} for name, value in browser.cookies.items()]

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


@pytest.fixture(scope="session")
def kept_sqlite(tmp_path_factory):
    """A database for all tests: each has a project of its own."""
    return tmp_path_factory.getbasetemp() / "browser.db"


@pytest.fixture(scope="session")
def kept_postgres(postgres):
    """Another one."""
    return postgres.new()


@pytest.fixture
def database(kept_sqlite):
    """Where the server keeps its data; a module that should run on both databases takes `each_database` in its place."""
    return kept_sqlite


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def each_database(request):
    """SQLite, and PostgreSQL."""
    return request.getfixturevalue(f"kept_{request.param}")


@pytest.fixture
def site(servers, database):
    site = Site(servers(database), f"p{uuid4().hex}")
    yield site
    site.api.close()


@pytest.fixture(scope="module")
def contexts(browser: Browser):
    """Browsers that nobody uses, by the server's address: one that has the dashboard in its cache opens it in half the time."""
    return defaultdict[str, list[BrowserContext]](list)


@pytest.fixture
def new_page(browser: Browser, site: Site, contexts):
    """Makes pages, signed in unless there is no token, each in a browser of its own with nothing of others in it.

    Whatever they do elsewhere, or refuse by their policy, fails the test.
    """
    usual = contexts[site.address]
    made: list[tuple[Page, bool]] = []
    watched: list[Watched] = []

    def make(token: str | None = site.token, at: str | None = "/", **options) -> Page:
        if usual and not options:
            context = usual.pop()
        else:
            given = {"viewport": WIDE, "reduced_motion": "reduce"} | options
            context = browser.new_context(base_url=site.address, **given)
        page = context.new_page()
        made.append((page, not options))
        watched.append(Watched(page, site.address))
        if token is not None:
            context.add_cookies(site.session(token))  # the form is what test_sign_in.py is about
            if at is not None:
                page.goto(at)
        return page

    yield make
    for page, is_usual in made:
        context = page.context
        if is_usual:
            for opened in context.pages:
                with suppress(Error):  # where it was closed, or shows no document of ours
                    opened.evaluate("localStorage.clear()")
                opened.close()
            context.clear_cookies()
            usual.append(context)
        else:
            context.close()
    assert [error for one in watched for error in one.errors] == []
    assert [url for one in watched for url in one.elsewhere] == []


@pytest.fixture
def page(new_page) -> Page:
    """A browser that is signed in, and shows nothing yet."""
    return new_page(at=None)


@pytest.fixture
def home(new_page) -> Page:
    """One that shows the studies."""
    return new_page()
