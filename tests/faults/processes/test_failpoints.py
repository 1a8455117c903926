"""A server is killed at each point of each verb, on both databases; the request is sent again to the next one.

A pass means: whatever the point, the verb was done once when the repeat is answered; what was committed before the kill was there before
the repeat, and what was not, was not; and `hpsearch verify` finds nothing, nor after the same points under load, with the clients' logs.
CI runs all points. Large, 50 rounds:

    HPSEARCH_EFFORT=50 pytest tests/faults/processes/test_failpoints.py
"""

import pytest
from effort import seconds, tries
from faults.processes.forked import COMMANDS, PLACES, ForkedServer
from faults.processes.load import Load
from processes import TOKEN, Processes, wait_until
from sqlalchemy import select

from hpsearch.client import Client
from hpsearch.errors import ServerUnreachable
from hpsearch.service.verify import verify
from hpsearch.storage import Database
from hpsearch.storage.tables import attempts
from hpsearch.wire.verbs import Ask, ReportItem, TellItem

DONE = PLACES[2:]
"""Where the verb is done, though nobody may have heard so."""


class Site:
    """One database, and the server on it that lives now."""

    def __init__(self, folder, database_url):
        self.folder = folder
        self.database_url = database_url
        self.server = ForkedServer(folder, database_url)

    def client(self):
        return Client(self.server.address, TOKEN, retry_seconds=0)

    def read(self, query):
        """The one value that this finds in the database."""
        database = Database(self.database_url, read_only=True)
        with database.read() as connection:
            found = connection.execute(query).scalar_one()
        database.close()
        return found

    def next(self):
        self.server.join()
        self.server = ForkedServer(self.folder, self.database_url)


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.postgres)])
def site(request, tmp_path):
    url = request.getfixturevalue("sqlite_url" if request.param == "file" else "postgres_url")
    site = Site(tmp_path, url)
    yield site
    site.server.kill()


def ask(study, request_id, count=2):
    return Ask(worker="w", request_id=request_id, count=count, studies=(study,))


@pytest.fixture
def load(site):
    with site.client() as client:
        client.create_study(study("s", {"name": "tpe"}))
    load = Load(lambda: site.server.address, site.folder / "requests")
    yield load
    load.give_up()


def study(name, sampler):
    space = {"x": {"type": "float", "low": 0.0, "high": 1.0}}
    return {"name": name, "objective": "mine:train", "space": space, "metric": "v", "sampler": sampler}


class Case:
    """A study of its own with two leases; one verb about the first of them, which may be done twice."""

    def __init__(self, client, name, verb):
        self.name, self.verb = name, verb
        client.create_study(study(name, {"name": "tpe"}))
        self.leases = [lease.lease for lease in client.ask(ask(name, f"{name}-first")).leases]

    def do(self, client):
        lease = self.leases[0]
        match self.verb:
            case "ask":
                return [one.trial for one in client.ask(ask(self.name, f"{self.name}-second", 3)).leases]
            case "report":
                (answer,) = client.report([ReportItem(lease=lease, step=1, value=0.5)])
                return (answer.decision.value, answer.code)
            case "tell":
                (told,) = client.tell([TellItem(lease=lease, state="completed", values=(0.25,))])
                return (told.accepted, told.trial_state)
            case "renew":
                return [item.decision.value for item in client.renew("w", self.leases).items]

    def wanted(self):
        return {
            "ask": [2, 3, 4],
            "report": ("continue", None),
            "tell": (True, "completed"),
            "renew": ["continue", "continue"],
        }[self.verb]

    def seen(self, site, client):
        """What the verb changes."""
        match self.verb:
            case "ask":
                return client.get_study(self.name).counts.running
            case "report":
                return len(list(client.reports(self.name, 0)))
            case "tell":
                return client.get_trial(self.name, 0).value
            case "renew":
                return site.read(select(attempts.c.expires_at).where(attempts.c.token == self.leases[0]))


@pytest.mark.slow
@pytest.mark.timeout(seconds(300))
def test_a_server_that_dies_anywhere_does_each_verb_once(site, tables):
    for number in range(tries(1)):
        for verb in COMMANDS:
            for point, place in enumerate(PLACES):
                die_at(site, f"{verb}-{point}-{number}", verb, place)
                tables.add("failpoints: deaths", {(place, verb): 1})
    site.server.kill()
    database = Database(site.database_url, read_only=True)
    assert verify(database) == []
    database.close()


@pytest.mark.slow
@pytest.mark.timeout(seconds(300))
def test_a_server_that_dies_anywhere_under_load_loses_nothing(site, load, tables):
    for _ in range(tries(1)):
        for verb in COMMANDS:
            for place in PLACES:
                heard = load.answers + 10
                wait_until(lambda heard=heard: load.answers >= heard, "answers")
                site.server.arm(verb, place)
                site.next()
                tables.add("failpoints under load: deaths", {(place, verb): 1})
    load.stop()
    site.server.kill()
    Processes(site.folder).verify(site.database_url, load.log)
    counts = {"requests answered": load.answers, "requests that failed": load.failures}
    tables.add("failpoints under load", {(name, ""): count for name, count in counts.items()})


def die_at(site, name, verb, place):
    with site.client() as client:
        case = Case(client, name, verb)
        before = case.seen(site, client)
        site.server.arm(verb, place)
        try:
            answer = case.do(client)
        except ServerUnreachable:
            answer = None
        assert answer in ((None, case.wanted()) if place == PLACES[4] else (None,)), (verb, place)
    site.next()
    with site.client() as client:
        assert (case.seen(site, client) != before) == (place in DONE), (verb, place)
        assert case.do(client) == case.wanted(), (verb, place)
        after = case.seen(site, client)
        assert case.do(client) == case.wanted(), (verb, place)
        if verb != "renew":
            assert case.seen(site, client) == after, (verb, place)
