import threading

import pytest
from patience import SECONDS
from peer import Answer

from hpsearch.trial import Decision
from hpsearch.wire.status import WorkerStatus
from hpsearch_workers.agent.renewer import Renewer


@pytest.fixture
def decisions():
    return []


@pytest.fixture
def renewer(client, spool, decisions):
    stop = threading.Event()
    renewer = Renewer(
        client, "w", spool, lambda: WorkerStatus(lanes=1), lambda *decided: decisions.append(decided), stop
    )
    thread = threading.Thread(target=renewer.run)
    thread.start()
    yield renewer
    stop.set()
    renewer.renew_every(0.0)
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_what_is_held_is_renewed_at_once_and_again(peer, renewer):
    renewer.renew_every(0.01)
    peer.wait_for(lambda: len(peer.renewals) >= 3)
    renewal = peer.renewals[-1]
    assert (renewal.worker, renewal.leases) == ("w", ["token-0", "token-1"])
    assert WorkerStatus.read(renewal.status) == WorkerStatus(lanes=1)


def test_a_shorter_interval_holds_at_once(peer, renewer):
    peer.wait_for(lambda: len(peer.renewals) == 1)
    renewer.renew_every(10_000.0)
    peer.wait_for(lambda: len(peer.renewals) == 2)


def test_decisions_are_handed_on_and_lost_leases_dropped(peer, spool, decisions, renewer):
    peer.decisions["token-0"] = (Decision.LOST, "expired")
    peer.decisions["token-1"] = (Decision.STOP, "asha")
    renewer.renew_every(0.01)
    peer.wait_for(lambda: peer.renewals and peer.renewals[-1].leases == ["token-1"])
    assert {("token-0", Decision.LOST, "expired"), ("token-1", Decision.STOP, "asha")} <= set(decisions)
    assert spool.held() == ["token-1"]


def test_a_lease_that_the_server_does_not_know_waits_for_the_next_start(peer, spool, renewer):
    peer.codes["token-0"] = "lease_unknown"
    renewer.renew_every(0.01)
    peer.wait_for(lambda: peer.renewals and peer.renewals[-1].leases == ["token-1"])
    assert spool.untold() == ["token-0", "token-1"]


def test_while_the_server_is_away_it_tries_again(peer, renewer):
    peer.http.on("POST", "/api/v1/renew", Answer(503), Answer(hang_up=True), peer._renew)
    renewer.renew_every(0.01)
    peer.wait_for(lambda: peer.renewals)
