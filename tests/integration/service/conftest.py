import pytest
from lab import lab_on
from structlog.testing import capture_logs


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(autouse=True)
def logs():
    """What was logged, as dictionaries."""
    with capture_logs() as found:
        yield found


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
async def lab(anyio_backend, database_url):
    """A service on each kind of database; after every test the accounts must balance."""
    async with lab_on(database_url) as lab:
        yield lab
