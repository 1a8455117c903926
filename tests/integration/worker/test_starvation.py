"""Training code cannot starve the renewals: it holds the GIL of its process without a break, while every core is busy.

A pass means that no lease expired. CI holds the GIL for three terms of a lease of 3 s; with HPSEARCH_EFFORT=7 it is a minute.
"""

import os
import subprocess
import sys
from contextlib import ExitStack

import pytest
from effort import EFFORT
from processes import TOKEN, wait_until

from hpsearch.client import Client

pytestmark = pytest.mark.slow

LEASE_SECONDS = 3
HELD_SECONDS = round(3 * LEASE_SECONDS * max(1.0, EFFORT))
"""Longer than the term, and the 5 s between two looks of the server, together."""
OBJECTIVE = """
import ctypes

def holds(trial):
    "C code that keeps the GIL, as a long compilation does; `sleep` returns early when a signal comes."
    left = {seconds}
    while left:
        left = ctypes.PyDLL(None).sleep(left)
    return trial.params["x"]
"""
STUDY = {
    "name": "s",
    "objective": "greedy:holds",
    "space": {"x": {"type": "float", "low": 0, "high": 1}},
    "sampler": {"name": "random", "seed": 1},
    "budget": {"max_trials": 1},
}


@pytest.mark.timeout(HELD_SECONDS + 120)
def test_leases_are_renewed_whatever_the_training_does(processes):
    (processes.folder / "greedy.py").write_text(OBJECTIVE.format(seconds=HELD_SECONDS))
    _, address = processes.serve(processes.folder / "h.db", HPSEARCH_LEASE_SECONDS=str(LEASE_SECONDS))
    with Client(address, TOKEN) as client, ExitStack() as stack:
        client.create_study(STUDY)
        for _ in range(os.cpu_count() or 1):
            hog = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(hog.wait)
            stack.callback(hog.kill)
        processes.work(address, "--study", "s", "--objective", "greedy:holds", "--until-finished")
        wait_until(lambda: client.get_study("s").state.value == "finished", "the trial to end", HELD_SECONDS + 60)
        [trial] = client.list_trials("s")
        changes = [(event.attempt, event.to_state) for event in client.history("s", 0)]
    assert (trial.state.value, trial.attempts) == ("completed", 1), processes.log("worker.log")
    assert changes == [(1, "running"), (1, "completed")]
    assert (trial.finished_at - trial.started_at).total_seconds() >= HELD_SECONDS
