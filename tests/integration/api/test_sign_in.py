"""Browsers: sign-in by a form or by the server's link, what the cookie is good for, and what it is not."""

import re
from http.cookies import SimpleCookie
from pathlib import Path

import httpx2
import pytest

from hpsearch.service import access
from hpsearch.service.commands.sessions import SESSION_SECONDS
from hpsearch_api import files, pages
from hpsearch_api.rates import BURST_SECONDS, Rates
from hpsearch_api.sign_in_link import LINK_SECONDS, SignInLink

pytestmark = pytest.mark.anyio

TOKEN = "an-admin-token-of-the-tests"
BASE = "http://hpsearch.test"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
STUDY = {"name": "s", "objective": "m:f", "space": {"x": {"type": "float", "low": 0, "high": 1}}}


@pytest.fixture
def clock(app):
    """The clock of the link and of the tries to sign in."""
    now = [50.0]
    app.state.link = SignInLink(lambda: now[0])
    app.state.sign_ins = Rates(1.0, lambda: now[0])
    return now


async def sign_in(stranger, headers=None, **form):
    """The answer to the form; `stranger` keeps no cookie of it."""
    answer = await stranger.post("/login", data=form or {"token": TOKEN}, headers=headers)
    stranger.cookies.clear()
    return answer


def cookie_of(answer):
    [(name, morsel)] = SimpleCookie(answer.headers["set-cookie"]).items()
    return name, morsel


async def signed_in(stranger, **form):
    """The header that a browser sends from now on."""
    answer = await sign_in(stranger, **form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    name, morsel = cookie_of(answer)
    return {"Cookie": f"{name}={morsel.value}"}


async def test_a_token_opens_a_session_for_this_site_alone(stranger):
    answer = await sign_in(stranger)
    name, morsel = cookie_of(answer)
    assert (answer.status_code, answer.headers["location"], answer.text) == (303, "/", "")
    assert answer.headers["cache-control"] == "no-store"
    assert name == "hpsearch_session"
    assert (morsel["httponly"], morsel["samesite"], morsel["path"], morsel["secure"]) == (True, "Strict", "/", "")
    assert (morsel["max-age"], morsel["domain"]) == (str(int(SESSION_SECONDS)), "")
    assert TOKEN not in answer.headers["set-cookie"]


@pytest.mark.parametrize("base", ["https://hpsearch.test", BASE], ids=["https", "behind-a-proxy-with-https"])
async def test_over_https_the_cookie_is_for_https_alone(app, base):
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=base) as browser:
        name, morsel = cookie_of(await sign_in(browser, {"Origin": "https://hpsearch.test"}))
        assert (name, morsel["secure"], morsel["path"]) == ("__Host-hpsearch_session", True, "/")
        answer = await browser.get("/api/v1/studies", headers={"Cookie": f"{name}={morsel.value}"})
        assert answer.status_code == 200


async def test_a_session_reads(stranger):
    cookie = await signed_in(stranger)
    for path in ("/api/v1/studies", "/metrics", "/"):
        for method in ("GET", "HEAD"):
            assert (await stranger.request(method, path, headers=cookie)).status_code == 200
    page = await stranger.get("/", headers=cookie)
    assert "<strong>admin</strong>: scope admin, project default" in page.text
    assert 'name="sign_out"' in page.text


async def test_a_session_writes_with_the_header_alone(stranger):
    cookie = await signed_in(stranger)
    for method, path in (
        ("POST", "/studies"),
        ("PATCH", "/studies/s"),
        ("DELETE", "/studies/s"),
        ("TRACE", "/studies"),
    ):
        answer = await stranger.request(method, f"/api/v1{path}", json=STUDY, headers=cookie)
        assert (answer.status_code, answer.json()["code"]) == (403, "session_header_missing")
    for value in ("1", ""):
        headers = cookie | {"X-Hpsearch": value}
        answer = await stranger.post("/api/v1/studies", json=STUDY | {"name": f"s{value}"}, headers=headers)
        assert answer.status_code == 201
    # A token in a header needs none: no page of another site can make a browser send that either.
    bearing = {"Authorization": f"Bearer {TOKEN}"}
    assert (await stranger.delete("/api/v1/studies/s1", headers=bearing)).status_code == 204


async def test_a_viewers_session_does_not_write(client, stranger):
    token = (await client.post("/tokens", json={"name": "v", "scope": "viewer"})).json()["token"]
    headers = await signed_in(stranger, token=f" {token}\n") | {"X-Hpsearch": "1"}
    assert (await stranger.get("/api/v1/studies", headers=headers)).status_code == 200
    answer = await stranger.post("/api/v1/studies", json=STUDY, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "<strong>v</strong>: scope viewer" in (await stranger.get("/", headers=headers)).text


async def test_a_revoked_token_ends_its_sessions(client, stranger):
    made = (await client.post("/tokens", json={"name": "u", "scope": "user"})).json()
    cookie = await signed_in(stranger, token=made["token"])
    assert (await stranger.get("/api/v1/studies", headers=cookie)).status_code == 200
    await client.delete(f"/tokens/{made['id']}")
    assert (await stranger.get("/api/v1/studies", headers=cookie)).status_code == 401
    assert (await sign_in(stranger, token=made["token"])).status_code == 401


async def test_signing_out_ends_the_session_and_takes_the_cookie(stranger):
    cookie = await signed_in(stranger)
    for _ in range(2):  # a second time it is over already
        answer = await sign_in(stranger, cookie, sign_out="1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        _, morsel = cookie_of(answer)
        assert (morsel.value, morsel["max-age"]) == ("", "0")
        assert (await stranger.get("/", headers=cookie)).status_code == 401


@pytest.mark.parametrize(
    "cookie",
    [
        f"hpsearch_session={TOKEN}",
        "hpsearch_session=",
        "hpsearch_session",
        "other={0}",
        "hpsearch_session={0}x",
        "hpsearch_session={0}; hpsearch_session={0}",
        "__Host-hpsearch_session=x; hpsearch_session={0}",
        "HPSEARCH_SESSION={0}",
    ],
)
async def test_what_is_no_session(stranger, cookie):
    good = (await signed_in(stranger))["Cookie"].partition("=")[2]
    answer = await stranger.get("/api/v1/studies", headers={"Cookie": cookie.format(good)})
    assert answer.status_code == 401
    answer = await stranger.get("/api/v1/studies", headers={"Cookie": f"a=b; hpsearch_session={good};c"})
    assert answer.status_code == 200


async def test_who_sends_an_authorization_is_known_by_that_alone(stranger):
    cookie = await signed_in(stranger)
    for given in ("Bearer not-the-token-at-all", "Basic x", ""):
        answer = await stranger.get("/api/v1/studies", headers=cookie | {"Authorization": given})
        assert answer.status_code == 401
    secret = cookie["Cookie"].partition("=")[2]
    answer = await stranger.get("/api/v1/studies", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


async def test_no_other_page_signs_anybody_in_or_out(stranger):
    cookie = await signed_in(stranger)
    for form in ({"token": TOKEN}, {"sign_out": "1"}):
        for origin in ("http://evil.example", "null"):
            answer = await stranger.post("/login", data=form, headers=cookie | {"Origin": origin})
            assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert (await stranger.get("/", headers=cookie)).status_code == 200


# The link


async def test_a_link_signs_in_once(app, stranger, clock):
    path = app.state.link.draw()
    code = path.partition("=")[2]
    for _ in range(2):  # whoever fetches links ahead spends nothing
        page = await stranger.get(path)
        assert (page.status_code, "set-cookie" in page.headers) == (200, False)
        assert f'<input type="hidden" name="code" value="{code}">' in page.text
    cookie = await signed_in(stranger, code=code)
    assert "<strong>admin</strong>" in (await stranger.get("/", headers=cookie)).text
    again = await sign_in(stranger, code=code)
    assert (again.status_code, "set-cookie" in again.headers) == (401, False)
    assert "This link was used already" in again.text


async def test_a_link_is_good_for_five_minutes(app, stranger, clock):
    for seconds, status in ((LINK_SECONDS - 1, 303), (LINK_SECONDS, 401)):
        code = app.state.link.draw().partition("=")[2]
        clock[0] += seconds
        assert (await sign_in(stranger, code=code)).status_code == status


async def test_a_link_is_of_one_process_and_the_newest(app, stranger, clock):
    first, elsewhere = app.state.link.draw(), SignInLink().draw()
    newest = app.state.link.draw()
    assert len({first, elsewhere, newest}) == 3
    codes = [link.partition("=")[2] for link in (first, elsewhere, newest)]
    assert min(map(len, codes)) >= 43
    assert [(await sign_in(stranger, code=code)).status_code for code in codes] == [401, 401, 303]


async def test_there_is_no_link_before_one_is_drawn(stranger):
    assert (await sign_in(stranger, code="None")).status_code == 401


async def test_a_link_of_an_admin_who_is_gone(app, client, stranger, clock):
    other = (await client.post("/tokens", json={"name": "a", "scope": "admin"})).json()
    for token, number in ((other["token"], 1), (TOKEN, other["id"])):
        await client.delete(f"/tokens/{number}", headers={"Authorization": f"Bearer {token}"})
    code = app.state.link.draw().partition("=")[2]
    cookie = await signed_in(stranger, code=code)
    assert "<strong>a</strong>" in (await stranger.get("/", headers=cookie)).text


# What is refused


async def test_a_wrong_token_is_asked_for_again(client, stranger):
    worker = (await client.post("/tokens", json={"name": "w", "scope": "worker"})).json()["token"]
    for token, status, said in (
        (TOKEN + "x", 401, "unknown, revoked, or over"),
        ("", 401, "unknown, revoked, or over"),
        ("\0\N{SNOWMAN}", 401, "unknown, revoked, or over"),
        (worker, 403, "token of a worker"),
    ):
        answer = await sign_in(stranger, token=token)
        assert (answer.status_code, "set-cookie" in answer.headers) == (status, False)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert said in answer.text
        assert 'name="token"' in answer.text
        assert not token.strip("\0") or token not in answer.text


async def test_tries_of_one_address_are_limited(app, stranger, clock):
    statuses = [(await sign_in(stranger, token="x")).status_code for _ in range(int(BURST_SECONDS) + 2)]
    assert statuses == [401] * int(BURST_SECONDS) + [429, 429]
    assert (await sign_in(stranger)).status_code == 429  # the right one as well
    transport = httpx2.ASGITransport(app, client=("192.0.2.7", 1))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as elsewhere:
        assert (await sign_in(elsewhere)).status_code == 303
    clock[0] += 1
    assert (await sign_in(stranger)).status_code == 303


async def test_addresses_of_one_network_of_ipv6_count_as_one(app, clock):
    statuses = []
    for number in range(int(BURST_SECONDS) + 1):
        transport = httpx2.ASGITransport(app, client=(f"2001:db8::{number:x}", 1))
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as one:
            statuses.append((await sign_in(one, token="x")).status_code)
    assert statuses[-2:] == [401, 429]


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"", "application/x-www-form-urlencoded", 422),
        (b"other=1", "application/x-www-form-urlencoded", 422),
        (b"token=a&token=b", "application/x-www-form-urlencoded", 422),
        (b"token=a&code=b", "application/x-www-form-urlencoded", 422),
        (b"token=a&x=b", "application/x-www-form-urlencoded", 422),
        (b"token=a&x=1&y=2&z=3", "application/x-www-form-urlencoded", 422),
        (b"token=" + b"a" * 20_000, "application/x-www-form-urlencoded", 422),
        (b"token=\xff", "application/x-www-form-urlencoded", 422),
        (b'{"token": "a"}', "application/json", 415),
        (b"token=a", "text/plain", 415),
    ],
)
async def test_what_is_no_form(stranger, body, media_type, status):
    answer = await stranger.post("/login", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


# Pages


async def test_who_opens_a_page_unknown_is_asked_to_sign_in(stranger):
    for path in ("/", "/nothing", "/api/v1/studies"):
        answer = await stranger.get(path, headers=HTML)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
        assert 'name="token"' in answer.text
        assert (await stranger.post(path, headers=HTML)).json()["code"] == "unauthorized"


async def test_pages_load_nothing_from_elsewhere_and_run_nothing(stranger):
    for path in ("/login", "/login?code=x"):
        page = await stranger.get(path)
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert {"frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} <= set(policy.split("; "))
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script|<style|\bon\w+=|\bstyle=|https?:", page.text)


async def test_what_is_shown_is_text(stranger):
    page = await stranger.get("/login", params={"code": '"><script>alert(1)</script>'})
    assert "<script" not in page.text
    assert "&quot;&gt;&lt;script&gt;" in page.text


async def test_static_files_are_those_of_the_folder_and_no_others(stranger):
    folder = Path(files.__file__).parent / "static"
    served = [path for path in folder.rglob("*") if path.is_file() and path.name != "LICENSE"]
    assert {f"/static/{path.relative_to(folder)}" for path in served} == set(files.FILES)
    for path, file in files.FILES.items():
        assert (await stranger.get(files.lasting(path))).content == file.content
        answer = await stranger.get(path)
        assert (answer.content, answer.headers["x-content-type-options"]) == (file.content, "nosniff")
        assert answer.headers["content-type"].startswith(file.media_type)
    for path in (
        "/static",
        "/static/",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/style.css/",
        "/static//style.css",
        "/static/@/style.css",
        f"/static/@{'0' * 16}",
        f"/static/@{'0' * 16}/@{'0' * 16}/style.css",
        f"/static/@{'0' * 16}/../app.py",
    ):
        assert (await stranger.get(path)).status_code == 401
    cookie = await signed_in(stranger)
    for page in ("/", pages.LOGIN):
        for link in re.findall(r'(?:href|src)="(/static/[^"]+)"', (await stranger.get(page, headers=cookie)).text):
            assert files.lasts(link)
            assert files.find(link) is not None


async def test_neither_code_nor_session_is_logged(app, stranger, clock, logs, monkeypatch):
    code = app.state.link.draw().partition("=")[2]
    await stranger.get("/login", params={"code": code})
    cookie = await signed_in(stranger, code=code)
    monkeypatch.setattr(access, "REMEMBERED_SECONDS", 0.0)
    await stranger.get("/", headers=cookie)
    assert {line["path"] for line in logs if line["event"] == "request"} == {"/", "/login"}
    assert code not in str(logs)
    assert cookie["Cookie"].partition("=")[2] not in str(logs)
