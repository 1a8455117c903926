import json
import sys

import pytest
import structlog

from hpsearch.settings import load
from hpsearch_workers.agent import logs


@pytest.fixture(autouse=True)
def as_before():
    yield
    structlog.reset_defaults()


def test_machines_get_json_lines_on_standard_error(capsys):
    settings = load(log_format="json")
    logs.configure(settings)
    structlog.get_logger("hpsearch.worker").info("told", trial="s/0")
    structlog.get_logger("hpsearch.worker").debug("too quiet")
    captured = capsys.readouterr()
    [line] = map(json.loads, captured.err.splitlines())
    assert (line["event"], line["trial"], line["level"]) == ("told", "s/0", "info")
    assert captured.out == ""


def test_what_trainings_print_is_an_event_a_line_for_machines(capsys):
    settings = load(log_format="json")
    logs.configure(settings)
    echo = logs.echo(settings, 3)
    for piece in (b"first li", b"ne\nsecond \xff", b"\n", b"unfinished"):
        echo(piece)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["trainer"], line["text"]) for line in lines] == [
        ("printed", 3, "first line"),
        ("printed", 3, "second \ufffd"),
    ]


def test_people_get_it_as_it_is(capfd):
    logs.echo(load(log_format="console"), 0)(b"\x1b[1mbold")
    sys.stderr.flush()
    assert capfd.readouterr().err == "\x1b[1mbold"


def test_the_level_is_that_of_the_settings(capsys):
    logs.configure(load(log_format="console", log_level="error"))
    structlog.get_logger("hpsearch.worker").warning("no")
    structlog.get_logger("hpsearch.worker").error("yes")
    assert "yes" in capsys.readouterr().err
