"""I8: suggests every trial of a study again, from its stored rows alone."""

import json
from math import inf, nan
from typing import Any

from sqlalchemy import text

from hpsearch import samplers
from hpsearch.storage import Database
from hpsearch.study import Study
from hpsearch.trial import FinishedTrial, PendingTrial, View

_JSON = {"definition", "params", "values", "error"}
_NUMBERS = {"NaN": nan, "Infinity": inf, "-Infinity": -inf}
Row = dict[str, Any]


def rows(database: Database, query: str) -> list[Row]:
    """Plain rows, JSON columns decoded."""
    with database.read() as connection:
        found = [dict(row._mapping) for row in connection.execute(text(query))]
    return [
        {key: json.loads(value) if key in _JSON and isinstance(value, str) else value for key, value in row.items()}
        for row in found
    ]


def view_of(trials: list[Row], trial: Row, directions: list[str]) -> View:
    """What the sampler saw of the trials before this one, by the rule of the design."""
    finished, pending = [], []
    for other in trials[: trial["number"]]:
        if other["final_seq"] is None or other["final_seq"] > trial["view_seq"]:
            pending.append(PendingTrial(other["number"], other["params"]))
        elif (values := _outcome(other, directions)) is not None:
            step = other["best_step"] if other["state"] == "pruned" else None
            finished.append(FinishedTrial(other["number"], other["params"], values, step))
    return View(trial["view_seq"], trial["number"], tuple(finished), tuple(pending))


def view_now(database: Database) -> View:
    """What a sampler would see of the only study now."""
    (study,) = rows(database, "SELECT definition, seq FROM studies")
    trials = rows(database, "SELECT * FROM trials ORDER BY number")
    directions = [str(way) for way in Study.model_validate(study["definition"]).directions]
    return view_of(trials, {"number": len(trials), "view_seq": study["seq"]}, directions)


def _outcome(trial: Row, directions: list[str]) -> tuple[float, ...] | None:
    worst = tuple(inf if direction == "minimize" else -inf for direction in directions)
    if trial["state"] == "failed" and trial["error"]["reason"] == "diverged":
        return worst
    if trial["state"] not in ("completed", "pruned") or trial["values"] is None:
        return None
    values = [_NUMBERS[value] if isinstance(value, str) else value for value in trial["values"]]
    return tuple(bad if value != value else value for value, bad in zip(values, worst, strict=True))


def replayed(database: Database) -> tuple[list[Row], list[str]]:
    """The trials of the only study, and the parameters that each must have."""
    (study,) = rows(database, "SELECT definition, seed FROM studies")
    trials = rows(database, "SELECT * FROM trials ORDER BY number")
    definition = Study.model_validate(study["definition"])
    sampler = samplers.build(definition, study["seed"])
    taken: set[str] = set()
    position = 0
    found = []
    for trial in trials:
        if trial["enqueued"]:
            params = trial["params"]
        elif sampler.needs_view:
            params = sampler.suggest(view_of(trials, trial, [str(way) for way in definition.directions]))
        elif sampler.size is None:
            params = sampler.point(trial["number"]).params
        else:
            while str(sampler.point(position).index) in taken:
                position += 1
            params = sampler.point(position).params
        taken.add(trial["grid_index"])
        found.append(in_one_order(params))
    return trials, found


def in_one_order(params: dict[str, Any]) -> str:
    """Parameters to compare: 1, 1.0 and true differ."""
    return repr(sorted(params.items()))
