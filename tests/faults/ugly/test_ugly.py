"""Ugly requests against the whole application. A pass means: whatever is sent, no answer is a 5xx, every refusal is a short problem with
a code (a 422 names a field) and without control characters, none costs more than 2 s of this process's time, memory stays
flat, and afterwards the accounts balance.

CI sends 20,000; `HPSEARCH_EFFORT=50 pytest tests/faults/ugly` sends 1,000,000. HPSEARCH_SEED is another sequence.
"""

import asyncio
import json
import logging
import os
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
import structlog
from effort import tries
from faults.ugly.corpus import Corpus, Ugly
from pydantic import SecretStr

from hpsearch.service import live
from hpsearch.service.verify import verify
from hpsearch.settings import Settings
from hpsearch.validation import UNSHOWABLE
from hpsearch_api.app import create_app
from hpsearch_migrations import open_database

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(0)]

TOKEN = "an-admin-token-of-the-tests"
EXAMPLE_LEASE = "5f1c0c7e4b0f4a0e9f1f0a2d8c6b7e31"
SECONDS_EACH = 2.0
"""Of this process's own time: another one that is busy does not count."""
HANG_SECONDS = 60.0
LARGEST_PROBLEM = 100_000
"""Bytes: no sender gets back what megabytes it sent."""
WARM_UP = 2_000
BYTES_MORE = 64 * 2**20
"""How much memory may grow after the warm-up, whatever the number of requests."""
PATHS = {"study": ["ugly", "gone", "name-1"], "number": ["0", "1"], "name": ["log"], "id": ["1"]}


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def app(anyio_backend, monkeypatch, tmp_path):
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(live, "STREAM_SECONDS", 0.0)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'ugly.db'}", admin_token=SecretStr(TOKEN))
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app
    database = open_database(settings.database_url)
    violations = [str(violation) for violation in verify(database)]
    database.close()
    assert violations == []


async def lease(app) -> str:
    """The lease of a trial of a study of ours."""
    headers = ((b"content-type", b"application/json"),)
    x = {"type": "float", "low": 0, "high": 1}
    for path, body in (
        ("/api/v1/studies", {"name": "ugly", "objective": "m:f", "space": {"x": x}, "sampler": {"name": "random"}}),
        ("/api/v1/ask", {"worker": "w", "request_id": "first"}),
    ):
        status, answer, _ = await send(app, Ugly("", "POST", path, "", headers, (json.dumps(body).encode(),)))
        assert status in {200, 201}, answer
    return json.loads(answer)["leases"][0]["lease"]


async def send(app, request: Ugly) -> tuple[int, bytes, dict[bytes, bytes]]:
    """Status, body and headers of the answer, of which there is exactly one."""
    waiting = list(request.chunks) or [b""]
    sent = []

    async def receive():
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}
        await asyncio.sleep(HANG_SECONDS)
        return {"type": "http.disconnect"}

    async def take(message):
        sent.append(message)

    ours = {b"host": b"localhost:8760", b"authorization": f"Bearer {TOKEN}".encode()}
    headers = list(request.headers)
    headers += [header for header in ours.items() if header[0] not in dict(headers)]
    raw = request.path.encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
        "raw_path": raw,
        "root_path": "",
        "query_string": request.query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8760),
        "state": {},
    }
    await asyncio.wait_for(app(scope, receive, take), HANG_SECONDS)
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1, sent
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return starts[0]["status"], body, dict(starts[0]["headers"])


def fault(status: int, body: bytes, headers: dict[bytes, bytes], method: str) -> str | None:
    """What is wrong with an answer."""
    if status >= 500:
        return f"{status}: {body[:300]!r}"
    if status < 400 or method == "HEAD":
        return None
    if headers.get(b"content-type") != b"application/problem+json":
        return f"{status} is no problem but {headers.get(b'content-type')!r}"
    if len(body) > LARGEST_PROBLEM:
        return f"a problem of {len(body)} bytes: {body[:300]!r}"
    if found := UNSHOWABLE.search(body.decode()):
        return f"a problem that shows {found[0]!r}"
    problem = json.loads(body)
    if not problem["code"] or problem["status"] != status or not problem["detail"]:
        return f"an empty problem: {problem}"
    if status == 422 and not all(found["field"] and found["message"] for found in problem["fields"] or [{"field": ""}]):
        return f"a 422 that names no field: {problem}"
    return None


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_whatever_is_sent(app, tables):
    seed = int(os.environ.get("HPSEARCH_SEED", "1"))
    corpus = Corpus(app.openapi(), seed, PATHS, {EXAMPLE_LEASE: await lease(app)})
    statuses, slowest, warm, began = Counter(), 0.0, 0, time.perf_counter()
    by_operation: dict[str, Counter[int]] = {}
    for number, request in enumerate(islice(corpus.requests(), tries(20_000))):
        before = time.process_time()
        status, body, headers = await send(app, request)
        slowest = max(slowest, spent := time.process_time() - before)
        wrong = fault(status, body, headers, request.method)
        assert wrong is None, f"{wrong}\nseed {seed}, request {number}: {request}"
        assert spent < SECONDS_EACH, f"{spent:.1f} s\nseed {seed}, request {number}: {request}"
        statuses[status] += 1
        by_operation.setdefault(request.operation, Counter())[status] += 1
        if number == WARM_UP:
            warm = resident()
    grown = resident() - warm if warm else 0
    tables.add("ugly requests", {("requests", str(status)): count for status, count in statuses.items()})
    spent = time.perf_counter() - began
    tables.note(
        "ugly requests",
        f"{spent:.0f} s, slowest {slowest:.2f} s of CPU, memory {grown / 2**20:+.1f} MiB after the first {WARM_UP:,}",
    )
    assert grown < BYTES_MORE
    # It must have been ugly, and not only: a corpus that is refused at the door finds nothing behind it.
    succeeded = {operation for operation, found in by_operation.items() if any(status < 400 for status in found)}
    refused = {operation for operation, found in by_operation.items() if any(status >= 400 for status in found)}
    assert refused == set(by_operation)
    assert len(succeeded) > len(by_operation) * 2 / 3, set(by_operation) - succeeded
