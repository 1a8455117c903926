"""One test for each answer of the server: what is done about it."""

import json

import pytest
from peer import Answer, problem

from hpsearch.errors import ServerUnreachable, Unauthorized
from hpsearch.trial import Decision
from hpsearch.wire.verbs import ReportItem, TellError, TellItem
from hpsearch_workers.agent import spool as spool_module
from hpsearch_workers.agent.delivery import Delivery
from hpsearch_workers.agent.spool import Spool

REPORT, TELL = "/api/v1/report", "/api/v1/tell"


class Decisions(list):
    def __call__(self, lease, decision, reason):
        self.append((lease, decision, reason))


@pytest.fixture
def decisions():
    return Decisions()


@pytest.fixture
def delivery(client, spool, decisions):
    return Delivery(client, spool, decisions)


def report(lease="token-0", step=1, value=0.5):
    return ReportItem(lease=lease, step=step, value=value)


def tell(lease="token-0", **changes):
    fields = {"state": "completed", "values": (0.5,), **changes}
    return TellItem(lease=lease, **fields)


def pending(spool):
    return [one.item for one in spool.pending()]


def test_reports_go_before_the_end_of_their_trial(peer, spool, delivery):
    spool.add([report(), tell(), report("token-1"), tell("token-1")])
    assert delivery.round()
    assert peer.reports == [report(), report("token-1")]
    assert peer.tells == [tell(), tell("token-1")]
    assert [request.path for request in peer.http.seen] == [REPORT, TELL]
    assert pending(spool) == []
    assert spool.held() == []


def test_more_than_fits_one_request(peer, spool, delivery):
    spool.add([report(step=step) for step in range(2500)] + [tell()])
    assert delivery.round()
    assert [item.step for item in peer.reports] == list(range(2500))
    assert len(peer.tells) == 1


def test_decisions_are_handed_on(peer, spool, delivery, decisions):
    peer.decisions["token-0"] = (Decision.STOP, "asha")
    spool.add([report(), report("token-1")])
    delivery.round()
    assert decisions == [("token-0", Decision.STOP, "asha")]
    assert spool.held() == ["token-0", "token-1"]


def test_a_lost_lease_is_dropped(peer, spool, delivery, decisions):
    peer.decisions["token-0"] = (Decision.LOST, "expired")
    peer.codes["token-0"] = "lease_lost"
    spool.add([report()])
    assert delivery.round()
    assert decisions == [("token-0", Decision.LOST, "expired")]
    spool.add([tell()])
    assert delivery.round()
    assert peer.tells == []
    assert spool.held() == ["token-1"]


@pytest.mark.parametrize("code", ["lease_lost", "tell_conflict", "a_code_of_tomorrow"])
def test_an_end_that_is_not_counted_is_dropped(peer, spool, delivery, code):
    peer.codes["token-0"] = code
    spool.add([tell(), tell("token-1")])
    assert delivery.round()
    assert len(peer.tells) == 2
    assert spool.held() == []


def test_an_unknown_lease_is_kept_for_the_next_start(peer, spool, delivery, decisions):
    peer.codes["token-0"] = "lease_unknown"
    peer.decisions["token-0"] = (Decision.LOST, None)
    spool.add([report(), report("token-1")])
    assert delivery.round()
    spool.add([tell(), tell("token-1")])
    assert delivery.round()
    assert decisions == [("token-0", Decision.LOST, None)]
    assert [item.lease for item in peer.tells] == ["token-1"]
    spool.close()
    with Spool(spool.folder) as again:
        assert pending(again) == [report(), tell()]


def test_an_unknown_lease_of_a_tell_is_kept_too(peer, spool, delivery):
    peer.codes["token-0"] = "lease_unknown"
    spool.add([tell()])
    assert delivery.round()
    assert pending(spool) == []
    spool.close()
    with Spool(spool.folder) as again:
        assert pending(again) == [tell()]


def test_the_value_that_was_reported_first_stands(peer, spool, delivery, decisions):
    peer.codes["token-0"] = "report_conflict"
    spool.add([report()])
    assert delivery.round()
    assert pending(spool) == []
    assert decisions == []
    assert spool.held() == ["token-0", "token-1"]


def test_values_that_the_study_cannot_take_fail_the_trial(peer, spool, delivery):
    answers = iter(
        [
            {"accepted": False, "code": "invalid_values", "trial_state": "running"},
            {"accepted": True, "trial_state": "queued"},
        ]
    )

    def told(request):
        peer.tells += [TellItem.model_validate(item) for item in request.json["items"]]
        return Answer(body={"items": [{"lease": "token-0", **next(answers)}]})

    peer.http.on("POST", TELL, told)
    spool.add([tell()])
    assert delivery.round()
    assert [item.state for item in peer.tells] == ["completed", "failed"]
    assert peer.tells[1].error.reason == "exception"


@pytest.mark.parametrize("answer", [Answer(503), problem(401, "unauthorized"), Answer(hang_up=True)])
def test_while_the_server_is_away_everything_stays(peer, spool, delivery, answer):
    peer.refuse_all(answer)
    spool.add([report(), tell()])
    with pytest.raises((ServerUnreachable, Unauthorized)):
        delivery.round()
    assert pending(spool) == [report(), tell()]
    peer.answer_all()
    assert delivery.round()
    assert (peer.reports, peer.tells) == ([report()], [tell()])


def too_large_above(size, peer, path):
    """Answers 413 to bodies above `size`, as a proxy with a limit of its own does."""
    accepted = []

    def answer(request):
        if len(request.body) > size:
            return problem(413, "body_too_large")
        items = request.json["items"]
        accepted.append(items)
        answers = [
            {"lease": item["lease"], "decision": "continue", "accepted": True, "trial_state": "completed"}
            for item in items
        ]
        return Answer(body={"items": answers})

    peer.http.on("POST", path, answer)
    return accepted


def test_a_body_too_large_is_halved(peer, spool, delivery):
    accepted = too_large_above(300, peer, REPORT)
    spool.add([report(step=step) for step in range(50)])
    assert delivery.round()
    assert [item["step"] for items in accepted for item in items] == list(range(50))
    assert 1 < len(accepted) < 50


def test_an_end_too_large_loses_its_extras(peer, spool, delivery):
    accepted = too_large_above(300, peer, TELL)
    error = TellError(reason="exception", message="m", traceback="t" * 1000)
    spool.add(
        [
            tell(artifacts={"log_tail": "x" * 1000}, metrics={"a": 1.0}),
            tell("token-1", state="failed", values=None, error=error),
        ]
    )
    assert delivery.round()
    first, second = (item for items in accepted for item in items)
    assert first == {"lease": "token-0", "state": "completed", "values": [0.5]}
    assert second == {"lease": "token-1", "state": "failed", "error": {"reason": "exception", "message": "m"}}
    assert spool.held() == []


def refuses(peer, path, is_bad, refusal):
    """Refuses every request with a bad item in it, as the server does."""
    accepted = []

    def answer(request):
        items = request.json["items"]
        if any(is_bad(item) for item in items):
            return refusal
        accepted.extend(items)
        answers = [
            {"lease": item["lease"], "decision": "continue", "accepted": True, "trial_state": "completed"}
            for item in items
        ]
        return Answer(body={"items": answers})

    peer.http.on("POST", path, answer)
    return accepted


def test_a_refused_report_is_dropped_and_its_neighbours_arrive(peer, spool, delivery):
    accepted = refuses(peer, REPORT, lambda item: item["step"] == 3, problem(422, "invalid_input"))
    spool.add([report(step=step) for step in range(8)])
    assert delivery.round()
    assert [item["step"] for item in accepted] == [0, 1, 2, 4, 5, 6, 7]
    assert pending(spool) == []


def test_a_refused_result_becomes_a_failure_that_says_why(peer, spool, delivery):
    refusal = problem(422, "invalid_input", "items.0.values: no")
    accepted = refuses(peer, TELL, lambda item: item["state"] == "completed", refusal)
    spool.add([tell(metrics={"a": 1.0}), tell("token-1", state="released", values=None)])
    assert delivery.round()
    failed = next(item for item in accepted if item["lease"] == "token-0")
    assert failed["state"] == "failed"
    assert "items.0.values: no" in failed["error"]["message"]
    assert len(accepted) == 2


def test_an_end_that_is_refused_whatever_it_says_is_given_up(peer, spool, delivery):
    refuses(peer, TELL, lambda item: True, problem(422, "invalid_input"))
    spool.add([tell()])
    assert delivery.round()
    assert spool.held() == ["token-1"]


def test_an_item_that_the_server_fails_on_waits_and_harms_no_neighbour(peer, spool, delivery):
    accepted = refuses(peer, REPORT, lambda item: item["lease"] == "token-0", problem(500, "internal_error"))
    spool.add([report(), report("token-1"), report(step=2), tell(), tell("token-1")])
    assert not delivery.round()
    assert [item["lease"] for item in accepted] == ["token-1"]
    assert [item.lease for item in peer.tells] == ["token-1"]
    assert pending(spool) == [report(), report(step=2), tell()]
    peer.answer_all()
    assert delivery.round()
    assert peer.reports == [report(), report(step=2)]


def test_what_could_not_be_delivered_for_a_week_is_given_up(peer, tmp_path, client, decisions):
    now = [0.0]
    with Spool(tmp_path / "old", clock=lambda: now[0]) as spool:
        spool.hold({"token-0": "s/0"})
        spool.add([tell()])
        now[0] = spool_module.KEEP_SECONDS + 1
        assert Delivery(client, spool, decisions).round()
        assert peer.tells == []
        assert spool.held() == []


def test_what_travels_is_what_was_kept(peer, spool, delivery):
    spool.add([tell(values=(float("nan"), float("-inf")))])
    delivery.round()
    [request] = peer.http.requests("POST", TELL)
    assert json.loads(request.body)["items"][0]["values"] == ["NaN", "-Infinity"]
