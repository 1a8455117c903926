"""A supervisor in this process, its training processes, and a scripted peer."""

import os
import subprocess
import sys
import textwrap
import threading

import crowd
import pytest
from patience import SECONDS
from peer import Answer, problem
from processes import wait_until

from hpsearch.trial import Decision
from hpsearch.wire.status import WorkerStatus
from hpsearch.wire.verbs import Reported, ReportItem, TellItem, Work
from hpsearch_workers.agent import courier, environment
from hpsearch_workers.agent.asker import Wish
from hpsearch_workers.agent.spool import Spool
from hpsearch_workers.agent.supervisor import Supervisor

OBJECTIVES = """
import os, pathlib, time

def square(trial):
    for step in range(1, 4):
        trial.report(step, trial.params["x"] / step)
    return trial.params["x"] ** 2

def waits(trial):
    step = 0
    while not pathlib.Path("go").exists():
        step += 1
        trial.report(step, float(step))
        time.sleep(0.01)
    return trial.params["x"]

def busy(trial):
    "Never reports, and holds the GIL most of the time."
    pathlib.Path("begun").touch()
    number = 0
    while not pathlib.Path("go").exists():
        for _ in range(10**5):
            number += 1
    return trial.params["x"]

def dies_once(trial):
    if not pathlib.Path("died").exists():
        pathlib.Path("died").touch()
        os.kill(os.getpid(), 9)
    return trial.params["x"]
"""


def work(name):
    return Work(objective=f"mine:{name}", settings={}, metric="v", direction="minimize")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(textwrap.dedent(OBJECTIVES))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def launch(folder, peer, client):
    """Starts a worker for `trials` of an objective; gives its supervisor, its thread and its spool."""
    started = []

    def launch(name, trials, *, command=None, processes=1, until_finished=False):
        peer.work = work(name)
        peer.finished = until_finished
        peer.add(*trials)
        spool = Spool(folder / "w")
        wish = Wish("w", "h", ("s",), (f"mine:{name}",), until_finished)
        echoes = [lambda chunk: None] * processes
        command = command or environment.command(wish.objectives, own_code=True)
        supervisor = Supervisor(client, spool, wish, command, os.environ, echoes)
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        started.append((supervisor, thread, spool))
        return started[-1]

    yield launch
    (folder / "go").touch()
    for supervisor, thread, spool in started:
        supervisor.stop(0)
        thread.join(SECONDS)
        assert not thread.is_alive()
        spool.close()


@pytest.fixture
def start(launch):
    """Likewise, of an objective of the user's."""
    return lambda name, *, trials=1, **how: launch(name, [{"x": float(number)} for number in range(trials)], **how)


@pytest.fixture
def start_crowd(launch):
    """Likewise, with processes that hold `capacity` leases at a time; the fates of the trials are given."""

    def start_crowd(*fates, capacity, lanes=2, **how):
        command = [sys.executable, crowd.__file__, str(capacity), str(lanes)]
        return launch("any", [{"fate": fate} for fate in fates], command=command, **how)

    return start_crowd


def ends(peer):
    return [(item.lease, item.state) for item in peer.tells]


def test_trials_run_on_all_lanes_until_the_study_is_finished(start, peer):
    _, thread, spool = start("square", trials=7, processes=2, until_finished=True)
    thread.join(SECONDS)
    assert sorted(item.values for item in peer.tells) == [(float(n) ** 2,) for n in range(7)]
    assert {item.state for item in peer.tells} == {"completed"}
    for number in range(7):
        assert peer.reported(number) == [(step, number / step) for step in (1, 2, 3)]
    assert spool.held() == []
    status = peer.renewals[0].status
    assert status["lanes"] == 2
    assert status["memory_bytes"] > 0
    assert {"host", "pid", "version", "busy"} <= set(status)


def test_it_does_not_end_before_the_server_has_taken_the_last_result(start, peer):
    peer.http.on("POST", "/api/v1/tell", Answer(503), peer._tell)
    supervisor, thread, spool = start("square", until_finished=True)
    thread.join(SECONDS)
    assert supervisor.is_stopping
    assert ends(peer) == [("token-0", "completed")]
    assert spool.held() == []


def test_results_are_delivered_before_the_next_trial_is_asked_for(start, peer):
    told_before = []

    def ask(request):
        told_before.append(len(peer.tells))
        return peer._ask(request)

    peer.http.on("POST", "/api/v1/ask", ask)
    start("square", trials=3)
    peer.wait_for(lambda: len(peer.tells) == 3)
    assert told_before[:3] == [0, 1, 2]


def test_a_busy_training_costs_no_lease(start, peer, folder):
    peer.renew_seconds = 0.05
    start("busy")
    wait_until((folder / "begun").exists, "the training to begin")
    seen = len(peer.renewals)
    peer.wait_for(lambda: len(peer.renewals) > seen + 5)
    assert peer.renewals[-1].leases == ["token-0"]
    assert peer.renewals[-1].status["busy"] == 1
    (folder / "go").touch()
    peer.wait_for(lambda: peer.tells)
    assert ends(peer) == [("token-0", "completed")]


def test_the_decision_of_a_report_ends_the_trial(start, peer):
    peer.decisions["token-0"] = (Decision.STOP, "asha")
    start("waits", trials=2)
    peer.wait_for(lambda: peer.reported(1) if len(peer.granted) == 2 else None)
    assert ends(peer) == [("token-0", "released")]


def test_the_decision_of_a_renewal_ends_the_trial(start, peer):
    def carry_on(request):
        items = [{"lease": item["lease"], "decision": "continue"} for item in request.json["items"]]
        return Answer(body=Reported.model_validate({"items": items}))

    peer.http.on("POST", "/api/v1/report", carry_on)
    peer.renew_seconds = 0.05
    peer.decisions["token-0"] = (Decision.CANCEL, "user")
    start("waits")
    peer.wait_for(lambda: peer.tells)
    assert ends(peer) == [("token-0", "released")]


def test_a_lost_trial_is_dropped_and_the_lane_goes_on(start, peer):
    peer.decisions["token-0"] = (Decision.LOST, "expired")
    start("waits", trials=2)
    peer.wait_for(lambda: len(peer.granted) == 2 and peer.reported(1))
    assert peer.tells == []


def test_while_the_server_is_away_the_training_goes_on_and_its_results_arrive_later(start, peer, folder):
    _, _, spool = start("waits")
    peer.wait_for(lambda: peer.reports)
    peer.refuse_all(Answer(503))
    before = len(peer.reports)
    wait_until(lambda: len(spool.pending()) > 5, "results that wait")
    (folder / "go").touch()
    wait_until(lambda: len(spool.untold()) == 0, "the end to be kept")
    assert peer.tells == []
    peer.answer_all()
    peer.wait_for(lambda: peer.tells)
    assert ends(peer) == [("token-0", "completed")]
    steps = [step for step, _ in peer.reported(0)]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) > before + 5


@pytest.mark.parametrize("code", ["unauthorized", "forbidden"])
def test_a_worker_whose_token_is_refused_in_the_middle_goes_on_and_delivers_when_it_is_good_again(
    start, peer, folder, code
):
    supervisor, _, spool = start("waits", trials=2)
    peer.wait_for(lambda: peer.reports)
    asks = len(peer.http.requests("POST", "/api/v1/ask"))
    peer.refuse_all(problem(401 if code == "unauthorized" else 403, code))
    (folder / "go").touch()
    wait_until(lambda: len(peer.http.requests("POST", "/api/v1/ask")) > asks, "an ask that is refused")
    assert not spool.untold()  # the training has ended
    assert not supervisor.is_stopping
    assert peer.tells == []
    peer.answer_all()
    peer.wait_for(lambda: len(peer.tells) == 2)
    assert ends(peer) == [("token-0", "completed"), ("token-1", "completed")]


def test_at_the_end_results_that_waited_for_the_server_are_tried_again_at_once(start, peer, folder, monkeypatch):
    monkeypatch.setattr(courier, "FIRST_WAIT", 1000.0)
    monkeypatch.setattr(courier, "MOST_WAIT", 1000.0)
    supervisor, thread, spool = start("waits")
    peer.wait_for(lambda: peer.reports)
    peer.refuse_all(Answer(503))
    wait_until(lambda: len(spool.pending()) > 5, "results that wait")
    (folder / "go").touch()
    wait_until(lambda: len(spool.untold()) == 0, "the end to be kept")
    peer.answer_all()
    supervisor.stop(0)
    thread.join(SECONDS)
    assert ends(peer) == [("token-0", "completed")]
    assert spool.held() == []


def test_a_dead_training_is_told_at_once_and_the_lane_goes_on(start, peer):
    start("dies_once", trials=2)
    peer.wait_for(lambda: len(peer.tells) == 2)
    first, second = peer.tells
    assert (first.state, first.error.reason) == ("failed", "killed")
    assert (second.state, second.values) == ("completed", (1.0,))


def test_trials_of_objectives_that_were_not_asked_for_are_given_back(start, peer):
    start("square", trials=0)
    peer.work = work("other")
    peer.add({"x": 1.0})
    peer.wait_for(lambda: peer.tells)
    assert ends(peer) == [("token-0", "released")]


def test_stopping_gives_back_what_runs(start, peer):
    supervisor, thread, spool = start("waits", trials=2, processes=2)
    peer.wait_for(lambda: {item.lease for item in peer.reports} == {"token-0", "token-1"})
    supervisor.stop(7)
    thread.join(SECONDS)
    assert sorted(ends(peer)) == [("token-0", "released"), ("token-1", "released")]
    assert spool.held() == []


def test_a_worker_gives_back_what_the_last_one_held(start, peer, folder, client):
    """And delivers what it had kept, in its order, before it asks for more."""
    with Spool(folder / "w") as left:
        left.hold({"token-a": "s/0", "token-b": "s/1"})
        left.add([ReportItem(lease="token-b", step=1, value=0.5), ReportItem(lease="token-a", step=1, value=0.5)])
        left.add([TellItem(lease="token-b", state="completed", values=(0.5,))])
    start("square", until_finished=True)
    peer.wait_for(lambda: len(peer.tells) == 3)
    assert [item.lease for item in peer.reports][:2] == ["token-b", "token-a"]
    assert ends(peer) == [("token-b", "completed"), ("token-a", "released"), ("token-0", "completed")]
    assert [request.path.rpartition("/")[2] for request in peer.http.seen if "renew" not in request.path][:3] == [
        "report",
        "tell",
        "ask",
    ]


def test_a_process_gets_as_many_trials_as_it_wants(start_crowd, peer):
    peer.renew_seconds = 0.05
    _, _, spool = start_crowd(*["waits"] * 7, capacity=5, lanes=4)
    peer.wait_for(lambda: len(peer.reports) == 5)
    assert sum(ask.count for ask in peer.asks) == 5
    peer.decisions["token-1"] = (Decision.STOP, "asha")
    peer.decisions["token-3"] = (Decision.STOP, "asha")
    peer.wait_for(lambda: len(peer.reports) == 7)
    assert sum(ask.count for ask in peer.asks) == 7
    peer.wait_for(lambda: sorted(ends(peer)) == [("token-1", "released"), ("token-3", "released")])
    peer.wait_for(lambda: spool.held() == ["token-0", "token-2", "token-4", "token-5", "token-6"])
    training = {"s": [(number, 1) for number in (0, 2, 4, 5, 6)]}
    peer.wait_for(lambda: WorkerStatus.read(peer.renewals[-1].status).training == training)
    status = WorkerStatus.read(peer.renewals[-1].status)
    assert (status.lanes, status.busy) == (4, 4)
    assert 0 < status.occupancy <= 1
    assert 2 * 60 / status.trials_per_minute == pytest.approx(status.window_seconds, abs=0.06)  # it is told to a tenth


def test_several_processes_share_what_is_granted(start_crowd, peer):
    start_crowd(*["waits"] * 6, capacity=3, processes=2)
    peer.wait_for(lambda: len(peer.reports) == 6)


def test_the_trials_of_a_dead_process_are_given_back(start_crowd, peer):
    start_crowd("waits", "waits", "kills", capacity=3)
    peer.wait_for(lambda: len(peer.tells) == 3)
    assert sorted(ends(peer)) == [("token-0", "released"), ("token-1", "released"), ("token-2", "released")]
    peer.add({"fate": "ends"})
    peer.wait_for(lambda: peer.told(3))
    assert ends(peer)[-1] == ("token-3", "completed")


def test_a_trial_that_kills_its_process_is_found_by_halves_and_has_failed(start_crowd, peer):
    peer.renew_seconds = 0.05
    peer.grants_again = True
    start_crowd("waits", "waits", "waits", "kills", capacity=4)

    def reported():
        return [peer.granted[item.lease] for item in peer.reports]

    def stop(attempt, numbers):
        """Ends these once they run, all of them, in the company that they are allowed by then."""
        peer.wait_for(lambda: {lease.trial for lease in reported() if lease.attempt == attempt} == numbers)
        peer.decisions.update({peer.lease_of(number): (Decision.STOP, "asha") for number in numbers})

    peer.wait_for(lambda: len(peer.tells) == 4)
    stop(2, {0, 1})
    peer.wait_for(lambda: len(peer.tells) == 8)
    stop(3, {2})
    peer.wait_for(lambda: len(peer.tells) == 10)
    assert [[item.state for item in peer.told(number)] for number in range(4)] == [
        ["released"] * 2,
        ["released"] * 2,
        ["released"] * 3,
        ["released", "released", "failed"],
    ]
    assert peer.told(3)[-1].error.reason == "killed"


def test_at_the_end_all_that_a_process_holds_is_given_back_with_its_checkpoint(start_crowd, peer):
    supervisor, thread, spool = start_crowd(*["waits"] * 4, capacity=4)
    peer.wait_for(lambda: len(peer.reports) == 4)
    supervisor.stop(0)
    thread.join(SECONDS)
    assert sorted(ends(peer)) == [(f"token-{number}", "released") for number in range(4)]
    assert {item.checkpoint.ref for item in peer.tells} == {"kept"}
    assert spool.held() == []


def test_the_supervisor_imports_nothing_heavy():
    heavy = ["jax", "flax", "optax", "orbax", "numpy", "sklearn", "fastapi", "sqlalchemy", "optuna"]
    script = f"""
import sys
import hpsearch_workers.agent.main as main
main._parser().parse_args([])
print([name for name in {heavy} if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"
