import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from patience import SECONDS

from hpsearch.cli import children
from hpsearch.cli.children import Child

DEAF = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(grandchild.pid, flush=True)
signal.pause()
"""


def start(code: str) -> Child:
    return Child("helper", [sys.executable, "-c", code], Path("log", "helper.log"))


def first_line(child: Child) -> str:
    """Waits for the child to write."""
    while not child.tail():
        assert child.wait(0.01) is None, child.tail()
    return child.tail()


def ends(pid: int) -> bool:
    """Waits until a process that may not be our child is gone."""
    for _ in range(500):
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return True
        signal.sigtimedwait([], 0.01)
    return False


def test_a_child_that_ends_by_itself():
    child = start("import sys; print('said'); sys.exit(3)")
    assert child.wait(SECONDS) == 3
    assert child.ending() == "ended with exit code 3"
    assert child.tail() == "said"
    child.stop(1)
    assert child.exit_code == 3


def test_stop_asks_first():
    child = start(
        "import signal, sys; signal.signal(15, lambda *_: sys.exit(7)); print('up', flush=True); signal.pause()"
    )
    first_line(child)
    child.stop(30)
    assert child.exit_code == 7


def test_what_does_not_hear_is_killed_with_all_that_it_started():
    child = start(DEAF)
    grandchild = int(first_line(child))
    child.stop(0.1)
    assert child.exit_code == -signal.SIGKILL
    assert child.ending() == "was killed by SIGKILL"
    assert ends(grandchild)


def test_an_interrupt_while_stopping_kills_at_once(monkeypatch):
    child = start(DEAF)
    first_line(child)

    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(child, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        child.stop(60)
    assert child.exit_code == -signal.SIGKILL


def test_the_log_is_appended_and_the_tail_is_of_this_child_alone():
    assert start("print('first')").wait(SECONDS) == 0
    second = start("[print(number) for number in range(100)]")
    assert second.wait(SECONDS) == 0
    assert second.tail(2) == "98\n99"
    assert "first" not in second.tail(1000)
    assert second.log.read_text().startswith("first\n")


def test_a_long_log_is_moved_aside(monkeypatch):
    monkeypatch.setattr(children, "LOG_LIMIT", 3)
    assert start("print('first')").wait(SECONDS) == 0
    second = start("print('second')")
    assert second.wait(SECONDS) == 0
    assert second.log.read_text() == "second\n"
    assert second.log.with_suffix(".old.log").read_text() == "first\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux")
def test_children_die_with_a_parent_that_is_killed():
    code = (
        "import os, signal; from pathlib import Path; from hpsearch.cli.children import Child; import sys;"
        "child = Child('c', [sys.executable, '-c', 'import signal; print(1, flush=True); signal.pause()'], Path('c.log'));"
        "print(child._process.pid, flush=True); signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait(SECONDS)
    parent.stdout.close()
    assert ends(pid)
