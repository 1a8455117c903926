import pytest
from processes import TOKEN, Processes

from hpsearch.client import Client
from hpsearch.wire.verbs import Ask, ReportItem, TellItem

SPACE = {
    "lr": {"type": "float", "low": 1e-4, "high": 0.1, "log": True},
    "dropout": {"type": "float", "low": 0.1, "high": 0.75, "step": 0.1},
    "layers": {"type": "int", "low": 1, "high": 4},
    "batch": {"type": "int", "low": 8, "high": 100, "step": 16},
    "width": {"type": "int", "low": 2, "high": 512, "log": True},
    "optimizer": {"type": "categorical", "choices": ["sgd", "adam"]},
    "momentum": {"type": "float", "low": 0.0, "high": 0.99, "when": {"optimizer": ["sgd"]}},
    "decay": {"type": "categorical", "choices": [None, True, 0.5, "cosine"]},
    "mixed": {"type": "categorical", "choices": [1, True, "one"]},
    "epochs": {"type": "constant", "value": 20},
}


class Place:
    """A real server, and what is needed to reach it."""

    def __init__(self, folder, lease_seconds=120):
        self.processes = Processes(folder)
        self.database = folder / "hpsearch.db"
        _, self.address = self.processes.serve(self.database, HPSEARCH_LEASE_SECONDS=str(lease_seconds))
        self.client = Client(self.address, TOKEN)
        self.names = (f"study-{number}" for number in range(1000))

    def search(self, *, trials: int = 60, left: int = 0, **definition) -> str:
        """A study of which some trials are completed, pruned, diverged, failed, cancelled, and `left` ones queued and running."""
        name = next(self.names)
        self.client.create_study(
            {"name": name, "objective": "m:f", "space": SPACE, "sampler": {"name": "random", "seed": 1}}
            | {"budget": {"max_trials": trials + 2 * left + 1}, **definition}
        )
        several = isinstance(definition.get("direction"), list)
        self.pruned = 0 if several else trials // 5
        leases = self._ask(name, trials)
        for count, lease in enumerate(leases):
            curve = [1.0 / step + lease.params["lr"] for step in (1, 2, 3)]
            self.client.report(
                [ReportItem(lease=lease.lease, step=step, value=value) for step, value in enumerate(curve, 1)]
            )
            metrics = {"val_accuracy": 1.0 - lease.params["lr"]}
            told = {"values": (curve[-1], 3.0 * count) if several else (curve[-1],), "metrics": metrics, "best_step": 3}
            if count >= self.pruned:
                state = "failed" if count % 10 == 9 else "completed"
                error = {"reason": "diverged", "message": "the loss is not finite"}
                told = told if state == "completed" else {"error": error}
                self.client.tell([TellItem.model_validate({"lease": lease.lease, "state": state, **told})])
        if self.pruned:
            self.client.stop(name)
            self.client.tell([TellItem(lease=lease.lease, state="released") for lease in leases[: self.pruned]])
            self.client.resume(name)
        if left:
            self._ask(name, left)
        params = dict(leases[0].params)
        queued = [self.client.enqueue(name, params).number for _ in range(left + 1)]
        self.client.cancel_trial(name, queued[0])
        return name

    def _ask(self, name, count):
        ask = {"worker": "w", "request_id": f"{name}-{count}", "count": count, "studies": [name]}
        return self.client.ask(Ask.model_validate(ask)).leases

    def close(self):
        self.client.close()
        self.processes.close()


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("place"))
    yield place
    place.close()


@pytest.fixture
def short_leases(tmp_path):
    """A server whose leases end after a second."""
    place = Place(tmp_path, lease_seconds=1)
    yield place
    place.close()
