import json
from pathlib import Path

from hpsearch.cli import extras
from hpsearch.settings import config_file, token_file


def findings(cli, *arguments) -> tuple[int, dict[str, tuple[str, str]]]:
    found = cli("doctor", "--server", "http://127.0.0.1:1", "--json", *arguments)
    return found.code, {one["topic"]: (one["status"], one["detail"]) for one in json.loads(found.out)}


def test_a_fresh_account_has_notes_and_no_problem(cli):
    code, found = findings(cli)
    assert code == 0
    assert found["server"][0] == "note"
    assert found["token"][0] == "note"
    assert found["database"][0] == "ok"
    assert not [topic for topic, (status, _) in found.items() if status == "problem"]


def test_an_extra_that_is_missing_comes_with_its_command(cli, monkeypatch):
    monkeypatch.setitem(extras.EXTRAS, "worker", ("no_such_package",))
    _, found = findings(cli)
    assert found["worker"] == ("note", "no no_such_package; in a clone of hpsearch: pip install '.[worker]'")


def test_a_token_that_others_can_read_is_a_problem(cli):
    token_file().parent.mkdir(parents=True)
    token_file().write_text("secret")
    token_file().chmod(0o644)
    code, found = findings(cli)
    assert code == 1
    assert found["token"] == ("problem", f"others can read {token_file()}: chmod 600 {token_file()}")
    token_file().chmod(0o600)
    assert findings(cli)[1]["token"][0] == "ok"


def test_a_bad_configuration_is_a_problem(cli):
    config_file().parent.mkdir(parents=True)
    config_file().write_text("port = 70000\n")
    code, found = findings(cli)
    assert code == 1
    assert "port" in found["configuration"][1]
    config_file().write_text("port = [\n")
    assert findings(cli)[1]["configuration"][0] == "problem"


def test_a_folder_that_cannot_be_made_is_a_problem(cli, monkeypatch):
    Path("file").write_text("")
    monkeypatch.setenv("HPSEARCH_CHECKPOINTS", "file/below")
    code, found = findings(cli)
    assert code == 1
    assert found["checkpoints"] == ("problem", "file/below cannot be written")


def test_passwords_are_not_shown(cli, monkeypatch):
    monkeypatch.setenv("HPSEARCH_DATABASE_URL", "postgresql://me:secret@db/hp")
    assert findings(cli)[1]["database"] == ("ok", "postgresql://me:***@db/hp")
    monkeypatch.setenv("HPSEARCH_DATABASE_URL", "postgresql://db:1/hp?sslmode=require&password=secret")
    assert findings(cli)[1]["database"] == ("ok", "postgresql://db:1/hp?sslmode=require&password=***")


def test_a_table_of_it(cli):
    assert cli("doctor", "--server", "http://127.0.0.1:1").out.startswith("topic\tstatus\tdetail\npython\tok\t")
