"""The training process's own parts; it is met whole in tests/unit/workers/agent/test_trainer.py."""

import queue
import sys
import threading
import types

from patience import SECONDS
from populations import trial

from hpsearch.wire.verbs import Lease, Work
from hpsearch_workers.agent.channel import Ended, Run
from hpsearch_workers.child import Trainings, device


def test_the_device_is_told_where_jax_was_imported():
    assert device()["platform"] == "cpu"


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


def test_a_trial_is_set_up_while_others_train(tmp_path, monkeypatch):
    monkeypatch.setenv("HPSEARCH_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("HPSEARCH_LANES", "1")
    begun, gate = threading.Event(), threading.Event()

    class Mine:
        def prepare(self, given):
            if given.number:
                begun.set()
                assert gate.wait(SECONDS)
            return trial(given.number).training

        def weights(self, training, weights):
            return weights

    module = types.ModuleType("mine")
    module.Mine = Mine
    monkeypatch.setitem(sys.modules, "mine", module)
    supervisor = Supervisor()
    trainings = Trainings(["mine:Mine"], supervisor)
    work = Work(objective="mine:Mine", settings={}, metric="val_loss", direction="minimize")
    for number in range(2):
        lease = Lease(lease=f"t{number}", study="s", trial=number, attempt=1, params={}, seed=number)
        supervisor.runs.put(Run(lease=lease, work=work))
    assert begun.wait(SECONDS)
    for number in range(2):
        trainings.work()
        while not trainings._is_idle:
            trainings.work()
        assert supervisor.ended.get(timeout=SECONDS) == (f"t{number}", "completed")
        gate.set()
