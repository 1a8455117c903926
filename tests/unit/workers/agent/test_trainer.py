"""A trainer with a real process and objectives of a user's, each of which goes wrong in its own way."""

import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import crowd as crowd_module
import objectives_of_mine
import pytest
from patience import SECONDS

from hpsearch.trial import Decision
from hpsearch.wire.verbs import Lease, Work
from hpsearch_workers.agent import trainer as trainer_module
from hpsearch_workers.agent.environment import command
from hpsearch_workers.agent.trainer import Trainer


class Log:
    """A crew that notes what it hears."""

    def __init__(self):
        self.heard = []
        self._changed = threading.Condition()

    def _note(self, *entry):
        with self._changed:
            self.heard.append(entry)
            self._changed.notify_all()

    def ready(self, trainer, device):
        self._note("ready", device)

    def did_not_come_up(self, trainer, message, *, refused):
        self._note("did_not_come_up", message, refused)

    def reported(self, trainer, item):
        self._note("reported", item)

    def room_changed(self, trainer):
        self._note("room", trainer.room)

    def ended(self, trainer, item):
        before = trainer.room
        trainer.free(item.lease)
        self._note("made room", before, trainer.room)
        self._note("ended", item, True)

    def died(self, trainer, items):
        self._note("died", items)
        if len(items) == 1:
            self._note("ended", items[0], False)

    def wait(self, kind, count=1):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.all(kind)) >= count, SECONDS), self.heard
        return self.all(kind)[count - 1]

    def all(self, kind):
        return [entry for entry in self.heard if entry[0] == kind]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    shutil.copy(objectives_of_mine.__file__, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def crew():
    return Log()


@pytest.fixture
def launch(crew):
    """Starts a trainer with this command."""
    trainers = []

    def launch(command):
        trainer = Trainer(0, command, os.environ, crew, lambda chunk: None)
        trainers.append(trainer)
        trainer.start()
        return trainer

    yield launch
    for trainer in trainers:
        trainer.close()
        trainer.join(5)


@pytest.fixture
def start(folder, launch):
    def start(*objectives):
        names = [name if "/" in name else f"objectives_of_mine:{name}" for name in objectives]
        return launch(command(names, own_code=True))

    return start


@pytest.fixture
def crowd(launch, crew):
    """A process that wants many leases at a time, up and with its wish heard."""

    def crowd(capacity, lanes):
        trainer = launch([sys.executable, crowd_module.__file__, str(capacity), str(lanes)])
        crew.wait("room")
        return trainer

    return crowd


def lease(number=0, **params):
    return Lease(lease=f"token-{number}", study="s", trial=number, attempt=1, params=params or {"x": 1.0}, seed=number)


def work(name, metric="v", direction="minimize"):
    return Work(objective=f"objectives_of_mine:{name}", settings={"a": 1}, metric=metric, direction=direction)


def run(trainer, crew, name, number=0, count=1):
    """Runs one trial; how it ended and whether the process lives."""
    assert trainer.run(lease(number), work(name))
    _, item, alive = crew.wait("ended", count)
    return item, alive


def test_trials_run_one_after_another_in_one_process(start, crew):
    trainer = start("good")
    assert crew.wait("ready") == ("ready", {})
    first, alive = run(trainer, crew, "good")
    second, _ = run(trainer, crew, "good", number=1, count=2)
    assert alive
    assert (first.lease, first.state, first.values) == ("token-0", "completed", (1.0,))
    assert second.lease == "token-1"
    assert first.device_seconds > 0
    reports = [item for _, item in crew.all("reported")]
    assert [(item.lease, item.step) for item in reports] == [(f"token-{n}", step) for n in (0, 1) for step in (1, 2, 3)]
    assert [item.metrics["calls"] for item in reports] == [1.0] * 3 + [2.0] * 3
    assert first.artifacts == {}


def test_an_exception_is_told_with_the_end_of_the_output_and_the_process_goes_on(start, crew):
    trainer = start("fails", "good")
    crew.wait("ready")
    item, alive = run(trainer, crew, "fails")
    assert (item.state, item.error.reason, item.error.message, alive) == ("failed", "exception", "ValueError: no", True)
    assert "in fails" in item.error.traceback
    assert item.artifacts["log_tail"] == "last words\n"
    item, _ = run(trainer, crew, "good", 1, 2)
    assert item.state == "completed"
    assert len(crew.all("ready")) == 1


@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("ends", "exception", "exit code 7 during the trial: going"),
        ("killed", "killed", "signal 9 (SIGKILL)"),
        ("forks", "killed", "signal 9 (SIGKILL)"),
    ],
)
def test_a_dead_process_is_told_at_once_and_replaced(start, crew, name, reason, said):
    trainer = start(name, "good")
    crew.wait("ready")
    item, alive = run(trainer, crew, name)
    assert (item.state, item.error.reason, alive) == ("failed", reason, False)
    assert said in item.error.message
    crew.wait("ready", 2)
    item, _ = run(trainer, crew, "good", 1, 2)
    assert item.state == "completed"


def test_what_a_dead_process_started_dies_with_it(start, crew):
    trainer = start("forks")
    crew.wait("ready")
    group = trainer.pid
    run(trainer, crew, "forks")
    deadline = time.monotonic() + 10
    while _members(group) and time.monotonic() < deadline:
        time.sleep(0.01)  # the kernel is at it
    assert _members(group) == []


def _members(group):
    found = []
    for path in Path("/proc").iterdir():
        try:
            state, _, in_group = (path / "stat").read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(in_group) == group and state != "Z":
            found.append(path.name)
    return found


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("exits", "SystemExit: enough"),
        ("two", "returned 2 value(s), the study needs one each of: v"),
        ("bad_metric", "a name"),
    ],
)
def test_faults_of_the_objective(start, crew, name, message):
    trainer = start(name)
    crew.wait("ready")
    item, alive = run(trainer, crew, name)
    assert (item.state, item.error.reason, alive) == ("failed", "exception", True)
    assert message in item.error.message


def test_a_decision_ends_the_trial_at_its_next_report(start, crew):
    trainer = start("waits")
    crew.wait("ready")
    trainer.run(lease(), work("waits"))
    crew.wait("reported")
    trainer.decide("another", Decision.STOP, None)
    trainer.decide("token-0", Decision.STOP, "asha")
    _, item, alive = crew.wait("ended")
    assert (item.state, item.values, alive) == ("released", None, True)


@pytest.mark.parametrize(("name", "value"), [("prints", 0.0), ("reads", 0.0), ("token", 0.0)])
def test_the_standard_streams_are_the_users(start, crew, name, value):
    trainer = start(name)
    crew.wait("ready")
    item, alive = run(trainer, crew, name)
    assert (item.state, item.values, alive) == ("completed", (value,), True)


def test_several_values(start, crew):
    trainer = start("two")
    crew.wait("ready")
    trainer.run(lease(), work("two", ("a", "b"), ("minimize", "maximize")))
    assert crew.wait("ended")[1].values == (1.0, 2.0)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "has no 'nothing'"),
        ("calls", "is no function but 0"),
        ("no/such", "is neither built in"),
    ],
)
def test_objectives_that_cannot_be_run_are_refused(start, crew, name, said):
    start(name)
    _, message, refused = crew.wait("did_not_come_up")
    assert refused
    assert said in message


def test_a_process_that_does_not_come_up_is_started_again(start, folder, crew, monkeypatch):
    monkeypatch.setattr(trainer_module, "FIRST_WAIT", 0.01)
    (folder / "objectives_of_mine.py").write_text("import os\nos.kill(os.getpid(), 11)\n")
    trainer = start("good")
    _, message, refused = crew.wait("did_not_come_up", 3)
    assert not refused
    assert "SIGSEGV" in message
    shutil.copy(objectives_of_mine.__file__, folder)
    crew.wait("ready")
    item, _ = run(trainer, crew, "good")
    assert item.state == "completed"


def test_no_trial_is_given_to_a_process_that_is_not_up(start, crew):
    trainer = start("good")
    assert not trainer.run(lease(), work("good"))
    crew.wait("ready")
    os.kill(trainer.pid, signal.SIGKILL)
    crew.wait("ready", 2)
    assert trainer.run(lease(), work("good"))
    assert crew.wait("ended")[1].state == "completed"


def test_closing_ends_the_process_whatever_it_does(start, crew):
    trainer = start("waits")
    crew.wait("ready")
    trainer.run(lease(), work("waits"))
    crew.wait("reported")
    pid = trainer.pid
    trainer.close()
    trainer.join(5)
    assert not Path(f"/proc/{pid}").exists()
    assert crew.all("ended") == []


def test_a_process_that_says_nothing_takes_one_trial_at_a_time(start, crew):
    trainer = start("waits")
    assert (trainer.room, trainer.lanes, trainer.busy) == (0, 1, 0)
    crew.wait("ready")
    assert (trainer.room, trainer.lanes, trainer.busy) == (1, 1, 0)
    trainer.run(lease(), work("waits"))
    assert (trainer.room, trainer.lanes, trainer.busy) == (0, 1, 1)


def test_a_process_holds_as_many_leases_as_it_wants(crowd, crew):
    trainer = crowd(5, 2)
    assert (trainer.room, trainer.lanes, trainer.busy) == (5, 2, 0)
    for number in range(3):
        assert trainer.run(lease(number, fate="waits"), work("any"))
        assert trainer.room == 5 - (number + 1)
    crew.wait("room", 4)
    assert (trainer.lanes, trainer.busy) == (2, 2)
    trainer.decide("token-1", Decision.PAUSE, "rung")
    _, item, _ = crew.wait("ended")
    assert (item.lease, item.state, item.checkpoint.ref) == ("token-1", "released", "kept")
    assert trainer.room == 3
    trainer.run(lease(3, fate="ends"), work("any"))
    assert crew.wait("ended", 2)[1].lease == "token-3"
    assert crew.all("died") == []


def test_a_trial_makes_room_when_its_end_is_known_and_not_before(start, crew):
    trainer = start("good")
    crew.wait("ready")
    run(trainer, crew, "good")
    assert crew.all("made room") == [("made room", 0, 1)]


def test_what_was_told_to_end_makes_room_before_it_has_ended(crowd, crew):
    trainer = crowd(2, 2)
    for number in range(2):
        trainer.run(lease(number, fate="waits"), work("any"))
    assert trainer.room == 0
    with trainer._guard:  # what it says of its end is heard later
        trainer._held["token-1"] = Decision.STOP
    assert trainer.room == 1


def test_decisions_about_one_lease_leave_the_others_alone(crowd, crew):
    trainer = crowd(2, 2)
    for number in range(2):
        trainer.run(lease(number, fate="waits"), work("any"))
    trainer.decide("token-0", Decision.CANCEL, "user")
    trainer.decide("token-1", Decision.RELEASE, "the worker ends")
    crew.wait("ended", 2)
    assert [item.lease for _, item, _ in crew.all("ended")] == ["token-0", "token-1"]


def test_a_process_that_wants_fewer_than_it_holds_has_no_room(crowd, crew):
    trainer = crowd(0, 1)
    assert trainer.room == 0
    assert trainer.run(lease(0, fate="waits"), work("any"))  # on its way when the process said so
    assert trainer.room == 0


def test_of_several_trials_in_a_dead_process_none_is_charged(crowd, crew):
    trainer = crowd(3, 3)
    for number in range(3):
        trainer.run(lease(number, fate="waits"), work("any"))
    crew.wait("reported", 3)
    os.kill(trainer.pid, signal.SIGKILL)
    died = crew.wait("died")
    assert [(item.lease, item.state, item.error) for item in died[1]] == [
        (f"token-{n}", "released", None) for n in range(3)
    ]
    before = [kind for kind, *_ in crew.heard[: crew.heard.index(died)]]
    crew.wait("room", before.count("room") + 1)
    assert trainer.room == 3
    assert crew.all("did_not_come_up") == crew.all("ended") == []


DEAF = """
import os, sys, time
os.write(int(sys.argv[4]), b'{"kind": "ready", "device": {}}\\n{"kind": "room", "capacity": 9999, "lanes": 1, "busy": 0}\\n')
time.sleep(600)
"""


def test_nobody_waits_for_a_process_that_does_not_listen(launch, crew):
    """Many times what a pipe holds."""
    trainer = launch([sys.executable, "-c", DEAF])
    crew.wait("room")
    for number in range(2000):
        assert trainer.run(lease(number, fate="waits"), work("any"))
    trainer.decide("token-0", Decision.STOP, None)
    assert trainer.room == 9999 - 1999
    os.kill(trainer.pid, signal.SIGKILL)
    assert len(crew.wait("died")[1]) == 2000
    trainer.close()
    trainer.join(0.1)


def test_a_trial_that_dies_alone_has_failed(crowd, crew):
    trainer = crowd(3, 3)
    trainer.run(lease(0, fate="kills"), work("any"))
    _, [item] = crew.wait("died")
    assert (item.lease, item.state, item.error.reason) == ("token-0", "failed", "killed")
