import io
import math
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as pq

from hpsearch.study import Study
from hpsearch.wire.trials import TrialView
from hpsearch_api import examples, parquet
from hpsearch_api.parquet import ParquetTable
from hpsearch_api.trial_table import TrialTable

SPACE = {
    "rate": {"type": "float", "low": 0, "high": 1},
    "units": {"type": "int", "low": 1, "high": 2**53 - 1},
    "kind": {"type": "categorical", "choices": ["a", "b", None]},
    "flag": {"type": "categorical", "choices": [True, False]},
    "size": {"type": "categorical", "choices": [1, 2.5, 2**53 - 1]},
    "count": {"type": "constant", "value": 3},
    "mixed": {"type": "categorical", "choices": [1, True, "one", 0.5, None]},
    "nothing": {"type": "constant", "value": None},
}


def table(*metrics):
    return TrialTable(Study.model_validate({"name": "s", "objective": "a:b", "space": SPACE}), metrics)


def trial(number=0, **fields):
    return TrialView.model_validate(examples.ANSWERS["get_trial"] | {"number": number, "params": {}, **fields})


def written(table, *pages):
    file = ParquetTable(table)
    pieces = [*(file.add(page) for page in pages), file.end()]
    return pieces, b"".join(pieces)


def read(table, *pages):
    return pq.read_table(io.BytesIO(written(table, *pages)[1]))


def test_columns_are_those_of_the_table_each_in_its_type():
    found = read(table("acc"))
    assert found.num_rows == 0
    assert found.column_names == table("acc").columns
    types = {name: str(kind) for name, kind in zip(found.schema.names, found.schema.types, strict=True)}
    assert types == {
        **dict.fromkeys(("number", "attempts", "seed", "best_step", "last_step"), "int64"),
        **dict.fromkeys(("state", "reason", "error"), "string"),
        **dict.fromkeys(("created_at", "started_at", "finished_at"), "timestamp[us, tz=UTC]"),
        "enqueued": "bool",
        "params.rate": "double",
        "params.units": "int64",
        "params.kind": "string",
        "params.flag": "bool",
        "params.size": "double",
        "params.count": "int64",
        "params.mixed": "string",
        "params.nothing": "string",
        "values.val_loss": "double",
        "metrics.acc": "double",
    }


def test_values_come_back_and_nothing_is_null():
    params = {"rate": 0.5, "units": 2**53 - 1, "kind": "b", "flag": False, "size": 2**53 - 1, "count": 3}
    rows = read(
        table("acc"),
        [trial(0, params=params, values=[0.25], metrics={"acc": float("nan")}, enqueued=True)],
        [trial(1, values=None, metrics={"acc": float("-inf")}, started_at=None, best_step=None, error=None)],
    ).to_pylist()
    assert {name.removeprefix("params."): rows[0][name] for name in rows[0] if name.startswith("params.")} == {
        **params,
        "mixed": None,
        "nothing": None,
    }
    assert (rows[0]["values.val_loss"], rows[0]["enqueued"], rows[0]["number"]) == (0.25, True, 0)
    assert math.isnan(rows[0]["metrics.acc"])
    assert rows[1]["metrics.acc"] == float("-inf")
    assert [rows[1][name] for name in ("values.val_loss", "started_at", "best_step", "error", "params.rate")] == [
        None
    ] * 5
    assert rows[0]["created_at"] == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(("choice", "text"), [(1, "1"), (True, "true"), ("one", '"one"'), (0.5, "0.5"), (None, None)])
def test_values_of_several_kinds_are_json(choice, text):
    [row] = read(table(), [trial(params={"mixed": choice})]).to_pylist()
    assert row["params.mixed"] == text


@given(st.lists(st.floats(), min_size=1, max_size=5), st.lists(st.none() | st.floats(), min_size=1, max_size=5))
def test_every_number_is_kept(values, metrics):
    found = read(
        table("m"),
        [trial(number, values=[value], metrics={}) for number, value in enumerate(values)],
        [trial(values=None, metrics={} if value is None else {"m": value}) for value in metrics],
    )
    expected = [*values, *[None] * len(metrics)]
    assert [repr(value) for value in found["values.val_loss"].to_pylist()] == [repr(value) for value in expected]
    assert [repr(value) for value in found["metrics.m"].to_pylist()[len(values) :]] == [
        repr(value) for value in metrics
    ]


def test_rows_are_written_in_groups_as_soon_as_there_are_enough(monkeypatch):
    monkeypatch.setattr(parquet, "ROW_GROUP", 4)
    pages = [[trial(number) for number in range(start, start + 3)] for start in range(0, 15, 3)]
    pieces, content = written(table(), *pages)
    assert pieces[0].startswith(b"PAR1")
    assert pieces[-1].endswith(b"PAR1")
    assert [bool(piece) for piece in pieces[1:]] == [True, False, True, False, True]
    file = pq.ParquetFile(io.BytesIO(content))
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [6, 6, 3]
    assert file.read()["number"].to_pylist() == list(range(15))


def test_what_was_cut_off_is_no_file():
    pieces, _ = written(table(), [trial()])
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(io.BytesIO(b"".join(pieces[:-1])))
