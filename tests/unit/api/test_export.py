import csv
import io
import json
import sys
from datetime import UTC, datetime

import pytest

from hpsearch.errors import InvalidInput, StudyNotFound
from hpsearch.identity import OWNER
from hpsearch.wire.studies import StudyView
from hpsearch.wire.trials import TrialView
from hpsearch_api import examples, export

pytestmark = pytest.mark.anyio


class Service:
    """A study's trials in pages of two."""

    def __init__(self, *trials, metric="val_loss"):
        directions = "minimize" if isinstance(metric, str) else ["minimize"] * len(metric)
        definition = {
            "name": "s",
            "objective": "a:b",
            "metric": metric,
            "direction": directions,
            "space": {"rate": {"type": "float", "low": 0, "high": 1}, "name": {"type": "constant", "value": "=1+1"}},
        }
        self.study = StudyView.model_validate(examples.ANSWERS["get_study"] | {"definition": definition})
        self.trials = [
            TrialView.model_validate(examples.ANSWERS["get_trial"] | {"number": number, **trial})
            for number, trial in enumerate(trials)
        ]

    async def get_study(self, name, who):
        if name != "s":
            raise StudyNotFound
        return self.study

    async def metric_names(self, name, who):
        return sorted({metric for trial in self.trials for metric in trial.metrics})

    async def export_trials(self, name, who):
        for start in range(0, len(self.trials), 2):
            yield self.trials[start : start + 2]


async def exported(service, form):
    response = await export.respond(service, "s", form, OWNER)
    return response, "".join([part async for part in response.body_iterator])


async def table(service):
    _, text = await exported(service, "csv")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (False, "false"),
        (None, None),
        (3, 3),
        (-0.5, -0.5),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        ("sgd", "sgd"),
        ("1-2", "1-2"),
        *[(f"{first}x", f"'{first}x") for first in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"],
    ],
)
def test_a_cell(value, shown):
    assert export.cell(value) == shown


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
async def test_json_is_one_list_of_trials(count):
    service = Service(*[{}] * count)
    response, text = await exported(service, "json")
    assert [TrialView.model_validate(trial) for trial in json.loads(text)] == service.trials
    assert response.media_type == "application/json"


async def test_columns_of_the_space_the_objectives_and_all_metrics():
    service = Service(
        {"params": {"rate": 0.5}, "metrics": {"b": 1.0}, "values": [0.25, -1.0]},
        {"params": {"name": "=1+1"}, "metrics": {}, "values": None, "error": None},
        {"params": {}, "metrics": {"a": float("inf"), "b": 2.0}, "values": [0.5, float("nan")]},
        metric=("loss", "size"),
    )
    rows = await table(service)
    names = [name for name in rows[0] if "." in name]
    assert names == ["params.rate", "params.name", "values.loss", "values.size", "metrics.a", "metrics.b"]
    assert [[row[name] for name in names] for row in rows] == [
        ["0.5", "", "0.25", "-1.0", "", "1.0"],
        ["", "'=1+1", "", "", "", ""],
        ["", "", "0.5", "NaN", "Infinity", "2.0"],
    ]


async def test_the_rest_of_a_row():
    error = {"reason": "exception", "message": "=cmd", "traceback": None}
    [row] = await table(Service({"state": "failed", "error": error, "enqueued": True}))
    assert (row["number"], row["state"], row["error"], row["enqueued"]) == ("0", "failed", "exception", "true")
    assert (row["created_at"], row["best_step"]) == ("2026-11-20T09:30:00Z", "31")
    assert None not in row


async def test_an_empty_table_has_its_columns():
    response, text = await exported(Service(), "csv")
    assert text.startswith("number,state,")
    assert text.endswith("\r\n")
    assert response.headers["content-disposition"] == 'attachment; filename="s.csv"'


async def test_no_study_no_answer():
    with pytest.raises(StudyNotFound):
        await export.respond(Service(), "other", "csv", OWNER)


async def test_without_pyarrow_parquet_is_refused_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "hpsearch_api.parquet", raising=False)
    with pytest.raises(InvalidInput, match=r"format: .*extra `parquet`") as raised:
        await export.respond(Service({}), "s", "parquet", OWNER)
    assert [error.field for error in raised.value.fields] == ["format"]
    response, _ = await exported(Service({}), "csv")
    assert response.status_code == 200
