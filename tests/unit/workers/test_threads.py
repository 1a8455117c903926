"""A thread that fails takes its process with it."""

import subprocess
import sys

from patience import SECONDS

PROGRAM = """
import time
from hpsearch_workers.threads import start

def run():
    raise LookupError("no more")

start("mine", run)
time.sleep(60)
"""


def test_a_thread_that_fails_ends_the_process_and_says_why():
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert ended.returncode == 1
    assert "LookupError: no more" in ended.stderr
