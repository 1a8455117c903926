"""`--gpus`: one worker process for each GPU, watched and ended together."""

import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from types import FrameType

import structlog

log = structlog.get_logger("hpsearch.worker")


def run(devices: Sequence[str], name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs a worker named `name`.0, `name`.1 ... on each device until all have ended; the greatest of their exit codes.

    SIGTERM and SIGINT are passed on, as often as they come.
    """
    safe_path = ["-P"] if sys.flags.safe_path else []
    command = [sys.executable, *safe_path, "-m", "hpsearch_workers", *arguments]
    workers: list[subprocess.Popen[bytes]] = []
    ending = threading.Event()

    def pass_on(number: int, _: FrameType | None) -> None:
        ending.set()
        for worker in workers:
            worker.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    for place, device in enumerate(devices):
        if ending.is_set():
            break
        log.info("a worker is started", worker=f"{name}.{place}", gpu=device)
        # A group of its own: Ctrl-C in the terminal reaches it through us, once.
        workers.append(
            subprocess.Popen(
                [*command, "--name", f"{name}.{place}"],
                env={**environment, "CUDA_VISIBLE_DEVICES": device},
                process_group=0,
            )
        )
    codes = [worker.wait() for worker in workers]
    return max((128 - code if code < 0 else code for code in codes), default=0)
