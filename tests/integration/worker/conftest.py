import textwrap

import pytest
from processes import Processes

OBJECTIVES = """
import os, pathlib, time

def square(trial):
    for step in range(1, 4):
        trial.report(step, trial.params["x"] / step)
    return trial.params["x"] ** 2

def waits(trial):
    "Reports until the file `go` appears."
    step = 0
    while not pathlib.Path("go").exists():
        step += 1
        trial.report(step, float(step))
        time.sleep(0.01)
    return trial.params["x"]

def busy(trial):
    "Never reports, and holds the GIL most of the time."
    pathlib.Path("begun").touch()
    number = 0
    while not pathlib.Path("go").exists():
        for _ in range(10**5):
            number += 1
    return trial.params["x"]

def device(trial):
    return float(os.environ["CUDA_VISIBLE_DEVICES"])

def lanes(trial):
    return float(os.environ["HPSEARCH_LANES"])

def slowly(trial):
    "A twentieth of a second in five steps."
    for step in range(1, 6):
        trial.report(step, trial.params["x"] / step)
        time.sleep(0.01)
    return trial.params["x"] ** 2
"""


@pytest.fixture
def processes(tmp_path):
    (tmp_path / "mine.py").write_text(textwrap.dedent(OBJECTIVES))
    processes = Processes(tmp_path)
    yield processes
    processes.close()
