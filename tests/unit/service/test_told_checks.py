"""What was told of an end, or handed out, and is stored as something else is found by its field."""

import asyncio
import shutil

import pytest
from logged import make_logged
from sqlalchemy import text

from hpsearch.service.verify import verify
from hpsearch.storage import Database


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    asyncio.run(make_logged(f"sqlite:///{folder / 'hpsearch.db'}", folder / "w.log"))
    return folder


TRIAL, ATTEMPT = "UPDATE trials SET {} WHERE number = {}", "UPDATE attempts SET {} WHERE trial = {}"
ERROR = '{"reason": "invalid_parameters", "message": "no", "traceback": null}'
BAD = [
    (
        "values",
        0,
        TRIAL.format("value = 0.2, \"values\" = '[0.2]'", 0),
        "told [0.25] as its trial's values; stored is [0.2]",
    ),
    (
        "metrics",
        0,
        TRIAL.format("metrics = '{\"accuracy\": 1.0}'", 0),
        'told {"accuracy": "NaN"} as its trial\'s metrics; stored is {"accuracy": 1.0}',
    ),
    ("a best step", 0, TRIAL.format("best_step = 1", 0), "told 2 as its trial's best_step; stored is 1"),
    ("the attempt's best step", 0, ATTEMPT.format("best_step = NULL", 0), "told 2 as its best_step; stored is null"),
    ("device seconds", 0, ATTEMPT.format("device_seconds = 1.0", 0), "told 3.0 as its device_seconds; stored is 1.0"),
    ("a trace", 0, ATTEMPT.format("trace = NULL", 0), 'told {"programs": ["p"]} as its trace; stored is null'),
    ("an end", 1, ATTEMPT.format("\"end\" = 'failed'", 1), 'told "fatal" as its end; stored is "failed"'),
    (
        "an error",
        1,
        ATTEMPT.format("error = NULL", 1),
        'told {"message": "no", "reason": "invalid_parameters", "traceback": null} as its error; stored is null',
    ),
    (
        "an error that nobody told",
        2,
        ATTEMPT.format(f"error = '{ERROR}'", 2),
        'told null as its error; stored is {"message": "no", "reason": "invalid_parameters", "traceback": null}',
    ),
    (
        "a deleted artifact",
        0,
        "DELETE FROM artifacts WHERE name = 'curve'",
        "its artifact curve was told, but is not stored",
    ),
    (
        "another artifact",
        0,
        "UPDATE artifacts SET content = '[1.5, 2.5]' WHERE name = 'curve'",
        "its artifact curve is another than was told",
    ),
    (
        "an artifact of another name",
        0,
        "UPDATE artifacts SET name = 'x' WHERE name = 'curve'",
        "its artifact x was never told",
    ),
    (
        "metrics of a report",
        0,
        "UPDATE reports SET metrics = '{}' WHERE trial = 0 AND step = 2",
        "its report of step 2 has the metrics {}, which were never sent",
    ),
    (
        "parameters",
        0,
        TRIAL.format("params = '{\"x\": 0.125}'", 0),
        'its parameters are {"x": 0.125}, it was handed out with {"x": ',
    ),
]


@pytest.mark.parametrize(("trial", "statement", "message"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_what_is_not_as_it_was_told_is_found(original, tmp_path, trial, statement, message):
    shutil.copy(original / "hpsearch.db", tmp_path)
    database = Database(f"sqlite:///{tmp_path / 'hpsearch.db'}")
    try:
        assert verify(database, client_logs=[original / "w.log"]) == []
        with database.write() as connection:
            connection.execute(text(statement))
        found = verify(database, client_logs=[original / "w.log"])
    finally:
        database.close()
    named = [one for one in found if one.invariant.name == "I5" and one.message.startswith(message)]
    assert [(one.trial, one.attempt) for one in named] == [(trial, 1)], [str(one) for one in found]
