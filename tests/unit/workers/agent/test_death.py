import signal

import pytest

from hpsearch_workers.agent import death
from hpsearch_workers.agent.death import error_of_death, oom_kills


@pytest.mark.parametrize(
    ("exit_code", "before", "after", "reason", "said"),
    [
        (-signal.SIGKILL, 3, 5, "out_of_memory", "signal 9 (SIGKILL) while the kernel killed 2 process(es)"),
        (-signal.SIGKILL, 3, 3, "killed", "the kernel killed none for want of memory"),
        (-signal.SIGKILL, None, 5, "killed", "whether for want of memory is not known"),
        (-signal.SIGSEGV, 3, 5, "killed", "signal 11 (SIGSEGV)"),
        (-64, 0, 0, "killed", "signal 64"),
        (3, 0, 0, "exception", "exit code 3 during the trial: last words"),
        (0, 0, 0, "exception", "exit code 0 during the trial: last words"),
    ],
)
def test_a_death_is_told_by_what_is_known(exit_code, before, after, reason, said):
    error = error_of_death(exit_code, before, after, "first words\nlast words\n\n")
    assert error.reason == reason
    assert said in error.message


def test_a_silent_death():
    assert "it wrote nothing" in error_of_death(1, None, None, "").message


def test_the_kernel_is_asked_here():
    assert oom_kills() is None or oom_kills() >= 0


def test_the_container_goes_before_the_host(tmp_path, monkeypatch):
    cgroup, host = tmp_path / "memory.events", tmp_path / "vmstat"
    monkeypatch.setattr(death, "_CGROUP_EVENTS", cgroup)
    monkeypatch.setattr(death, "_HOST_EVENTS", host)
    assert oom_kills() is None
    host.write_text("nr_free_pages 1\noom_kill 7\n")
    assert oom_kills() == 7
    cgroup.write_text("low 0\noom 3\noom_kill 2\n")
    assert oom_kills() == 2
