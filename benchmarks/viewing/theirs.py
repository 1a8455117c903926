"""The long search in Optuna's tables, and optuna-dashboard on them."""

import logging
import math
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from serving.server import Server, with_bytecode
from sqlalchemy import Connection, Table, create_engine, insert

from hpsearch.space import CategoricalParameter, FloatParameter, IntParameter, Parameter
from hpsearch.trial import TrialState
from viewing.long_search import NAME, RUNGS, Run, definition, search

START_SECONDS = 60.0
AT_ONCE = 2_000
_STATES = {
    TrialState.COMPLETED: "COMPLETE",
    TrialState.PRUNED: "PRUNED",
    TrialState.FAILED: "FAIL",
    TrialState.RUNNING: "RUNNING",
}


def fill(path: Path, trials: int) -> None:
    """Creates the study with its trials in a new SQLite file: past Optuna's storage, which would take an hour."""
    import optuna

    optuna.logging.set_verbosity(logging.ERROR)
    url = f"sqlite:///{path}"
    optuna.create_study(study_name=NAME, storage=url)
    study = definition(trials)
    engine = create_engine(url)
    runs = search(study, trials)
    while some := list(islice(runs, AT_ONCE)):
        with engine.begin() as connection:
            _write(connection, study.space.root, some)
    engine.dispose()


def _write(connection: Connection, space: dict[str, Parameter], runs: Sequence[Run]) -> None:
    from optuna.storages._rdb import models

    distributions = {name: _distribution(parameter) for name, parameter in space.items()}
    params = (
        {
            "trial_id": run.number + 1,
            "param_name": name,
            "param_value": _number(space[name], value),
            "distribution_json": distributions[name],
        }
        for run in runs
        for name, value in run.params.items()
    )
    values = (
        {"trial_id": run.number + 1, "objective": 0, "value": value, "value_type": "FINITE"}
        for run in runs
        if (value := _value(run)) is not None
    )
    reports = (
        {
            "trial_id": run.number + 1,
            "step": step,
            "intermediate_value": None if math.isnan(value) else value,
            "intermediate_value_type": "NAN" if math.isnan(value) else "FINITE",
        }
        for run in runs
        for step, value in enumerate(run.curve, start=1)
    )
    _insert(connection, models.TrialModel, map(_trial, runs))
    _insert(connection, models.TrialParamModel, params)
    _insert(connection, models.TrialValueModel, values)
    _insert(connection, models.TrialIntermediateValueModel, reports)


def _insert(connection: Connection, model: Any, rows: Iterable[dict[str, Any]]) -> None:
    table: Table = model.__table__
    connection.execute(insert(table), list(rows))


def _trial(run: Run) -> dict[str, Any]:
    running = run.state is TrialState.RUNNING
    return {
        "trial_id": run.number + 1,
        "number": run.number,
        "study_id": 1,
        "state": _STATES[run.state],
        "datetime_start": run.started.replace(tzinfo=None),
        "datetime_complete": None if running else run.ended.replace(tzinfo=None),
    }


def _value(run: Run) -> float | None:
    if run.state is TrialState.COMPLETED:
        return run.value
    return run.curve[RUNGS[-1] - 1] if run.state is TrialState.PRUNED else None


def _distribution(parameter: Parameter) -> str:
    from optuna import distributions

    if isinstance(parameter, CategoricalParameter):
        return distributions.distribution_to_json(distributions.CategoricalDistribution(parameter.choices))
    assert isinstance(parameter, FloatParameter | IntParameter)
    kind: Any = (
        distributions.IntDistribution if isinstance(parameter, IntParameter) else distributions.FloatDistribution
    )
    return distributions.distribution_to_json(kind(parameter.low, parameter.high, log=parameter.log))


def _number(parameter: Parameter, value: Any) -> float:
    return parameter.choices.index(value) if isinstance(parameter, CategoricalParameter) else value


@contextmanager
def serve(path: Path) -> Iterator[Server]:
    """`optuna-dashboard` on this file; stopped by SIGTERM at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("optuna-dashboard")), f"sqlite:///{path}", "--port", str(port)]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=with_bytecode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        while not _answers(f"{address}/api/meta"):
            if process.poll() is not None or time.perf_counter() - started > START_SECONDS:
                raise RuntimeError("optuna-dashboard did not start")
            time.sleep(0.05)
        yield Server(address, process.pid, started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):
            return True
    except OSError:
        return False
