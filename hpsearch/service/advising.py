"""Advice on a study: what its trials, curves and failures say, put before the rules of hpsearch.analysis.advice."""

from collections.abc import Iterable
from dataclasses import asdict, replace

import numpy as np

from hpsearch import objectives
from hpsearch.analysis import Table, importances
from hpsearch.analysis.advice import Advice, Curve, Failure, curve_advice, study_advice
from hpsearch.errors import InvalidInput
from hpsearch.space import Parameter, SearchSpace
from hpsearch.storage import Database
from hpsearch.storage.curves import StoredCurve, curves_of, failures_of, hosts_of
from hpsearch.study import Study, StudyAccount
from hpsearch.trial import Trial, TrialState
from hpsearch.wire.charts import AdviceView, StudyAdvice

MOST_CURVES = 100
"""Trials whose curves are looked at: the best ones and, as many, the newest of the others."""


def advise(database: Database, study: StudyAccount, table: Table) -> StudyAdvice:
    """Reads what the table lacks, and asks the rules. It takes as long as a large chart: never call it on the event loop."""
    numbers = _looked_at(table)
    with database.read() as connection:
        stored = curves_of(connection, study.id, numbers)
        failures = failures_of(connection, study.id)
        hosts = hosts_of(connection, study.id) if failures else {}
    definition = study.definition
    completed = table.are(TrialState.COMPLETED)
    found = study_advice(
        table,
        failures={number: Failure(reason, message) for number, (reason, message) in failures.items()},
        hosts=hosts,
        curves=[_curve(definition, number, curve, bool(completed[number])) for number, curve in stored.items()],
        importances=importances(table) if len(definition.directions) == 1 else {},
        allowed=lambda name, parameter: _is_allowed(definition, name, parameter),
    )
    return _view(found)


def advise_on_curve(study: Study, trial: Trial, stored: StoredCurve) -> StudyAdvice:
    """Asks the rules of curves about one trial. Never call it on the event loop."""
    curve = _curve(study, trial.number, stored, trial.state is TrialState.COMPLETED)
    return _view(replace(one, count=1, trials=(trial.number,)) for one in curve_advice(curve))


def _view(found: Iterable[Advice]) -> StudyAdvice:
    return StudyAdvice(advice=[AdviceView.model_validate(asdict(one)) for one in found])


def _looked_at(table: Table) -> list[int]:
    reported = np.flatnonzero(np.isfinite(table.last_step))
    costs = table.costs()[reported]
    best = reported[np.argsort(costs, kind="stable")][: min(MOST_CURVES // 2, int(np.isfinite(costs).sum()))]
    others = np.setdiff1d(reported, best)
    newest = others[len(others) - min(len(others), MOST_CURVES - len(best)) :]
    return [int(number) for number in np.union1d(best, newest)]


def _curve(study: Study, number: int, stored: StoredCurve, completed: bool) -> Curve:
    columns = {name: np.array(found, dtype=np.float64) for name, found in stored.columns(study.metrics[0]).items()}
    return Curve(number, np.array(stored.steps, dtype=np.float64), columns, study.directions[0], completed)


def _is_allowed(study: Study, name: str, parameter: Parameter) -> bool:
    try:
        space = SearchSpace.model_validate({**study.space.root, name: parameter})
        objectives.check(study.model_copy(update={"space": space}))
    except (InvalidInput, ValueError):
        return False
    return True
