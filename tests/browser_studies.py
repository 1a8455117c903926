"""Studies made over REST as workers and people make them, for tests of what is shown of them."""

from typing import Any

import httpx2

SPACE = {
    "learning_rate": {"type": "float", "low": 1e-4, "high": 1e-1, "log": True},
    "units": {"type": "int", "low": 16, "high": 128},
    "optimizer": {"type": "categorical", "choices": ["sgd", "adam"]},
}


def create(api: httpx2.Client, name: str, **fields: Any) -> dict[str, Any]:
    """A study of the user's own objective, drawn at random from a seed."""
    body = {"name": name, "objective": "train:run", "space": SPACE, "sampler": {"name": "random", "seed": 7}, **fields}
    answer = api.post("/studies", json=body)
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


def ask(api: httpx2.Client, study: str, count: int, worker: str = "node-1") -> list[dict[str, Any]]:
    """Leases of a study's next trials."""
    total = sum(api.get(f"/studies/{study}").json()["counts"].values())
    body = {"worker": worker, "request_id": f"{study}-{total}", "studies": [study], "count": count, "host": "gpu-1"}
    answer = api.post("/ask", json=body)
    assert answer.status_code == 200, answer.text
    leases: list[dict[str, Any]] = answer.json()["leases"]
    return leases


def report_step(
    api: httpx2.Client, lease: dict[str, Any], step: int, value: float | str, **metrics: float | str
) -> None:
    """One value of a running trial."""
    item = {"lease": lease["lease"], "step": step, "value": value, "metrics": metrics}
    answer = api.post("/report", json={"items": [item]})
    assert answer.status_code == 200, answer.text


def tell(api: httpx2.Client, *items: dict[str, Any]) -> None:
    """Ends attempts."""
    answer = api.post("/tell", json={"items": list(items)})
    assert answer.status_code == 200, answer.text
    assert all(item["accepted"] for item in answer.json()["items"]), answer.text


def complete(api: httpx2.Client, study: str, *values: float | str, worker: str = "node-1") -> None:
    """Trials that end with these values; one that is not finite ends as diverged."""
    for value, lease in zip(values, ask(api, study, len(values), worker), strict=True):
        report_step(api, lease, 1, value)
        tell(api, {"lease": lease["lease"], "state": "completed", "values": [value], "best_step": 1})


def report(api: httpx2.Client, lease: dict[str, Any], *values: float | str, **metrics: list[float]) -> str:
    """What a trial reports step by step from 1 on, with a list of each further metric; the decision after the last."""
    items = [
        {
            "lease": lease["lease"],
            "step": step,
            "value": value,
            "metrics": {name: told[step - 1] for name, told in metrics.items()},
        }
        for step, value in enumerate(values, 1)
    ]
    answer = api.post("/report", json={"items": items})
    assert answer.status_code == 200, answer.text
    decision: str = answer.json()["items"][-1]["decision"]
    return decision
