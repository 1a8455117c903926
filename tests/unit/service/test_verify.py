"""The checker finds nothing in real histories, and names what is wrong, and where, in each that was tampered with."""

import asyncio
import json
import shutil

import pytest
from bad_histories import BAD, of, set_back
from bad_rows import BAD_ROWS
from histories import make_histories
from sqlalchemy import text

from hpsearch.errors import StudyNotFound
from hpsearch.service.verify import verify
from hpsearch.service.verify.__main__ import main
from hpsearch.storage import Database
from hpsearch_migrations import open_database


def _sql(url: str, *statements: str) -> None:
    database = Database(url)
    try:
        with database.write() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        database.close()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def original(request, tmp_path_factory):
    """The address of the histories; not to be written to."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('verify') / 'original.db'}"
    else:
        url = request.getfixturevalue("postgres").empty()
    asyncio.run(make_histories(url))
    return url


@pytest.fixture
def url(original, request, tmp_path):
    """The address of a copy."""
    if original.startswith("sqlite"):
        shutil.copy(original.removeprefix("sqlite:///"), tmp_path / "copy.db")
        return f"sqlite:///{tmp_path / 'copy.db'}"
    return request.getfixturevalue("postgres").copy(original)


def _check(url: str, study: str | None = None, *, replay: bool = False):
    database = Database(url, read_only=True)
    try:
        return verify(database, study, replay=replay)
    finally:
        database.close()


def test_real_histories_are_accepted(original):
    assert _check(original) == []
    assert _check(original, "busy") == []
    assert _check(original, replay=True) == []


@pytest.mark.parametrize("bad", [*BAD, *BAD_ROWS], ids=lambda bad: bad.name)
def test_bad_histories_are_rejected_for_their_reason(url, bad):
    _sql(url, *bad.statements)
    found = _check(url)
    named = [
        violation
        for violation in found
        if violation.invariant.name == bad.invariant and bad.message in violation.message
    ]
    places = [(violation.study, violation.trial, violation.attempt, violation.seq) for violation in named]
    assert (bad.study, bad.trial, bad.attempt, bad.seq) in places, [str(violation) for violation in found]
    assert {violation.study for violation in found} == {bad.study}, "only what was tampered with"


@pytest.mark.parametrize(
    ("study", "trial", "change"),
    [
        ("busy", 1, "UPDATE trials SET params = '{\"x\": 0.125}' "),
        ("grid", 2, 'UPDATE trials SET params = \'{"a": "x", "b": 2}\' '),
        ("searched", 10, "UPDATE trials SET params = '{\"x\": 0.125}' "),
    ],
)
def test_what_was_not_suggested_is_found_by_computing_it_again(url, study, trial, change):
    _sql(url, change + of(study, f"number = {trial}"))
    assert _check(url) == []
    found = _check(url, replay=True)
    assert {(violation.invariant.name, violation.study) for violation in found} == {("I8", study)}
    (first, *_) = [violation for violation in found if "computed again they are {" in violation.message]
    assert first.trial == trial


def test_parameters_are_computed_again_exactly(url):
    _sql(url, 'UPDATE trials SET params = \'{"a": "y", "b": 2.0}\' ' + of("grid", "number = 3"))
    found = [violation.message for violation in _check(url, replay=True) if "computed again" in violation.message]
    assert found == ["its parameters are {'a': 'y', 'b': 2.0}, but computed again they are {'a': 'y', 'b': 2}"]


def test_a_suggestion_never_saw_less_than_the_one_before_it(url):
    _sql(url, "UPDATE trials SET view_seq = 9 " + of("searched", "number = 13"))
    assert [(found.invariant.name, found.trial, found.seq) for found in _check(url, replay=True)] == [("I8", 13, 9)]


def test_suggestions_are_computed_again_under_equal_versions_only(url, capsys):
    _sql(url, "UPDATE studies SET versions = '{\"optuna\": \"1.2.3\"}' WHERE name = 'searched'")
    assert main(["--database-url", url]) == 0
    assert main(["busy", "--database-url", url, "--replay"]) == 0
    capsys.readouterr()
    assert main(["--database-url", url, "--replay"]) == 4
    assert "study 'searched' was searched under optuna 1.2.3, here is" in capsys.readouterr().err


def test_leases_may_end_earlier_by_a_clock_that_was_set_back(url):
    """As far as it was: two minutes before the report, and the lease was renewed then."""
    minutes = 2 * 60 * 1_000_000
    _sql(
        url,
        set_back(5, 9).replace(", at FROM", f", at - {minutes} FROM"),
        f"UPDATE attempts SET expires_at = expires_at - {minutes} + 1 " + of("pruned", "trial = 0"),
    )
    assert [violation for violation in _check(url) if violation.invariant.name == "I6"] == []


def test_only_the_study_that_was_asked_for_is_checked(url):
    _sql(url, "UPDATE studies SET budget = '{\"max_trials\": 1}' WHERE name = 'busy'")
    assert _check(url, "grid") == []
    assert [violation.invariant.name for violation in _check(url, "busy")] == ["I4"]
    with pytest.raises(StudyNotFound):
        _check(url, "nothing")


def test_pages_are_checked_to_the_last(url, monkeypatch):
    monkeypatch.setattr("hpsearch.service.verify.walk.PAGE", 3)
    assert _check(url) == []
    _sql(url, "UPDATE events SET to_state = 'pruned', from_state = 'queued' " + of("busy", "trial = 7 AND seq = 32"))
    assert {violation.trial for violation in _check(url)} == {7}


def test_a_database_is_checked_while_a_server_holds_it(url, capsys):
    database = open_database(url)
    try:
        assert main(["--database-url", url]) == 0
        with database.write() as connection:
            connection.execute(text("UPDATE service SET last_seen = last_seen"))
    finally:
        database.close()
    assert "all invariants hold" in capsys.readouterr().err


def test_the_command_says_where(url, capsys):
    _sql(url, "UPDATE trials SET attempts = 3 " + of("busy", "number = 2"))
    assert main(["busy", "--database-url", url]) == 1
    out = capsys.readouterr().out
    assert "I1 busy, trial 2, seq 22: counts 3 attempts, its history has 2\n" in out
    assert main(["busy", "--database-url", url, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    first = document["violations"][0]
    assert (first["invariant"], first["study"], first["trial"], first["seq"]) == ("I1", "busy", 2, 22)


def test_the_command_tells_its_outcomes_apart(original, tmp_path, capsys):
    assert main(["--database-url", original, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"violations": []}
    assert main(["nothing", "--database-url", original]) == 3
    assert main(["--database-url", f"sqlite:///{tmp_path / 'nothing.db'}"]) == 2
    assert not list(tmp_path.iterdir()), "a checker creates nothing"
    (tmp_path / "empty.db").touch()
    assert main(["--database-url", f"sqlite:///{tmp_path / 'empty.db'}"]) == 2
    assert "not of this release" in capsys.readouterr().err
