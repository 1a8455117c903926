import json
import subprocess
import sys

import pytest
import stamina
from patience import SECONDS
from typer.main import get_command

from hpsearch import __version__, errors
from hpsearch.cli.exits import MEANINGS, ExitCode, exit_code
from hpsearch.cli.main import app

LOADED = """
import json, sys
from hpsearch.cli.main import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""
HEAVY = {"fastapi", "sqlalchemy", "optuna", "jax", "numpy", "flax", "uvicorn", "sklearn"}


def loaded(*arguments: str) -> set[str]:
    """The modules that a command line imports."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["study", "check", "--help"], ["run", "--help"]])
def test_help_imports_next_to_nothing(arguments):
    light = {"hpsearch.study", "hpsearch.settings", "hpsearch.wire", "hpsearch.client", "httpx2", "rich", "yaml"}
    assert not loaded(*arguments) & (HEAVY | light)


def test_checking_a_study_imports_neither_the_network_nor_what_is_heavy(cli):
    assert cli("init").code == 0
    assert not loaded("study", "check", "study.yaml") & (HEAVY | {"httpx2", "hpsearch.client"})


def test_version(cli):
    assert cli("--version").out == f"hpsearch {__version__}\n"


def test_help_tells_the_exit_codes(cli):
    told = " ".join(cli("--help").out.split())
    assert all(f"{code.value} {MEANINGS[code]}" in told for code in ExitCode)


def test_a_bad_command_line_ends_with_2(cli):
    assert cli("study", "shwo").code == ExitCode.USAGE
    assert cli("trial", "show", "s", "minus-one").code == ExitCode.USAGE
    assert cli("serve", "--port", "70000").code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidSettings(), 2),
        (errors.BodyTooLarge(), 2),
        (errors.StudyNotFound(), 3),
        (errors.CheckpointNotFound(), 3),
        (errors.StudyNotFinished(), 4),
        (errors.MigrationNeeded(), 4),
        (errors.ServerUnreachable(), 5),
        (errors.DatabaseUnavailable(), 5),
        (errors.Unauthorized(), 1),
        (errors.ProtocolError(), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error, code):
    assert exit_code(error) == code


def test_a_server_that_is_away_ends_with_5_in_one_line(cli):
    with stamina.set_testing(True, attempts=2):
        found = cli("study", "list", "--server", "http://127.0.0.1:1")
    assert found.code == ExitCode.UNREACHABLE
    assert found.out == ""
    assert found.err.startswith("error: The server http://127.0.0.1:1 cannot be reached")
    assert found.err.count("\n") == 1


def test_an_address_that_is_none_ends_with_2(cli):
    found = cli("study", "list", "--server", "nonsense")
    assert found.code == ExitCode.USAGE
    assert found.err.startswith("error: server: must be an address")


def test_debug_shows_the_traceback(cli, monkeypatch):
    with pytest.raises(errors.InvalidInput):
        cli("--debug", "study", "check", "nowhere.yaml")
    monkeypatch.setenv("HPSEARCH_DEBUG", "1")
    with pytest.raises(errors.InvalidInput):
        cli("study", "check", "nowhere.yaml")


def test_the_console_script_ends_with_the_exit_code():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from hpsearch.cli.main import main; sys.exit(main())",
            "study",
            "check",
            "x",
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "error: x cannot be read: No such file or directory\n"


def test_every_command_that_answers_takes_json():
    def leaves(command, path=()):
        below = getattr(command, "commands", {})
        return [leaf for name in below for leaf in leaves(below[name], (*path, name))] if below else [(path, command)]

    without = {
        " ".join(path)
        for path, command in leaves(get_command(app))
        if not any("--json" in option.opts for option in command.params)
    }
    # Two run until they are stopped; a schema is JSON, an export has its format, and a report is a file.
    assert without == {"serve", "worker", "study schema", "study export", "study report"}
