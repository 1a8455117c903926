"""Sessions of browsers: as good as the token they came from, and for no longer."""

import pytest
from lab import TOKEN, Clock, lab_on
from sqlalchemy import select

from hpsearch.errors import Forbidden, Unauthorized
from hpsearch.identity import Identity, Scope
from hpsearch.service import access
from hpsearch.service.commands.sessions import MOST_SESSIONS, SESSION_SECONDS
from hpsearch.storage.tables import sessions
from hpsearch.wire.tokens import TokenRequest

pytestmark = pytest.mark.anyio
ADMIN = Identity("admin", Scope.ADMIN, token=1)


@pytest.fixture(autouse=True)
def monotonic(monkeypatch):
    """The process's clock, which stands still until it is moved."""
    now = [1000.0]
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    return now


async def make(lab, **fields):
    return await lab.service.create_token(TokenRequest(**{"name": "t", "scope": "user", **fields}))


def stored(lab):
    with lab.database.read() as connection:
        return connection.execute(select(sessions)).all()


async def test_a_session_is_the_holder_of_its_token(lab):
    made = await make(lab, name="ada", scope="viewer", project="vision")
    session = await lab.service.sign_in(made.token)
    assert await lab.service.authenticate_session(session) == Identity("ada", Scope.VIEWER, "vision", None, made.id)
    assert await lab.service.sign_in(made.token) != session
    assert len(session) >= 43
    assert session not in str(stored(lab))


async def test_sessions_and_tokens_do_not_stand_for_each_other(lab):
    session = await lab.service.sign_in(TOKEN)
    assert await lab.service.authenticate(session) is None
    assert await lab.service.authenticate_session(TOKEN) is None
    for wrong in ("", session, TOKEN + "x"):
        with pytest.raises(Unauthorized):
            await lab.service.sign_in(wrong)


async def test_it_ends_on_time_though_it_is_remembered(lab, monotonic):
    session = await lab.service.sign_in(TOKEN)
    for seconds in (SESSION_SECONDS - 1, 0.5, 0.5):
        monotonic[0] += seconds
        lab.clock.forward(seconds)
        over = monotonic[0] >= 1000 + SESSION_SECONDS
        assert (await lab.service.authenticate_session(session) is None) == over
    await lab.service.sign_in(TOKEN)
    assert len(stored(lab)) == 1  # what is over is forgotten


async def test_it_ends_with_its_token(lab, monotonic):
    short, revoked = await make(lab, expires_seconds=60), await make(lab)
    ending = {"short": await lab.service.sign_in(short.token), "revoked": await lab.service.sign_in(revoked.token)}
    staying = await lab.service.sign_in(TOKEN)
    for session in ending.values():
        assert await lab.service.authenticate_session(session) is not None
    await lab.service.revoke_token(revoked.id)
    assert await lab.service.authenticate_session(ending["revoked"]) is None
    with pytest.raises(Unauthorized):
        await lab.service.sign_in(revoked.token)
    monotonic[0] += 60
    lab.clock.forward(60)
    assert await lab.service.authenticate_session(ending["short"]) is None
    assert (await lab.service.authenticate_session(staying)).name == "admin"


async def test_signing_out_ends_one_session(lab):
    one, other = await lab.service.sign_in(TOKEN), await lab.service.sign_in(TOKEN)
    assert await lab.service.authenticate_session(one) is not None
    for _ in range(2):
        await lab.service.sign_out(one)
    assert await lab.service.authenticate_session(one) is None
    assert await lab.service.authenticate_session(other) is not None


async def test_workers_do_not_sign_in(lab):
    made = await make(lab, scope="worker")
    with pytest.raises(Forbidden, match="worker"):
        await lab.service.sign_in(made.token)
    assert stored(lab) == []


async def test_the_operator_signs_in_as_the_oldest_admin_that_is_left(lab):
    user, second = await make(lab), await make(lab, name="second", scope="admin")
    first = await lab.service.authenticate(TOKEN)
    assert await lab.service.authenticate_session(await lab.service.sign_in()) == first
    await lab.service.revoke_token(first.token, Identity("second", Scope.ADMIN, token=second.id))
    assert (await lab.service.authenticate_session(await lab.service.sign_in())).name == "second"
    await lab.service.revoke_token(second.id, Identity("t", Scope.USER, token=user.id))
    with pytest.raises(Unauthorized):
        await lab.service.sign_in()


async def test_the_oldest_of_many_end(lab):
    first = await lab.service.sign_in(TOKEN)
    other = await lab.service.sign_in((await make(lab)).token)
    for _ in range(MOST_SESSIONS):
        lab.clock.forward(1)
        newest = await lab.service.sign_in(TOKEN)
    assert len(stored(lab)) == MOST_SESSIONS + 1
    assert await lab.service.authenticate_session(first) is None
    for session in (other, newest):
        assert await lab.service.authenticate_session(session) is not None


@pytest.mark.postgres
async def test_a_session_is_good_at_every_replica(postgres_url, monotonic):
    clock = Clock()
    async with lab_on(postgres_url, clock) as one, lab_on(postgres_url, clock) as other:
        session = await one.service.sign_in(TOKEN)
        found = await other.service.authenticate_session(session)
        assert found is not None
        assert found == await one.service.authenticate(TOKEN)
        await one.service.sign_out(session)
        monotonic[0] += access.REMEMBERED_SECONDS
        assert await other.service.authenticate_session(session) is None
