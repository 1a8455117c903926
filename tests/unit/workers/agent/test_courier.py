import itertools
import threading

import pytest
from peer import Answer

from hpsearch.wire.verbs import ReportItem, TellItem
from hpsearch_workers.agent import courier as courier_module
from hpsearch_workers.agent.courier import Courier
from hpsearch_workers.agent.delivery import Delivery

LONG = 20.0


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def courier(client, spool, now):
    return Courier(spool, Delivery(client, spool, lambda *decided: None), clock=lambda: now[0])


@pytest.fixture
def running(courier):
    thread = threading.Thread(target=courier.run)
    thread.start()
    yield courier
    courier.stop()
    thread.join(LONG)
    assert not thread.is_alive()


def report(step=1):
    return ReportItem(lease="token-0", step=step, value=0.5)


TELL = TellItem(lease="token-0", state="completed", values=(0.5,))


def items(spool):
    return [one.item for one in spool.pending()]


def test_what_is_put_arrives(peer, running, spool):
    running.put([report()])
    running.put([TELL])
    assert running.flush(LONG)
    assert (peer.reports, peer.tells) == ([report()], [TELL])
    assert items(spool) == []


def test_what_an_earlier_worker_left_arrives_first(peer, courier, spool):
    spool.add([report(1)])
    courier.put([report(2)])
    thread = threading.Thread(target=courier.run)
    thread.start()
    assert courier.flush(LONG)
    courier.stop()
    thread.join()
    assert peer.reports == [report(1), report(2)]


def test_what_is_put_meanwhile_is_not_waited_for(peer, running):
    """Each report that arrives is followed by the next."""
    steps = itertools.count(2)

    def answer(request):
        running.put([report(next(steps))])
        return peer._report(request)

    peer.http.on("POST", "/api/v1/report", answer)
    running.put([report(1)])
    assert running.flush(LONG)
    assert peer.reports[0] == report(1)
    peer.answer_all()


def test_it_is_on_disk_before_it_is_sent(peer, running, spool):
    seen = []

    def answer(request):
        seen.extend(items(spool))
        return peer._report(request)

    peer.http.on("POST", "/api/v1/report", answer)
    running.put([report()])
    assert running.flush(LONG)
    assert seen == [report()]


def test_while_the_server_is_away_results_are_kept_and_asked_waits_end(peer, running, spool, now):
    peer.refuse_all(Answer(503))
    running.put([report()])
    assert not running.flush(LONG)
    running.put([TELL])
    assert not running.flush(LONG)
    assert items(spool)[:1] == [report()]
    peer.answer_all()
    now[0] += courier_module.MOST_WAIT
    running.put([])  # wakes it, as time would
    assert running.flush(LONG)
    assert (peer.reports, peer.tells) == ([report()], [TELL])


def test_in_a_hurry_it_does_not_wait_until_the_next_try(peer, running, spool):
    peer.refuse_all(Answer(503))
    running.put([TELL])
    assert not running.flush(LONG)
    peer.answer_all()
    assert not running.flush(LONG), "it waits"
    running.hurry()
    assert running.flush(LONG)
    assert (peer.tells, items(spool)) == ([TELL], [])


def test_it_does_not_hammer_a_server_that_is_away(peer, running, now):
    peer.refuse_all(Answer(503))
    for step in range(20):
        running.put([report(step)])
        assert not running.flush(LONG)
    assert len(peer.http.seen) == 1
    now[0] += courier_module.FIRST_WAIT
    running.put([])
    assert not running.flush(LONG)
    assert len(peer.http.seen) == 2


def test_what_is_put_before_the_end_is_on_disk(courier, spool):
    courier.put([report()])
    courier.stop()
    assert items(spool) == [report()]


def test_a_spool_that_cannot_keep_results_is_an_error(courier, spool):
    spool.close()
    courier.put([report()])
    with pytest.raises(Exception, match="closed"):
        courier.run()


def test_it_waits_as_long_as_the_server_says(peer, running, now):
    peer.http.on("POST", "/api/v1/report", Answer(429, b"", {"Retry-After": "60"}), peer._report)
    running.put([report()])
    assert not running.flush(LONG)
    now[0] += 59.0
    assert not running.flush(LONG)
    assert len(peer.http.requests("POST", "/api/v1/report")) == 1
    now[0] += 1.0
    running.put([report(2)])
    assert running.flush(LONG)
