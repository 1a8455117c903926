"""Optuna on the same PostgreSQL: worker processes that share a study through its RDBStorage."""

import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from serving.server import with_bytecode


class Workers:
    """Worker processes, started and ready."""

    def __init__(self, url: str, study: str, sampler: str, count: int) -> None:
        command = [
            sys.executable,
            "-W",
            "ignore",
            str(Path(__file__).with_name("optuna_worker.py")),
            psycopg_url(url),
            study,
            sampler,
        ]
        self._processes = [
            subprocess.Popen(command, env=with_bytecode(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(count)
        ]
        self._read()

    def do(self, command: str) -> list[float]:
        """Lets all do this at once; what each printed."""
        for process in self._processes:
            assert process.stdin
            process.stdin.write(command + "\n")
            process.stdin.flush()
        return [float(line) for line in self._read()]

    def close(self) -> None:
        for process in self._processes:
            assert process.stdin
            process.stdin.close()
            process.wait(60)

    def _read(self) -> Sequence[str]:
        return [process.stdout.readline() for process in self._processes if process.stdout]


def psycopg_url(url: str) -> str:
    """The address as SQLAlchemy 2.0 and 2.1 alike understand it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def create(url: str, study: str) -> None:
    """A study in Optuna's tables."""
    import optuna

    optuna.logging.set_verbosity(logging.ERROR)
    optuna.create_study(study_name=study, storage=psycopg_url(url))
