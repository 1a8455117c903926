"""The checker where two projects have studies, workers and requests of equal names."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from lab import lab_on
from sqlalchemy import text

from hpsearch.client.journal import Journal
from hpsearch.errors import StudyNotFound
from hpsearch.identity import Identity, Scope
from hpsearch.service.verify import verify
from hpsearch.service.verify.__main__ import main
from hpsearch.storage import Database
from hpsearch.study import Study
from hpsearch.wire import verbs
from hpsearch.wire.studies import Enqueue

DOCUMENT = {"name": "s", "objective": "m:f", "space": {"x": {"type": "float", "low": 0, "high": 1}}}


async def _make(url: str, log: Path) -> None:
    """In each project a study `s` of which `w` asks by the request `r` for as many trials as it is the project's turn, and enqueues one."""
    journal = Journal(log)
    async with lab_on(url) as lab:
        for count, project in enumerate(("default", "other"), 1):
            who = Identity(project, Scope.USER, project)
            await lab.service.create_study(Study.model_validate({**DOCUMENT, "sampler": {"name": "random"}}), who)
            for path, body, call in (
                ("/ask", verbs.Ask(worker="w", request_id="r", count=count), lab.service.ask),
                (
                    "/studies/s/enqueue",
                    Enqueue(request_id="wish", params={"x": 0.5}),
                    lambda body, who: lab.service.enqueue("s", body, who),
                ),
            ):
                number = journal.sent("POST", path, body.model_dump_json().encode())
                answer = await call(body, who)
                journal.answered(number, 200, answer.model_dump_json().encode())
    journal.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("projects")
    asyncio.run(_make(f"sqlite:///{folder / 'hpsearch.db'}", folder / "w.log"))
    return folder


@pytest.fixture
def folder(original, tmp_path):
    return Path(shutil.copytree(original, tmp_path / "copy"))


def _check(folder, study=None, project=None, *, logs=True):
    database = Database(f"sqlite:///{folder / 'hpsearch.db'}", read_only=True)
    try:
        return [str(one) for one in verify(database, study, [folder / "w.log"] * logs, project=project)]
    finally:
        database.close()


def _tamper(folder, statement):
    database = Database(f"sqlite:///{folder / 'hpsearch.db'}")
    try:
        with database.write() as connection:
            connection.execute(text(statement))
    finally:
        database.close()


@pytest.mark.parametrize("study", [None, "s"])
@pytest.mark.parametrize("project", [None, "default", "other"])
def test_projects_are_not_taken_for_each_other(folder, study, project):
    assert _check(folder, study, project) == []


@pytest.mark.parametrize("project", ["default", "other"])
def test_findings_name_the_project_and_are_of_the_one_that_was_chosen(folder, project):
    _tamper(folder, f"UPDATE studies SET queued = queued - 1, running = running + 1 WHERE project = '{project}'")
    name = "s" if project == "default" else "other/s"
    for chosen in (None, project):
        found = _check(folder, "s", chosen, logs=False)
        assert found
        assert all(line.startswith(f"I4 {name}, ") for line in found)
    assert _check(folder, "s", "other" if project == "default" else "default", logs=False) == []


def test_what_was_granted_twice_is_found_in_its_project(folder):
    _tamper(folder, "UPDATE attempts SET request_id = 'r2', position = 0 WHERE project = 'other' AND position = 1")
    assert any("r2" in line and line.startswith("I5 other/s, trial 1") for line in _check(folder))
    assert _check(folder, project="default") == []
    lines = [json.loads(line) for line in (folder / "w.log").read_bytes().splitlines() if line]
    for line in lines:
        if line.get("path") == "/ask":
            line["body"]["count"] = 1
    (folder / "w.log").write_text("".join(f"\n{json.dumps(line)}" for line in lines))
    _tamper(folder, "UPDATE attempts SET request_id = 'r', position = 1 WHERE request_id = 'r2'")
    assert _check(folder) == ["I5 other/all: request r of w was granted 2 trials, it asked for 1"]


def test_a_deleted_study_of_the_same_name_is_not_missing(folder):
    _tamper(folder, "UPDATE studies SET deleted_at = 1 WHERE project = 'other'")
    assert [line for line in _check(folder, "s") if "not stored" in line] == []


def test_the_command_chooses_a_project(folder, capsys):
    url = f"sqlite:///{folder / 'hpsearch.db'}"
    _tamper(folder, "UPDATE studies SET queued = queued - 1, running = running + 1 WHERE project = 'other'")
    assert main(["s", "--project", "default", "--database-url", url]) == 0
    capsys.readouterr()
    assert main(["--project", "other", "--database-url", url, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["violations"]
    assert {(one["project"], one["study"]) for one in found} == {("other", "s")}
    for arguments, said in (
        (["--project", "none"], "there is no study in the project 'none'"),
        (["t", "--project", "other"], "there is no study 't' in the project 'other'"),
    ):
        assert main([*arguments, "--database-url", url]) == 3
        assert said in capsys.readouterr().err
    with pytest.raises(StudyNotFound, match=r"there is no study 't'$"):
        _check(folder, "t")
