"""Tokens: until when they let in, and what is noted of their use."""

import asyncio

import pytest

from hpsearch.errors import Conflict, NotFound
from hpsearch.identity import Identity, Scope
from hpsearch.service import access
from hpsearch.wire.tokens import TokenRequest

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def monotonic(monkeypatch):
    """The process's clock, which stands still until it is moved."""
    now = [1000.0]
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    return now


async def make(lab, **fields):
    return await lab.service.create_token(TokenRequest(**{"name": "t", "scope": "user", **fields}))


async def test_a_token_is_its_holder(lab):
    made = await make(lab, name="nodes", scope="worker", project="vision", studies=("a", "b"))
    assert await lab.service.authenticate(made.token) == Identity(
        "nodes", Scope.WORKER, "vision", frozenset({"a", "b"}), made.id
    )
    assert await lab.service.authenticate(made.token + "x") is None


async def test_a_token_ends_on_time_though_it_is_remembered(lab, monotonic):
    made = await make(lab, expires_seconds=5)
    assert await lab.service.authenticate(made.token) is not None
    for clock in (4.5, 0.5):
        monotonic[0] += clock
        lab.clock.forward(clock)
        assert (await lab.service.authenticate(made.token) is None) == (clock == 0.5)


async def test_a_revoked_token_ends_at_once(lab):
    made, mine = await make(lab), Identity("me", Scope.ADMIN, token=1)
    assert await lab.service.authenticate(made.token) is not None
    for _ in range(2):
        await lab.service.revoke_token(made.id, mine)
    assert await lab.service.authenticate(made.token) is None
    with pytest.raises(Conflict, match="that you use"):
        await lab.service.revoke_token(1, mine)
    with pytest.raises(NotFound, match="no token 99"):
        await lab.service.revoke_token(99, mine)


async def test_its_use_is_noted_once_a_minute(lab, monotonic):
    made = await make(lab)

    async def used():
        await lab.service.authenticate(made.token)
        await asyncio.sleep(0)
        await lab.service.sweep()  # behind the note in the queue
        return (await lab.service.list_tokens(10, None)).items[-1].last_used_at

    first = lab.clock.now
    assert await used() == first
    for seconds, noted in ((30, False), (29, False), (1, True)):
        monotonic[0] += seconds
        lab.clock.forward(seconds)
        assert (await used() == lab.clock.now) == noted


async def test_tokens_are_listed_in_pages_without_themselves(lab):
    made = [await make(lab, name=f"t{number}") for number in range(3)]
    page = await lab.service.list_tokens(2, None)
    rest = await lab.service.list_tokens(2, page.next_cursor)
    assert [token.name for token in (*page.items, *rest.items)] == ["admin", "t0", "t1", "t2"]
    assert rest.next_cursor is None
    assert not any(token.token in page.model_dump_json() + rest.model_dump_json() for token in made)
