"""What each method sends and gives back, against a scripted peer. The real server is met in tests/integration."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from peer import Answer, problem

from hpsearch.errors import (
    ArtifactNotFound,
    InvalidInput,
    LimitReached,
    ProtocolError,
    StudyExists,
    StudyNotFound,
    TrialFinal,
)
from hpsearch.study import Study
from hpsearch.study.sampler import GridSampler
from hpsearch.trial import Decision, TrialState
from hpsearch.wire import studies
from hpsearch.wire.base import Page
from hpsearch.wire.studies import BudgetPatch, Counts, StudyPatch, StudyView
from hpsearch.wire.trials import TrialView
from hpsearch.wire.verbs import (
    Ask,
    Asked,
    DecisionItem,
    Renewed,
    Reported,
    ReportItem,
    TellItem,
    Told,
    ToldItem,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DOCUMENT = {
    "name": "s",
    "objective": "flax/mlp",
    "space": {"x": {"type": "float", "low": 0.0, "high": 1.0, "step": 0.5}},
}


def study_view(**changes):
    fields = {
        "definition": Study.model_validate(DOCUMENT),
        "name": "s",
        "state": "active",
        "reason": None,
        "reason_detail": None,
        "seed": 1,
        "counts": Counts(),
        "grid_size": None,
        "best_trial": None,
        "best_value": None,
        "active_seconds": 0.0,
        "created_at": NOW,
        "updated_at": NOW,
        "seq": 1,
    }
    return StudyView(**{**fields, **changes})


def trial_view(number=0, **changes):
    fields = {
        "study": "s",
        "number": number,
        "state": TrialState.QUEUED,
        "params": {"x": 0.5},
        "seed": 1,
        "values": None,
        "metrics": {},
        "best_step": None,
        "last_step": None,
        "attempts": 0,
        "error": None,
        "reason": None,
        "checkpoint": None,
        "enqueued": False,
        "created_at": NOW,
        "started_at": None,
        "finished_at": None,
        "seq": 1,
    }
    return TrialView(**{**fields, **changes})


def test_ask(peer, client):
    asked = Asked(leases=[], studies={}, lease_seconds=120, renew_seconds=30, finished=True)
    peer.on("POST", "/api/v1/ask", Answer(body=asked))
    body = Ask(worker="w", request_id="r", studies=("s",), wait_seconds=1)
    assert client.ask(body) == asked
    assert peer.seen[0].json == {"worker": "w", "request_id": "r", "studies": ["s"], "wait_seconds": 1}


def test_reports_are_split_and_their_answers_joined(peer, client):
    def echo(request):
        return Answer(
            body=Reported(
                items=[DecisionItem(lease=item["lease"], decision="continue") for item in request.json["items"]]
            )
        )

    peer.on("POST", "/api/v1/report", echo)
    answers = client.report([ReportItem(lease=str(n), step=1, value=float("inf")) for n in range(1001)])
    assert [answer.lease for answer in answers] == [str(n) for n in range(1001)]
    assert [len(request.json["items"]) for request in peer.seen] == [1000, 1]
    assert peer.seen[0].json["items"][0]["value"] == "Infinity"


def test_no_items_need_no_request(peer, client):
    assert client.report([]) == []
    assert client.tell([]) == []
    assert peer.seen == []


def test_tell(peer, client):
    told = Told(items=[ToldItem(lease="a", accepted=True, trial_state="completed")])
    peer.on("POST", "/api/v1/tell", Answer(body=told))
    assert client.tell([TellItem(lease="a", state="completed", values=(0.5,))]) == told.items
    assert peer.seen[0].json == {"items": [{"lease": "a", "state": "completed", "values": [0.5]}]}


def test_a_missing_answer_to_an_item_is_noticed(peer, client):
    peer.on("POST", "/api/v1/tell", Answer(body=Told(items=[])))
    with pytest.raises(ProtocolError, match="answered 0 items of 1"):
        client.tell([TellItem(lease="a", state="released")])


def test_renew_splits_leases_and_speaks_without_any(peer, client):
    def echo(request):
        items = [DecisionItem(lease=lease, decision="continue") for lease in request.json["leases"]]
        return Answer(body=Renewed(items=items, lease_seconds=120))

    peer.on("POST", "/api/v1/renew", echo)
    assert client.renew("w", [], {"host": "h"}).items == []
    assert len(client.renew("w", [str(n) for n in range(1500)]).items) == 1500
    assert [len(request.json["leases"]) for request in peer.seen] == [0, 1000, 500]
    assert peer.seen[0].json["status"] == {"host": "h"}


def test_creating_tells_new_from_known(peer, client):
    peer.on("POST", "/api/v1/studies", Answer(201, study_view()), Answer(200, study_view()))
    assert client.create_study(DOCUMENT) == (study_view(), True)
    assert client.create_study(Study.model_validate(DOCUMENT)) == (study_view(), False)
    assert peer.seen[0].json == DOCUMENT
    assert Study.model_validate(peer.seen[1].json) == Study.model_validate(DOCUMENT)


def test_a_study_made_in_python_travels_whole(peer, client):
    peer.on("POST", "/api/v1/studies", Answer(201, study_view()))
    study = Study(**{**DOCUMENT, "sampler": GridSampler(name="grid"), "settings": {"data": None}})
    client.create_study(study)
    assert Study.model_validate(peer.seen[0].json) == study


def test_creating_a_name_that_is_taken(peer, client):
    peer.on("POST", "/api/v1/studies", problem(409, "study_exists", "s exists with another definition"))
    with pytest.raises(StudyExists):
        client.create_study(DOCUMENT)


def test_a_study_that_is_no_json_is_refused_here(peer, client):
    with pytest.raises(InvalidInput, match="cannot be written as JSON"):
        client.create_study({**DOCUMENT, "settings": {"x": object()}})
    assert peer.seen == []


def test_lists_read_all_pages(peer, client):
    pages = [Page(items=[trial_view(0), trial_view(1)], next_cursor="c1"), Page(items=[trial_view(2)])]
    peer.on("GET", "/api/v1/studies/s/trials", *(Answer(body=page) for page in pages))
    found = client.list_trials("s", states=[TrialState.FAILED], where=["params.x>=0.1", "value<1"], sort="-value")
    assert [trial.number for trial in found] == [0, 1, 2]
    first, second = peer.seen
    assert first.query == {
        "state": ["failed"],
        "where": ["params.x>=0.1", "value<1"],
        "sort": ["-value"],
        "limit": ["1000"],
    }
    assert second.query["cursor"] == ["c1"]


def test_state_changes(peer, client):
    peer.on("PATCH", "/api/v1/studies/s", Answer(body=study_view()))
    client.pause("s")
    client.resume("s")
    client.stop("s")
    client.extend("s", max_trials=10)
    client.patch_study("s", StudyPatch(budget=BudgetPatch(max_seconds=None)))
    assert [request.json for request in peer.seen] == [
        {"state": "paused"},
        {"state": "active"},
        {"state": "finished"},
        {"budget": {"max_trials": 10}},
        {"budget": {"max_seconds": None}},
    ]


def test_enqueueing_draws_a_request_id_that_a_repeat_keeps(peer, client):
    peer.on("POST", "/api/v1/studies/s/enqueue", Answer(hang_up=True), Answer(201, trial_view()))
    assert client.enqueue("s", {"x": 0.5}) == trial_view()
    first, second = peer.seen
    assert first.json == second.json
    assert first.json["params"] == {"x": 0.5}
    peer.on("POST", "/api/v1/studies/s/enqueue", Answer(201, trial_view()))
    client.enqueue("s", from_trial=3)
    assert peer.seen[-1].json["from_trial"] == 3
    assert peer.seen[-1].json["request_id"] != first.json["request_id"]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda client: client.enqueue("s", {"x": float("nan")}), "params.x"),
        (lambda client: client.enqueue("s", {"x": [1]}), "params.x"),
        (lambda client: client.enqueue("s", from_trial=2**40), "from_trial"),
        (lambda client: client.extend("s", max_trials=0), "budget.max_trials"),
        (lambda client: client.open_test("s", -1), "trial"),
        (lambda client: client.record_test("s", 1, {}), "metrics"),
        (lambda client: client.renew("no name", []), "worker"),
        (lambda client: next(client.trials("s", worker="no name")), "worker"),
    ],
)
def test_what_no_request_can_say_is_refused_before_it_is_sent(peer, client, call, field):
    with pytest.raises(InvalidInput) as caught:
        call(client)
    assert [found.field for found in caught.value.fields] == [field]
    assert peer.seen == []


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.enqueue("s", {"x": "\ud800"}),
        lambda client: next(client.list_trials("s", where=["params.x=\udcff"])),
    ],
)
def test_half_a_character_is_refused_before_it_is_sent(peer, client, call):
    with pytest.raises(InvalidInput):
        call(client)
    assert peer.seen == []


def test_cancelling_a_trial_that_has_ended(peer, client):
    peer.on("POST", "/api/v1/studies/s/trials/3/cancel", problem(409, "trial_final"))
    with pytest.raises(TrialFinal):
        client.cancel_trial("s", 3)


def test_export_streams(peer, client):
    peer.on(
        "GET",
        "/api/v1/studies/s/export",
        Answer(body="nümber\n0\n".encode(), headers={"Content-Type": "text/csv; charset=utf-8"}),
    )
    assert "".join(client.export("s")) == "nümber\n0\n"
    assert peer.seen[0].query == {"format": ["csv"]}
    peer.on("GET", "/api/v1/studies/s/export", problem(404, "study_not_found"))
    with pytest.raises(StudyNotFound):
        "".join(client.export("s", "json"))


def test_an_export_as_parquet_is_bytes(peer, client):
    peer.on("GET", "/api/v1/studies/s/export", Answer(body=b"PAR1\xff\x00PAR1", headers={"Content-Type": "x/y"}))
    assert b"".join(client.export_parquet("s")) == b"PAR1\xff\x00PAR1"
    assert peer.seen[0].query == {"format": ["parquet"]}
    peer.on("GET", "/api/v1/studies/s/export", problem(422, "invalid_input", "format: needs pyarrow"))
    with pytest.raises(InvalidInput, match="pyarrow"):
        list(client.export_parquet("s"))


def test_tags(peer, client):
    peer.on("PATCH", "/api/v1/studies/s", problem(409, "limit_reached", "21 tags"))
    with pytest.raises(LimitReached):
        client.tag("s", add=["b", "a"])
    assert peer.seen[0].json["tags"] == {"add": ["a", "b"], "remove": []}
    with pytest.raises(InvalidInput, match=r"tags\.add\.0"):
        client.tag("s", add=["x" * 65])


def test_artifacts_are_any_json(peer, client):
    peer.on("GET", "/api/v1/studies/s/trials/0/artifacts/log_tail", Answer(body="last words"))
    assert client.artifact("s", 0, "log_tail") == "last words"


def test_opening_the_test_data(peer, client):
    record = studies.TestRecord(id=1, trial=4, who="admin", at=NOW, metrics=None)
    peer.on("POST", "/api/v1/studies/s/tests", Answer(201, record))
    peer.on("PUT", "/api/v1/studies/s/tests/1", Answer(body=record))
    peer.on("GET", "/api/v1/studies/s/tests", Answer(body=Page(items=[record])))
    assert client.open_test("s", 4) == record
    assert client.record_test("s", 1, {"accuracy": 0.98}) == record
    assert list(client.list_tests("s")) == [record]
    assert json.loads(peer.seen[1].body) == {"metrics": {"accuracy": 0.98}}


def test_ready_asks_outside_the_base_path(peer, client):
    peer.on("GET", "/readyz", Answer(body={"status": "ready"}))
    client.ready()
    assert peer.seen[0].path == "/readyz"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\n", "ü", "x" * 101])
def test_what_is_no_name_is_not_found_and_never_makes_another_path(peer, client, name):
    with pytest.raises(StudyNotFound):
        client.get_study(name)
    with pytest.raises(ArtifactNotFound):
        client.artifact("s", 0, name)
    assert peer.seen == []


def test_importing_the_client_stays_light():
    heavy = ["httpx2", "stamina", "fastapi", "sqlalchemy", "optuna", "jax", "numpy"]
    script = f"import sys, hpsearch.client; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_decisions_are_enums(peer, client):
    peer.on("POST", "/api/v1/report", Answer(body={"items": [{"lease": "a", "decision": "stop", "reason": "asha"}]}))
    [answer] = client.report([ReportItem(lease="a", step=1, value=1.0)])
    assert answer.decision is Decision.STOP
