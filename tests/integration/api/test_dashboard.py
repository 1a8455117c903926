"""The dashboard's document, its policy, its files, and the check of a study that it asks for."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from hpsearch.identity import OWNER
from hpsearch_api import dashboard
from hpsearch_api.files import FILES, lasting

pytestmark = pytest.mark.anyio

TOKEN = "an-admin-token-of-the-tests"
BEARING = {"Authorization": f"Bearer {TOKEN}"}
STUDY = {"name": "s", "objective": "m:f", "space": {"x": {"type": "float", "low": 0, "high": 1}}}
PATHS = [path.format(study="s", number=3) for path in dashboard.PATHS]


class Links(HTMLParser):
    """What a document loads, and the scripts that are written in it."""

    def __init__(self, text):
        super().__init__()
        self.loaded = []
        self.inline = []
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._script = tag == "script" and "src" not in given
        self.loaded += [given[name] for name in ("src", "href") if name in given]
        assert not [name for name in given if name.startswith("on") or name == "style"]
        assert tag != "style"

    def handle_data(self, data):
        if self._script:
            self.inline.append(data)
            self._script = False


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_is_one_document_that_loads_files_of_ours_alone(stranger, path):
    page = await stranger.get(path, headers=BEARING)
    assert page.status_code == 200
    links = Links(page.text)
    assert set(links.loaded) <= {lasting(path) for path in FILES}
    assert lasting("/static/main.js") in links.loaded
    assert not re.search(r"https?:", page.text)
    assert page.text == (await stranger.get("/", headers=BEARING)).text


async def test_the_policy_lets_the_import_map_run_and_nothing_else_that_is_inline(stranger):
    page = await stranger.get("/", headers=BEARING)
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    [inline] = Links(page.text).inline
    digest = b64encode(sha256(inline.encode()).digest()).decode()
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["style-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in str(policy)
    assert page.headers["cache-control"] == "no-store"


def test_a_name_with_markup_is_text():
    text = dashboard.document(replace(OWNER, name='"><script>alert(1)</script>')).body.decode()
    assert "<script>alert" not in text
    assert text.count("&quot;&gt;&lt;script&gt;") == 2


async def test_without_the_third_party_modules_the_page_says_what_to_run(stranger, monkeypatch):
    monkeypatch.setattr(dashboard, "FILES", {"/static/main.js": FILES["/static/main.js"]})
    page = await stranger.get("/", headers=BEARING)
    assert page.status_code == 200
    assert "make setup" in page.text
    assert 'name="sign_out"' in page.text
    assert "<script" not in page.text


async def test_files_that_a_browser_has_are_not_sent_again(stranger):
    first = await stranger.get("/static/main.js")
    assert first.headers["cache-control"] == "no-cache"
    again = await stranger.get("/static/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (await stranger.get("/static/main.js", headers={"If-None-Match": '"other"'})).status_code == 200


async def test_files_by_the_digest_of_all_are_never_asked_for_again(stranger):
    kept = await stranger.get(lasting("/static/charts/axis.js"))
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.content == FILES["/static/charts/axis.js"].content
    # A page from before an upgrade gets what there is, and does not keep it under the old name.
    other = await stranger.get(f"/static/@{'0' * 16}/charts/axis.js")
    assert (other.status_code, other.headers["cache-control"]) == (200, "no-cache")
    assert other.content == kept.content


async def test_a_checked_study_has_its_defaults_and_does_not_exist(client, nothing_stored):
    answer = await client.post("/check", json=STUDY)
    assert answer.status_code == 200
    assert answer.json()["sampler"]["name"] == "tpe"
    assert answer.json()["attempts"]["errors"] == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"space": {"x": {"type": "float", "low": 2, "high": 1}}}, "space.x.low"),
        ({"budget": {"max_trials": 0}}, "budget.max_trials"),
        ({"objective": "flax/mlp", "settings": {"data": {"name": "digits"}, "epochs": 3}}, "settings.epochs"),
        ({"objective": "flax/nothing"}, "objective"),
    ],
)
async def test_a_check_says_what_creating_would_say(client, nothing_stored, changes, field):
    checked = await client.post("/check", json=STUDY | changes)
    created = await client.post("/studies", json=STUDY | changes)
    assert (checked.status_code, checked.json()["fields"]) == (422, created.json()["fields"])
    assert field in [found["field"] for found in checked.json()["fields"]]
