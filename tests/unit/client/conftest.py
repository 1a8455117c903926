import pytest
import stamina
from peer import Peer

from hpsearch.client import Client


@pytest.fixture
def peer():
    peer = Peer()
    yield peer
    peer.close()


@pytest.fixture
def client(peer):
    with Client(peer.address, "secret-token") as client:
        yield client


@pytest.fixture(autouse=True)
def no_waits():
    """Retries as in production, without the waits between them (Retry-After included)."""
    with stamina.set_testing(True, attempts=4, cap=True):
        yield
