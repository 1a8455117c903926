import json

import pytest
from cli_views import MOMENT
from peer import Answer

from hpsearch.wire.base import Page
from hpsearch.wire.tokens import TokenCreated, TokenView

TOKEN = "made-of-256-random-bits"


def view(**fields):
    known = {"id": 2, "name": "nodes", "scope": "worker", "project": "vision", "studies": ["s"], "created_at": MOMENT}
    times = {"expires_at": None, "last_used_at": None, "revoked_at": None}
    return TokenView.model_validate({**known, **times, **fields})


@pytest.fixture
def made(peer):
    created = TokenCreated(**view().model_dump(), token=TOKEN)
    peer.on("POST", "/api/v1/tokens", Answer(201, created))


def test_a_token_is_made_and_is_all_that_standard_output_has(cli, peer, made):
    options = ("--project", "vision", "--study", "s", "--study", "t", "--expires-days", 1.5)
    found = cli("token", "create", "nodes", "--scope", "worker", *options)
    assert (found.code, found.out) == (0, f"{TOKEN}\n")
    assert found.err == "Token 2 of project vision; it is not shown again:\n"
    assert json.loads(peer.seen[-1].body) == {
        "name": "nodes",
        "scope": "worker",
        "project": "vision",
        "studies": ["s", "t"],
        "expires_seconds": 129_600,
    }
    assert json.loads(cli("token", "create", "nodes", "--scope", "worker", "--json").out)["token"] == TOKEN


def test_a_scope_that_there_is_not(cli, peer):
    found = cli("token", "create", "nodes", "--scope", "root")
    assert found.code == 2
    assert "scope: must be 'admin', 'user', 'viewer' or 'worker'" in found.err


def test_tokens_are_listed(cli, peer):
    views = [
        view(id=1, scope="admin", studies=None, last_used_at=MOMENT),
        view(revoked_at=MOMENT),
        view(id=3, expires_at=MOMENT),
        view(id=4, expires_at="2999-01-01T00:00:00Z"),
    ]
    peer.on("GET", "/api/v1/tokens", Answer(200, Page[TokenView](items=views)))
    lines = [line.split("\t") for line in cli("token", "list").out.splitlines()]
    assert [line[0] for line in lines] == ["id", "1", "2", "3", "4"]
    assert lines[1][2:7] == ["admin", "vision", "-", "valid", "2026-01-01 00:00:00Z"]
    assert [line[5] for line in lines[2:]] == [
        "revoked",
        "expired 2026-01-01 00:00:00Z",
        "until 2999-01-01 00:00:00Z",
    ]
    assert [one["id"] for one in json.loads(cli("token", "list", "--json").out)] == [1, 2, 3, 4]
    assert "more than 2" in cli("token", "list", "--limit", 2).err


def test_a_token_is_revoked(cli, peer):
    peer.on("DELETE", "/api/v1/tokens/2", Answer(204))
    found = cli("token", "revoke", 2)
    assert (found.code, found.out, found.err) == (0, "", "Revoked token 2.\n")
    assert json.loads(cli("token", "revoke", 2, "--json").out) == {"id": 2}
