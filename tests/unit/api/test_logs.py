import json
import subprocess
import sys

import pytest
from patience import SECONDS

SCRIPT = """
import logging, sys, structlog, warnings
from hpsearch.settings import Settings
from hpsearch_api import logs

logs.configure(Settings(log_format=sys.argv[1], log_level=sys.argv[2]))
log = structlog.get_logger("test")
structlog.contextvars.bind_contextvars(request_id="r-1")
log.debug("quiet")
log.info("said", path="/x", number=float("nan"), thing=object)
logging.getLogger("library").info("library, quiet")
logging.getLogger("library").warning("library %s", "loud")
logging.getLogger("hpsearch.storage").info("ours")
warnings.warn("overflow", RuntimeWarning)
def fails(token):
    raise ValueError("why")
try:
    fails("a-" + "secret")
except ValueError:
    log.exception("failed")
"""


def logged(form, level="info"):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, form, level], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    assert done.stdout == ""
    return done.stderr


def test_json_is_one_object_a_line():
    lines = [json.loads(line) for line in logged("json").splitlines()]
    assert [line["event"] for line in lines if "RuntimeWarning: overflow" not in line["event"]] == [
        "said",
        "library loud",
        "ours",
        "failed",
    ]
    assert [line["level"] for line in lines] == ["info", "warning", "info", "warning", "error"]
    assert {line["request_id"] for line in lines} == {"r-1"}
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert lines[0]["number"] == "NaN"
    assert lines[1]["logger"] == "library"
    assert "ValueError: why" in lines[4]["exception"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_tracebacks_are_without_values(form):
    text = logged(form)
    assert "ValueError: why" in text
    assert "a-secret" not in text


def test_the_console_is_for_people():
    said = next(line for line in logged("console").splitlines() if "said" in line)
    assert "request_id=r-1" in said
    assert "\x1b" not in said  # no colours where there is no terminal


def test_the_level_is_the_least_that_is_said():
    lines = [json.loads(line)["event"] for line in logged("json", "warning").splitlines()]
    assert [line for line in lines if "overflow" not in line] == ["library loud", "failed"]
    assert "quiet" in logged("json", "debug")
