"""The training process's own parts; it is met whole in tests/unit/workers/agent/test_trainer.py."""

import queue
import sys
import threading
import types

import pytest
from populations import trial

from hpsearch.errors import InvalidInput
from hpsearch.wire.verbs import Lease, Work
from hpsearch_workers.agent.channel import Ended, Run
from hpsearch_workers.child import Trainings, device, load_objective


@pytest.fixture
def module(monkeypatch):
    """A module of a user's, `mine`."""
    module = types.ModuleType("mine")
    monkeypatch.setitem(sys.modules, "mine", module)
    return module


def test_an_objective_may_be_an_attribute_of_an_attribute(module):
    module.Group = types.SimpleNamespace(f=len)
    assert load_objective("mine:Group.f") is len


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mine:g", "has no 'g'"),
        ("mine:number", "is no function but 7"),
        ("flax/other", "is neither built in"),
        ("mine", "is neither"),
    ],
)
def test_what_is_no_objective_is_named(module, name, said):
    module.number = 7
    with pytest.raises(InvalidInput, match=said):
        load_objective(name)


def test_the_built_in_objectives_train_in_lanes():
    from hpsearch_workers.training import FlaxObjective

    assert isinstance(load_objective("flax/mlp"), FlaxObjective)
    assert isinstance(load_objective("flax/cnn"), FlaxObjective)
    assert device()["platform"] == "cpu"


def test_a_class_with_prepare_is_an_objective_for_lanes(module):
    class Mine:
        def prepare(self, trial):
            raise NotImplementedError

        def weights(self, training, weights):
            raise NotImplementedError

    module.Mine, module.mine = Mine, Mine()
    assert isinstance(load_objective("mine:Mine"), Mine)
    assert load_objective("mine:mine") is module.mine


def test_an_objective_for_lanes_says_what_is_kept(module):
    module.half = types.SimpleNamespace(prepare=len)
    with pytest.raises(InvalidInput, match="mine:half has `prepare`, and needs `weights` too"):
        load_objective("mine:half")


class Supervisor:
    """Hands out trials, and hears how they end."""

    def __init__(self):
        self.runs, self.ended = queue.SimpleQueue(), queue.SimpleQueue()

    def run(self):
        return self.runs.get()

    def decision(self, lease):
        return None

    def tell(self, event):
        if isinstance(event, Ended):
            self.ended.put((event.item.lease, event.item.state))


def test_a_trial_is_set_up_while_others_train(module, tmp_path, monkeypatch):
    monkeypatch.setenv("HPSEARCH_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("HPSEARCH_LANES", "1")
    begun, gate = threading.Event(), threading.Event()

    class Mine:
        def prepare(self, given):
            if given.number:
                begun.set()
                assert gate.wait(20)
            return trial(given.number).training

        def weights(self, training, weights):
            return weights

    module.Mine = Mine
    supervisor = Supervisor()
    trainings = Trainings(["mine:Mine"], supervisor)
    work = Work(objective="mine:Mine", settings={}, metric="val_loss", direction="minimize")
    for number in range(2):
        lease = Lease(lease=f"t{number}", study="s", trial=number, attempt=1, params={}, seed=number)
        supervisor.runs.put(Run(lease=lease, work=work))
    assert begun.wait(20)
    for number in range(2):
        trainings.work()
        while not trainings._is_idle:
            trainings.work()
        assert supervisor.ended.get(timeout=20) == (f"t{number}", "completed")
        gate.set()
