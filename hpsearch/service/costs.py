"""What a study took, and what early ends saved."""

from dataclasses import asdict

import numpy as np

from hpsearch import objectives, pruners
from hpsearch.analysis import STATES, Floats, Table
from hpsearch.space import CategoricalParameter, ConstantParameter
from hpsearch.storage import Database
from hpsearch.storage.attempt_sums import RungValues, newest_attempts, rungs, spent
from hpsearch.study import Study, StudyAccount
from hpsearch.trial import saving
from hpsearch.wire import costs as bodies

LIMIT = "max_epochs"
"""The setting of built-in objectives that bounds a trial's steps."""


def costs(database: Database, study: StudyAccount, table: Table) -> bodies.Costs:
    """The costs of a study, read off the event loop."""
    with database.read() as connection:
        found = spent(connection, study.id)
    steps, seconds = _saved(study.definition, table)
    return bodies.Costs(
        device_seconds=sum(one.device_seconds for one in found),
        seconds=sum(one.seconds for one in found),
        spent=[bodies.Spent.model_validate(one, from_attributes=True) for one in found],
        saved_steps=steps,
        saved_device_seconds=seconds,
    )


def timeline(database: Database, study: StudyAccount, most: int) -> bodies.Timeline:
    """The attempts of the newest trials, at most `most`."""
    with database.read() as connection:
        rows = newest_attempts(connection, study.id, most)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(bodies.Timeline.model_fields)
    return bodies.Timeline.model_validate(dict(zip(bodies.Timeline.model_fields, map(list, columns), strict=True)))


def study_rungs(database: Database, study: StudyAccount) -> bodies.Rungs:
    """Where trials were compared, and where they ended."""
    pruner = pruners.build(study.definition)
    with database.read() as connection:
        found = rungs(connection, study.id)
        compared = found if pruner.compares else []
        direction = study.definition.directions[0]
        bars = {one.rung: pruner.bar(RungValues(connection, study.id, one, direction)) for one in compared}
    return bodies.Rungs(rungs=[bodies.RungView(**asdict(one), bar=bars.get(one.rung)) for one in found])


def _saved(study: Study, table: Table) -> tuple[int | None, float | None]:
    limits = _limits(study, table)
    if limits is None:
        return None, None
    found = [
        saving(STATES[state], _whole(last), _whole(limit), None if np.isnan(used) else float(used))
        for state, last, limit, used in zip(table.state, table.last_step, limits, table.device_seconds, strict=True)
    ]
    return sum(one.steps for one in found), sum(one.device_seconds or 0.0 for one in found)


def _limits(study: Study, table: Table) -> Floats | None:
    """The most steps of each trial; None where nobody but the user's code knows them."""
    builtin = objectives.get(study.objective)
    if builtin is None:
        return None
    if LIMIT not in study.space:
        default = builtin.model.model_fields[LIMIT].default
        return np.full(len(table), float(study.settings.get(LIMIT, default)))
    parameter, column = study.space[LIMIT], table.params[LIMIT]
    if not isinstance(parameter, CategoricalParameter | ConstantParameter):
        return column
    choices = parameter.choices if isinstance(parameter, CategoricalParameter) else (parameter.value,)
    return np.array([np.nan if np.isnan(place) else float(choices[int(place)] or 0) for place in column])


def _whole(number: float) -> int | None:
    return None if np.isnan(number) else int(number)
