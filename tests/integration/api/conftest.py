import httpx2
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from hpsearch.service import live
from hpsearch.settings import Settings
from hpsearch_api.app import create_app

TOKEN = "an-admin-token-of-the-tests"
BASE = "http://hpsearch.test"


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(autouse=True)
def logs():
    """What was logged, as dictionaries."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture(autouse=True)
def _short_streams(monkeypatch):
    """The client of these tests reads an answer to its end."""
    monkeypatch.setattr(live, "STREAM_SECONDS", 0.0)


@pytest.fixture
def database_url():
    """Where the server keeps its data; a module that should run on more databases overrides it."""
    return "sqlite:///:memory:"


@pytest.fixture
def settings(monkeypatch, tmp_path, database_url):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return Settings(database_url=database_url, admin_token=SecretStr(TOKEN))


@pytest.fixture
async def app(anyio_backend, settings):
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def stranger(app):
    """A client without a token; paths are outside the base path."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=BASE) as client:
        yield client


@pytest.fixture
async def client(app):
    """A client with the admin's token; paths are below the base path."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=f"{BASE}/api/v1", headers=headers) as client:
        yield client


@pytest.fixture
async def nothing_stored(client):
    """Afterwards there is no study and no worker."""
    yield
    for path in ("/studies", "/workers"):
        assert (await client.get(path)).json()["items"] == []
