"""Studies of a real server as data frames."""

import csv
import io

import pandas as pd
import pytest

from hpsearch.dataframe import to_dataframe
from hpsearch.errors import StudyNotFound


@pytest.fixture(scope="module")
def name(place):
    return place.search(trials=60, left=2)


@pytest.fixture(scope="module")
def frame(place, name):
    return to_dataframe(name, place.client)


def test_columns_and_rows_are_those_of_the_csv_export(place, name, frame):
    rows = list(csv.DictReader(io.StringIO("".join(place.client.export(name, "csv")))))
    assert list(frame.columns) == list(rows[0])
    assert [str(number) for number in frame["number"]] == [row["number"] for row in rows]
    for column in (
        "state",
        "reason",
        "error",
        "params.optimizer",
        "best_step",
        "values.val_loss",
        "metrics.val_accuracy",
    ):
        shown = ["" if pd.isna(cell) else str(cell) for cell in frame[column]]
        assert shown == [row[column] for row in rows]


def test_columns_have_their_types(frame):
    assert {column: str(kind) for column, kind in frame.dtypes.items()} == {
        "number": "int64",
        "state": "category",
        "reason": "category",
        "enqueued": "bool",
        "attempts": "int64",
        "seed": "int64",
        "params.lr": "float64",
        "params.dropout": "float64",
        "params.layers": "Int64",
        "params.batch": "Int64",
        "params.width": "Int64",
        "params.optimizer": "category",
        "params.momentum": "float64",
        "params.decay": "category",
        "params.mixed": "object",
        "params.epochs": "category",
        "values.val_loss": "float64",
        "metrics.val_accuracy": "float64",
        "best_step": "Int64",
        "last_step": "Int64",
        "error": "category",
        "created_at": str(frame["created_at"].dtype),
        "started_at": str(frame["created_at"].dtype),
        "finished_at": str(frame["created_at"].dtype),
    }
    assert str(frame["created_at"].dt.tz) == "UTC"


def test_cells_are_those_of_the_trials(place, name, frame):
    for trial, row in zip(place.client.list_trials(name), frame.to_dict("records"), strict=True):
        for parameter in ("lr", "layers", "optimizer", "momentum", "decay", "epochs", "mixed"):
            value = trial.params.get(parameter)
            cell = row[f"params.{parameter}"]
            assert pd.isna(cell) if value is None else (cell == value and type(cell) is type(value))
        assert row["created_at"] == pd.Timestamp(trial.created_at)
        assert pd.isna(row["finished_at"]) == (trial.finished_at is None)
        assert row["enqueued"] is trial.enqueued


def test_several_objectives_have_a_column_each(place):
    name = place.search(trials=10, direction=["minimize", "maximize"], metric=["val_loss", "speed"])
    frame = to_dataframe(name, place.client)
    ours = [trial.values for trial in place.client.list_trials(name) if trial.values]
    assert frame[["values.val_loss", "values.speed"]].dropna().to_numpy().tolist() == ours


def test_a_study_without_trials(place):
    place.client.create_study(
        {"name": "empty", "objective": "m:f", "space": {"x": {"type": "int", "low": 0, "high": 1}}}
    )
    frame = to_dataframe("empty", place.client)
    assert (len(frame), str(frame["params.x"].dtype), str(frame["created_at"].dt.tz)) == (0, "Int64", "UTC")


def test_a_study_that_is_not_there(place):
    with pytest.raises(StudyNotFound):
        to_dataframe("none", place.client)
