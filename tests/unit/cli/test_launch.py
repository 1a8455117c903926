import os
import sys

import pytest

from hpsearch.cli import extras


class Became(BaseException):
    """In place of a process that is replaced."""


@pytest.fixture
def became(monkeypatch, cli):
    """The arguments of the program that a command becomes."""

    def stand_in(path, arguments):
        assert path == sys.executable
        raise Became(*arguments)

    monkeypatch.setattr(os, "execv", stand_in)

    def invoke(*arguments):
        with pytest.raises(Became) as raised:
            cli(*arguments)
        python, *rest = raised.value.args
        assert python == sys.executable
        return rest

    return invoke


def test_serve(became):
    assert became("serve") == ["-P", "-m", "hpsearch_api"]
    assert became(
        "serve", "--host", "::1", "--port", 0, "--database-url", "sqlite:///x", "--log-format", "console"
    ) == [
        *("-P", "-m", "hpsearch_api", "--host", "::1", "--port", "0"),
        *("--database-url", "sqlite:///x", "--log-format", "console"),
    ]


def test_worker_finds_the_users_modules_in_the_current_folder(became):
    options = ("--server", "http://h", "--name", "w", "--concurrency", 2, "--lanes", 16)
    lists = ("--study", "a", "--study", "b", "--objective", "m:f")
    assert became("worker", *options, *lists, "--until-finished") == [
        *("-m", "hpsearch_workers", "--server", "http://h", "--name", "w", "--concurrency", "2", "--lanes", "16"),
        *lists,
        "--until-finished",
    ]
    assert became("worker", "--gpus", "all") == ["-m", "hpsearch_workers", "--gpus", "all"]


@pytest.mark.parametrize("command", ["worker", "run"])
def test_lanes_that_no_program_has_are_named(cli, command):
    found = cli(command, *["study.yaml"] * (command == "run"), "--lanes", 5)
    assert found.code == 2
    assert "lanes: must be one of 1, 4, 16, 64, 256" in found.err


def test_db_and_verify(became):
    assert became("db", "upgrade") == ["-P", "-m", "hpsearch_migrations", "upgrade"]
    assert became("db", "current", "--database-url", "sqlite:///x")[-3:] == ["current", "--database-url", "sqlite:///x"]
    assert became("db", "current", "--json")[-2:] == ["current", "--json"]
    assert became("verify") == ["-P", "-m", "hpsearch.service.verify"]
    logs = ["--client-log", "a.log", "--client-log", "b.log"]
    assert became("verify", *logs)[-4:] == logs
    assert became("verify", "s", "--json") == ["-P", "-m", "hpsearch.service.verify", "s", "--json"]


def test_a_worker_of_the_users_objective_needs_no_jax(became, cli, monkeypatch):
    monkeypatch.setitem(extras.EXTRAS, "worker", ("no_such_package",))
    assert became("worker", "--objective", "m:f")[1] == "hpsearch_workers"
    found = cli("worker")
    assert found.code == 1
    assert "pip install '.[worker]'" in found.err


def test_an_admin_token_is_made_in_the_database(became):
    assert became("db", "token", "--project", "p", "--database-url", "sqlite:///x", "--json") == [
        *("-P", "-m", "hpsearch_migrations", "token", "--name", "admin", "--project", "p"),
        *("--database-url", "sqlite:///x", "--json"),
    ]
