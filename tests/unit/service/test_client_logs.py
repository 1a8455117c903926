"""The checker compares a database with its clients' logs: real ones agree, and each that was tampered with is found for its reason."""

import asyncio
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from logged import make_logged
from sqlalchemy import text

from hpsearch.errors import InvalidInput
from hpsearch.service.verify import verify
from hpsearch.service.verify.__main__ import main
from hpsearch.storage import Database


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    asyncio.run(make_logged(f"sqlite:///{folder / 'hpsearch.db'}", folder / "w.log"))
    return folder


@pytest.fixture
def folder(original, tmp_path):
    return Path(shutil.copytree(original, tmp_path / "copy"))


def _check(folder: Path, *logs: Path, study: str | None = None):
    database = Database(f"sqlite:///{folder / 'hpsearch.db'}", read_only=True)
    try:
        return verify(database, study, logs or (folder / "w.log",))
    finally:
        database.close()


def _sql(folder: Path, *statements: str) -> None:
    database = Database(f"sqlite:///{folder / 'hpsearch.db'}")
    try:
        with database.write() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        database.close()


def _lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "w.log").read_bytes().splitlines() if line]


def _write(folder: Path, lines: list[dict]) -> None:
    (folder / "w.log").write_text("".join(f"\n{json.dumps(line)}" for line in lines))


def _exchange(lines: list[dict], path: str, place: int) -> tuple[dict, dict]:
    """The request on this path of this place, and its answer."""
    request = [line for line in lines if line.get("path") == path][place]
    return request, next(line for line in lines if line.get("answered") == request["sent"])


def _answer(path: str, place: int, status: int, body: object) -> Callable[[list[dict]], None]:
    def edit(lines):
        _exchange(lines, path, place)[1].update(status=status, body=body)

    return edit


def _ask_for_one(lines):
    _exchange(lines, "/ask", 0)[0]["body"]["count"] = 1


def _enqueued_as_another(lines):
    _exchange(lines, "/studies/s/enqueue", 0)[1]["body"]["number"] = 5


def _refuse(path: str, place: int, code: str) -> Callable[[list[dict]], None]:
    def edit(lines):
        for item in _exchange(lines, path, place)[1]["body"]["items"]:
            item["code"] = code

    return edit


def _failed_read(status: int) -> Callable[[list[dict]], None]:
    return lambda lines: lines.append({"method": "GET", "path": "/studies/s", "status": status})


PROBLEM = {"code": "invalid_input", "detail": "no", "fields": [{"field": "items.0.step", "message": "no"}]}


@dataclass(frozen=True)
class Bad:
    """What was done to the database, or to the log, and the finding that must be there."""

    name: str
    invariant: str
    message: str
    statements: tuple[str, ...] = ()
    edit: Callable[[list[dict]], None] | None = None
    study: str = "s"
    trial: int | None = None
    attempt: int | None = None


BAD = [
    Bad(
        "an acknowledged report is lost", "I5", "its report 0.25 of step 2 was acknowledged; stored is none",
        ("DELETE FROM reports WHERE trial = 0 AND step = 2",), trial=0, attempt=1,
    ),
    Bad(
        "an acknowledged report has another value", "I5", "its report 0.25 of step 2 was acknowledged; stored is 0.3",
        ("UPDATE reports SET value = 0.3 WHERE trial = 0 AND step = 2",), trial=0, attempt=1,
    ),
    Bad(
        "a value that nobody sent", "I5", "its report 0.3 of step 2 was never sent",
        ("UPDATE reports SET value = 0.3 WHERE trial = 0 AND step = 2",), trial=0, attempt=1,
    ),
    Bad(
        "a step that nobody sent", "I5", "its report 0.5 of step 9 was never sent",
        ("UPDATE reports SET step = 9 WHERE trial = 0 AND step = 1",), trial=0, attempt=1,
    ),
    Bad(
        "a value that was refused is stored", "I5", "its report 0.75 of step 1 was never sent",
        ("UPDATE reports SET value = 0.75 WHERE trial = 0 AND step = 1",), trial=0, attempt=1,
    ),
    Bad(
        "a number in the place of NaN", "I5", "its report nan of step 3 was acknowledged; stored is 0.0",
        ("UPDATE reports SET value = 0.0 WHERE trial = 0 AND step = 3",), trial=0, attempt=1,
    ),
    Bad(
        "a report of another attempt", "I5", "its report 0.5 of step 1 was never sent",
        ("UPDATE reports SET trial = 1 WHERE trial = 0 AND step = 1",), trial=1, attempt=1,
    ),
    Bad(
        "an acknowledged end is lost", "I5", "its end was acknowledged; stored is none",
        ("UPDATE attempts SET tell_digest = NULL WHERE trial = 0",), trial=0, attempt=1,
    ),
    Bad(
        "an acknowledged end was overwritten", "I5", "its end was acknowledged; stored is another",
        ("UPDATE attempts SET tell_digest = (SELECT tell_digest FROM attempts WHERE trial = 1) WHERE trial = 0",),
        trial=0, attempt=1,
    ),
    Bad(
        "an end that nobody sent", "I5", "its end was never sent",
        ("UPDATE attempts SET tell_digest = 'x' WHERE trial = 2",), trial=2, attempt=1,
    ),
    Bad(
        "an end that was refused is stored", "I5", "its end was never sent",
        edit=_refuse("/tell", 0, "lease_lost"), trial=0, attempt=1,
    ),
    Bad(
        "a grant that nobody asked for", "I5", "was granted to request third of w, which nobody sent",
        ("UPDATE attempts SET request_id = 'third' WHERE trial = 2",), trial=2, attempt=1,
    ),
    Bad(
        "a grant to another worker", "I5", "was granted to request second of v, which nobody sent",
        ("UPDATE attempts SET worker = 'v' WHERE trial = 2",), trial=2, attempt=1,
    ),
    Bad(
        "a grant that vanished", "I5", "its grant was answered, but is not stored",
        ("UPDATE attempts SET token = 'another' WHERE trial = 1",), trial=1, attempt=1,
    ),
    Bad(
        "a grant of another trial", "I5", "its lease was answered as that of s, trial 1, attempt 1",
        (
            "CREATE TABLE swap AS SELECT trial, token FROM attempts",
            "UPDATE attempts SET token = trial",
            "UPDATE attempts SET token = (SELECT token FROM swap WHERE swap.trial = 1 - attempts.trial) WHERE trial < 2",
            "UPDATE attempts SET token = (SELECT token FROM swap WHERE swap.trial = 2) WHERE trial = 2",
        ),
        trial=0, attempt=1,
    ),
    Bad(
        "more granted than asked for", "I5", "request first of w was granted 2 trials, it asked for 1",
        edit=_ask_for_one, study="all",
    ),
    Bad(
        "an enqueued trial that vanished", "I5", "wish enqueued it, but it is not stored",
        ("UPDATE trials SET request_id = 'another' WHERE number = 2",), trial=2,
    ),
    Bad(
        "an enqueued trial of another number", "I5", "was enqueued by wish, which was answered as trial 5",
        edit=_enqueued_as_another, trial=2,
    ),
    Bad(
        "what was refused as malformed is stored", "I5", "its report 0.25 of step 2 was never sent",
        edit=_answer("/report", 1, 422, PROBLEM), trial=0, attempt=1,
    ),
    Bad(
        "a refusal that names nothing", "I9", "/report was refused, and no field was named: no",
        edit=_answer("/report", 3, 422, {"code": "invalid_input", "detail": "no", "fields": []}), study="all",
    ),
    Bad(
        "a fault of the server", "I9", "/report was answered by 500: the command failed",
        edit=_answer("/report", 3, 500, {"code": "internal_error", "detail": "the command failed"}), study="all",
    ),
    Bad(
        "a fault of the server at a read", "I9", "GET /studies/s was answered by 500",
        edit=_failed_read(500), study="all",
    ),
]  # fmt: skip


def test_real_logs_are_accepted(original):
    assert _check(original) == []
    assert _check(original, study="s") == []


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_accounts_are_rejected_for_their_reason(folder, bad):
    _sql(folder, *bad.statements)
    lines = _lines(folder)
    if bad.edit is not None:
        bad.edit(lines)
        _write(folder, lines)
    found = _check(folder)
    places = [(one.invariant.name, one.study, one.trial, one.attempt, one.message) for one in found]
    assert (bad.invariant, bad.study, bad.trial, bad.attempt, bad.message) in places, [str(one) for one in found]


@pytest.mark.parametrize("place", range(8))
def test_an_answer_that_was_lost_proves_nothing(folder, place):
    lines = _lines(folder)
    answers = [line for line in lines if "answered" in line]
    lines.remove(answers[place])
    _write(folder, lines)
    assert _check(folder) == []


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_an_answer_that_passes_proves_nothing(folder, status):
    lines = _lines(folder)
    _answer("/report", 1, status, None)(lines)
    _failed_read(status)(lines)
    _write(folder, lines)
    assert _check(folder) == []


def test_a_line_that_a_crash_cut_short_is_passed_over(folder):
    log = folder / "w.log"
    log.write_bytes(log.read_bytes() + b'\n{"sent": "x-0", "method": "PO' + b'\n{"sent": "x-1", "method": "POST"')
    assert _check(folder) == []


def test_several_logs_are_taken_together(folder):
    lines = _lines(folder)
    half = len(lines) // 2 // 2 * 2
    first, second = folder / "a.log", folder / "b.log"
    _write(folder, lines[:half])
    shutil.move(folder / "w.log", first)
    _write(folder, lines[half:])
    shutil.move(folder / "w.log", second)
    assert _check(folder, first, second) == []
    assert _check(folder, second, first) == []
    assert {one.invariant.name for one in _check(folder, first)} == {"I5"}


def test_the_command_takes_logs(folder, capsys):
    url = f"sqlite:///{folder / 'hpsearch.db'}"
    assert main(["--database-url", url, "--client-log", str(folder / "w.log")]) == 0
    _sql(folder, "DELETE FROM reports WHERE trial = 0 AND step = 2")
    assert main(["--database-url", url]) == 0, "the database alone does not know"
    assert main(["--database-url", url, "--client-log", str(folder / "w.log")]) == 1
    assert "I5 s, trial 0, attempt 1: its report 0.25 of step 2 was acknowledged" in capsys.readouterr().out
    assert main(["--database-url", url, "--client-log", str(folder / "missing.log")]) == 2


def test_a_log_that_is_not_there_is_named(folder):
    with pytest.raises(InvalidInput, match=r"missing\.log"):
        _check(folder, folder / "missing.log")
