"""Exports of many trials: in constant memory, and no longer than somebody reads them."""

import asyncio
import io
import tracemalloc
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from domain import study_of
from effort import tries
from pyarrow import parquet as pq
from sqlalchemy import insert, update

from hpsearch.identity import OWNER
from hpsearch.service import Service, reading
from hpsearch.settings import Settings
from hpsearch.storage.tables import studies, trials
from hpsearch_api import export, parquet
from hpsearch_migrations import open_database

pytestmark = pytest.mark.anyio

MANY = tries(25_000)
MOST_BYTES = 12_000_000
"""At a time. Half of the trials alone would take more, as views."""
NOW = datetime(2030, 1, 1, tzinfo=UTC)
FORMS = ("csv", "json", "jsonl", "parquet")


def fill(database, name, count):
    """Completed trials, without the attempts that they would have."""
    trial = {
        "state": "completed", "seed": 0, "seq": 2, "view_seq": 1, "final_seq": 2, "enqueued": False, "attempts": 1,
        "errors": 0, "expiries": 0, "releases": 0, "values": [0.5], "metrics": {"acc": 0.5}, "params": {"x": 0.5},
        "created_at": NOW, "started_at": NOW, "finished_at": NOW,
    }  # fmt: skip
    with database.write() as connection:
        found = update(studies).where(studies.c.name == name).values(next_number=count, completed=count)
        study_id = connection.execute(found.returning(studies.c.id)).scalar_one()
        connection.execute(
            insert(trials), [trial | {"study_id": study_id, "number": number} for number in range(count)]
        )


@pytest.fixture(scope="module")
def many_url(tmp_path_factory):
    """A file with a study of many trials."""
    folder = tmp_path_factory.mktemp("many")
    url = f"sqlite:///{folder / 'many.db'}"

    async def create():
        database = open_database(url)
        service = await Service.open(database, Settings(database_url=url, admin_token="x" * 40), tick_seconds=None)
        await service.create_study(study_of(name="s", objective="m:f"))
        await asyncio.to_thread(fill, database, "s", MANY)
        await service.close()

    asyncio.run(create())
    return url


@pytest.fixture
async def many(anyio_backend, many_url, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    service = await Service.open(open_database(many_url), Settings(database_url=many_url), tick_seconds=None)
    yield service
    await service.close()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
async def test_many_trials_are_exported_in_constant_memory(many, form):
    pa.array([1.0])  # the first one imports pandas, where that is installed
    response = await export.respond(many, "s", form, OWNER)
    arrow_before = pa.total_allocated_bytes()
    size = arrow = 0
    tracemalloc.start(1)
    try:
        async for piece in response.body_iterator:
            size += len(piece)
            arrow = max(arrow, pa.total_allocated_bytes() - arrow_before)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > {"csv": 100, "jsonl": 300, "parquet": 5}[form] * MANY
    assert peak < MOST_BYTES
    assert arrow < MOST_BYTES


async def create(app, client, count):
    space = {"x": {"type": "float", "low": 0, "high": 1}}
    assert (await client.post("/studies", json={"name": "s", "objective": "m:f", "space": space})).status_code == 201
    await asyncio.to_thread(fill, app.state.service._database, "s", count)


class Leaver:
    """A client who goes away: at the second piece, which it never takes."""

    def __init__(self, app, client, monkeypatch):
        self.read, self.pieces, self.status = 0, 0, None
        self._app, self._token, self._gone = app, client.headers["Authorization"], asyncio.Event()
        read_page = reading.queries.trials_after

        def noted(*arguments):
            self.read += 1
            return read_page(*arguments)

        monkeypatch.setattr(reading.queries, "trials_after", noted)
        monkeypatch.setattr(reading, "EXPORT_PAGE", 1)
        monkeypatch.setattr(parquet, "ROW_GROUP", 1)

    async def get(self, form):
        path = "/api/v1/studies/s/export"
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "", "query_string": f"format={form}".encode(),
            "headers": [(b"host", b"hpsearch.test"), (b"authorization", self._token.encode())],
            "client": ("127.0.0.1", 1), "server": ("hpsearch.test", 80),
        }  # fmt: skip
        await self._app(scope, self._receive, self._send)

    async def _receive(self):
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        self.status = self.status or message["status"]
        self.pieces += bool(message.get("body"))
        if self.pieces == 2:
            self._gone.set()
            await asyncio.Event().wait()


async def read_no_more(leaver, client):
    """But for the page that was under way."""
    read = leaver.read
    for _ in range(5):
        assert (await client.get("/studies/s/trials/0")).status_code == 200
    return leaver.read <= read + 1


@pytest.mark.parametrize("form", FORMS)
async def test_when_the_client_has_gone_no_more_is_read(app, client, monkeypatch, form):
    await create(app, client, 40)
    leaver = Leaver(app, client, monkeypatch)
    await leaver.get(form)
    assert (leaver.status, leaver.pieces) == (200, 2)
    assert 0 < leaver.read < 41
    assert await read_no_more(leaver, client)


async def test_parquet_has_the_table_of_csv(app, client):
    await create(app, client, 3)
    response = await client.get("/studies/s/export?format=parquet")
    assert response.headers["content-type"] == "application/vnd.apache.parquet"
    assert response.headers["content-disposition"] == 'attachment; filename="s.parquet"'
    found = pq.read_table(io.BytesIO(response.content))
    header, *rows = (await client.get("/studies/s/export")).text.splitlines()
    assert ",".join(found.column_names) == header
    assert found["number"].to_pylist() == [0, 1, 2]
    assert len(rows) == 3
    assert found["finished_at"].to_pylist() == [NOW] * 3
