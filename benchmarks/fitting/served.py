"""The whole way: a server on SQLite hands out the trials, a worker trains them in lanes, both as a user starts them."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from serving.server import TOKEN, serve, with_bytecode

from fitting.measured import Measured, timed
from fitting.task import SPACE, Configuration, Task
from hpsearch.client import Client
from hpsearch.study import StudyState


def search(task: Task, configurations: list[Configuration], lanes: int) -> Measured:
    """The start of the worker is on the account, that of the server is not."""
    trials = len(configurations)
    with (
        TemporaryDirectory() as folder,
        serve(f"sqlite:///{folder}/hpsearch.db") as server,
        Client(server.address, TOKEN) as client,
    ):
        client.create_study(study("search", task, trials))
        client.pause("search")
        for number, configuration in enumerate(configurations):
            client.enqueue("search", configuration, request_id=str(number))
        client.create_study(study("start", task.of_epochs(1), 1))
        with worker(server.address, Path(folder), lanes) as process:
            startup, _ = timed(lambda: wait(client, "start", process))
            client.resume("search")
            seconds, _ = timed(lambda: wait(client, "search", process))
        losses = [[report.value for report in client.reports("search", number)][-1] for number in range(trials)]
    return Measured(f"{lanes} lanes, with server and worker", startup, seconds, losses)


def study(name: str, task: Task, trials: int, **fields: Any) -> dict[str, Any]:
    """A random search as a request."""
    space = {name: {"type": "float", "low": low, "high": high, "log": log} for name, (low, high, log) in SPACE.items()}
    defined = {
        "name": name,
        "objective": task.objective,
        "metric": "val_loss",
        "settings": task.settings,
        "space": space,
    }
    return defined | {"sampler": {"name": "random", "seed": 0}, "budget": {"max_trials": trials}} | fields


@contextmanager
def worker(
    address: str, folder: Path, lanes: int, module: Sequence[str] = ("-m", "hpsearch_workers")
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process that keeps everything in this folder; ended by SIGTERM."""
    kept = {f"HPSEARCH_{name}": str(folder / name.lower()) for name in ("SPOOL", "CACHE", "CHECKPOINTS")}
    environment = with_bytecode() | kept | {"HPSEARCH_TOKEN": TOKEN, "HPSEARCH_LOG_LEVEL": "error"}
    arguments = ["--server", address, "--name", "benchmark", "--lanes", str(lanes)]
    process = subprocess.Popen([sys.executable, "-P", *module, *arguments], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def wait(client: Client, name: str, worker: subprocess.Popen[bytes]) -> None:
    """Until the study is finished; raises RuntimeError when that will not be."""
    while (found := client.get_study(name)).state is not StudyState.FINISHED:
        if found.state is StudyState.PAUSED or worker.poll() is not None:
            raise RuntimeError(f"study {name} does not go on: {found.reason_detail or 'the worker ended'}")
        time.sleep(0.05)
