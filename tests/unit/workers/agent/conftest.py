import pytest
from verbs_peer import VerbsPeer

from hpsearch.client import Client
from hpsearch_workers.agent.spool import Spool


@pytest.fixture
def peer():
    peer = VerbsPeer()
    yield peer
    peer.close()


@pytest.fixture
def client(peer):
    with Client(peer.address, "t", retry_seconds=0) as client:
        yield client


@pytest.fixture
def spool(tmp_path):
    with Spool(tmp_path / "w") as spool:
        spool.hold({"token-0": "s/0", "token-1": "s/1"})
        yield spool
