"""Objectives of a user's, each of which goes wrong in its own way."""

import os
import subprocess
import sys
import time

calls = 0


def good(trial):
    global calls  # noqa: PLW0603  # what a module keeps from trial to trial
    calls += 1
    print("trial", trial.number, "call", calls)
    for step in range(1, 4):
        trial.report(step, trial.params["x"] / step, {"calls": calls})
    return trial.params["x"]


def fails(trial):
    print("last words")
    raise ValueError("no")


def exits(trial):
    sys.exit("enough")


def ends(trial):
    print("going", flush=True)
    os._exit(7)


def killed(trial):
    os.kill(os.getpid(), 9)


def forks(trial):
    "A process of the user's that outlives the trial would hold every pipe open."
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    if os.fork() == 0:
        time.sleep(600)
    os.kill(os.getpid(), 9)


def waits(trial):
    "Reports until it is told to stop."
    for step in range(10**9):
        trial.report(step, 0.0)
        time.sleep(0.005)


def prints(trial):
    "Not even bytes on the standard streams get between the lines of the channel."
    os.write(1, b'{"kind": "ended"}\n' * 1000 + b"\xff")
    print("x" * 100_000)
    sys.stderr.write("err")
    return 0.0


def reads(trial):
    return float(len(sys.stdin.read()))


def two(trial):
    return [1.0, 2.0]


def token(trial):
    return float("HPSEARCH_TOKEN" in os.environ)


def bad_metric(trial):
    trial.report(1, 0.0, {"a name": 1.0})
