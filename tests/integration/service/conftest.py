import pytest
from databases import Shelf
from kinds import KINDS
from lab import Clock, lab_in
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


@pytest.fixture(scope="session")
def memory_shelf():
    yield from _shelf(lambda: "sqlite:///:memory:")


@pytest.fixture(scope="session")
def file_shelf(tmp_path_factory):
    yield from _shelf(lambda: f"sqlite:///{tmp_path_factory.mktemp('shelf') / 'hpsearch.db'}")


@pytest.fixture(scope="session")
def postgres_shelf(postgres):
    yield from _shelf(postgres.new)


def _shelf(address):
    shelf = Shelf(address)
    yield shelf
    shelf.close()


@pytest.fixture(params=KINDS)
async def lab(anyio_backend, request):
    """A service on each kind of database; after every test the accounts must balance."""
    shelf = request.getfixturevalue(f"{request.param}_shelf")
    clock = Clock()
    database = shelf.take(clock)
    async with lab_in(database, clock) as lab:
        yield lab
    shelf.give_back(database)
