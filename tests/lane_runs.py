"""What tests of lanes run: objectives, trials, a link that hears everything, and what became of it all."""

import threading
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import optax
from patience import SECONDS
from populations import DATA, Line

from hpsearch.errors import InvalidInput
from hpsearch.wire.verbs import Lease, Work
from hpsearch_workers.agent.channel import Decide, Ended, Reported, Room, Run
from hpsearch_workers.population import Data, FromLoss, Training


class Link:
    """Hears everything, and says what was decided."""

    def __init__(self):
        self.events, self.decisions = [], {}
        self._changed = threading.Condition()

    def tell(self, event):
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def decision(self, lease):
        decided = self.decisions.get(lease)
        return decided and Decide(lease=lease, decision=decided, reason=None)

    def ended(self, number):
        """How a trial ended."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._ended(number), SECONDS), f"trial {number} did not end"
            [item] = self._ended(number)
            return item

    def _ended(self, number):
        return [event.item for event in self.events if isinstance(event, Ended) and event.item.lease == f"t{number}"]

    def reports(self, number):
        return [event.item for event in self.events if isinstance(event, Reported) and event.item.lease == f"t{number}"]

    @property
    def capacity(self):
        rooms = [event.capacity for event in self.events if isinstance(event, Room)]
        return rooms[-1] if rooms else 1


class Lines:
    """An objective of the user's own."""

    def prepare(self, trial):
        if "error" in trial.params:
            raise InvalidInput.at("params.error", "is not wanted") if trial.params["error"] else ValueError("no")
        hyper = {"rate": np.float32(trial.params["rate"]), "noise": np.float32(0.01)}
        settings = trial.settings
        return Training(Line(settings["kind"]), hyper, DATA, settings["batch"], settings["epochs"])

    def weights(self, training, weights):
        if not training.hyper["rate"]:
            raise ValueError("a rate of 0 is worth nothing")
        return {"w": np.asarray(weights["w"])}


@dataclass(frozen=True)
class Softmax:
    """A softmax regression that says what it makes of each sample."""

    def init(self, key, hyper):
        return {"w": jnp.zeros((4, 3))}

    def scores(self, weights, hyper, batch):
        return jax.nn.softmax(batch[0].reshape(len(batch[0]), -1) @ weights["w"])

    def loss(self, weights, hyper, batch, key):
        return -jnp.log(jnp.take_along_axis(self.scores(weights, hyper, batch), batch[1][:, None], axis=1)[:, 0])

    def optimizer(self, hyper, epochs):
        return optax.sgd(hyper["rate"])


LABELS = np.arange(30, dtype=np.int32) % 3
PICTURES = np.random.default_rng(0).normal(size=(30, 2, 2)).astype(np.float32) + np.eye(3, 4)[LABELS].reshape(30, 2, 2)
"""Of three classes, which a line parts but for some."""


class Classes(Lines):
    """A classifier of the user's own; of `folds`."""

    def prepare(self, trial):
        rows = np.arange(30, dtype=np.int32).reshape(3, 10)
        folds = trial.settings["kind"] or 1
        train = np.stack([np.delete(rows, fold, axis=0).ravel() for fold in range(folds)])
        hyper = {"rate": np.float32(trial.params["rate"])}
        data = Data((PICTURES.astype(np.float32), LABELS), train, rows[:folds])
        return Training(FromLoss(Softmax()), hyper, data, trial.settings["batch"], trial.settings["epochs"])

    def weights(self, training, weights):
        return weights


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def run(number=0, rate=0.05, resume=None, epochs=5, kind=0, batch=4, **params):
    given = params or {"rate": rate}
    lease = Lease(lease=f"t{number}", study="s", trial=number, attempt=1, params=given, seed=number, resume=resume)
    settings = {"epochs": epochs, "kind": kind, "batch": batch}
    work = Work(objective="m:Lines", settings=settings, metric="val_loss", direction="minimize", max_trials=200)
    return Run(lease=lease, work=work)


def finish(lanes):
    while not lanes.is_idle:
        lanes.work()


def settled(lanes):
    """Waits for the disk."""
    done = threading.Event()
    lanes._disk.put(done.set)
    assert done.wait(SECONDS)


def stored(root):
    return sorted(path.name for path in root.glob("s/.running/*"))


def known(link, number):
    """Names of the snapshots that the server has heard of."""
    return [item.checkpoint.ref.rpartition("/")[2] for item in link.reports(number) if item.checkpoint]


def curve(link, number=0):
    return [(item.step, item.value) for item in link.reports(number)]
