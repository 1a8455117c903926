"""SQLite under `kill -9` of the server that writes, and on a disk that is full.

A pass means: every trial, value and end that a client was told of is stored, nothing is stored that nobody sent, all requests are answered
when they are sent again, and `hpsearch verify` finds nothing, with the clients' logs. CI: 50 kills. Large, 2,000:

    HPSEARCH_EFFORT=40 pytest tests/faults/processes/test_sqlite.py
"""

import random
import resource
import time

import pytest
from effort import seconds, tries
from faults.processes.forked import ForkedServer
from faults.processes.load import Load
from processes import TOKEN, Processes, wait_until

from hpsearch.client import Client

KILLS = tries(50)
FULL = 20_000
"""Bytes of a file that can still be written when the disk is full; a commit needs as many."""
STUDY = {
    "name": "s",
    "objective": "mine:train",
    "metric": "v",
    "space": {"x": {"type": "float", "low": 0.0, "high": 1.0}},
    "sampler": {"name": "random", "seed": 1},
}


class Site:
    """A SQLite file, the server that holds it now, and the load on it."""

    def __init__(self, folder, url, log="server.log"):
        self.folder = folder
        self.url = url
        self.server = ForkedServer(folder, url, log)
        with Client(self.server.address, TOKEN) as client:
            client.create_study(STUDY)
        self.load = Load(lambda: self.server.address, folder / "requests")

    def kill(self):
        self.server.kill()
        self.server = ForkedServer(self.folder, self.url)

    def check(self):
        """Fails where the accounts do not balance once all requests have been answered."""
        self.load.stop()
        Processes(self.folder).verify(self.url, self.load.log)


@pytest.fixture
def site(request, tmp_path, sqlite_url):
    site = Site(tmp_path, sqlite_url, *getattr(request, "param", ()))
    yield site
    site.load.give_up()
    site.server.kill()


@pytest.mark.slow
@pytest.mark.timeout(seconds(300))
def test_a_server_that_is_killed_while_it_writes_loses_nothing(site, tables):
    moments = random.Random(1)
    for _ in range(KILLS):
        heard = site.load.answers + moments.randint(1, 20)
        wait_until(lambda heard=heard: site.load.answers >= heard, "answers")
        time.sleep(moments.uniform(0.0, 0.005))  # some moment between two commits, or in one
        site.kill()
    site.check()
    counts = {"kills": KILLS, "answers": site.load.answers, "requests that failed": site.load.failures}
    tables.add("SQLite under kill -9", {(name, ""): count for name, count in counts.items()})
    assert site.load.failures >= KILLS / 2


@pytest.mark.slow
@pytest.mark.timeout(seconds(300))
@pytest.mark.parametrize("site", [("/dev/null",)], indirect=True, ids=[""])  # its log is no file, and has no limit
def test_a_full_disk_loses_nothing(site):
    """For a while no file may be written beyond its first few pages: the server fails, in the middle of its transactions."""
    for _ in range(5):
        heard = site.load.answers
        wait_until(lambda heard=heard: site.load.answers > heard + 20, "writes to succeed", 60)
        failed = site.load.failures
        resource.prlimit(site.server.pid, resource.RLIMIT_FSIZE, (FULL, resource.RLIM_INFINITY))
        wait_until(lambda failed=failed: site.load.failures > failed + 20, "writes to fail", 60)
        resource.prlimit(site.server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    site.check()
