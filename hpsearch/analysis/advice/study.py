"""All rules over a study, and over one curve."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace

import numpy as np

from hpsearch.analysis.advice.advice import MOST_TRIALS, Advice, Code, in_order
from hpsearch.analysis.advice.bound import Allowed, anything, bounds_crowded
from hpsearch.analysis.advice.cause import Mask, cause
from hpsearch.analysis.advice.curve import Curve
from hpsearch.analysis.advice.divergence import divergence
from hpsearch.analysis.advice.effect import parameters_without_effect
from hpsearch.analysis.advice.failures import Failure, shared_failures
from hpsearch.analysis.advice.oscillation import oscillation
from hpsearch.analysis.advice.overfitting import overfitting
from hpsearch.analysis.advice.plateau import plateau
from hpsearch.analysis.advice.scale import document
from hpsearch.analysis.advice.spikes import spikes
from hpsearch.analysis.advice.underfitting import underfitting
from hpsearch.analysis.table import Table

_RULES: tuple[Callable[[Curve], Advice | None], ...] = (
    divergence,
    plateau,
    oscillation,
    spikes,
    overfitting,
    underfitting,
)
_EXPLAINED_BY = {
    Code.OSCILLATION: frozenset({Code.DIVERGENCE, Code.SPIKES}),
    Code.UNDERFITTING: frozenset(Code) - {Code.UNDERFITTING},
}
"""Findings that are not said beside these, which say it better."""
OF_THE_BEST = frozenset({Code.OVERFITTING, Code.UNDERFITTING})
"""Findings that matter in the best trials alone: in others they are what the search is there to leave behind."""
BEST = 20
"""The best trials, by the first objective; of fewer than twice as many the better half."""
FEWEST_TRIALS = 3
"""Curves with the same finding that are worth a word."""
SHARE = 0.2
"""Likewise, as a share of the curves looked at."""

_SAID = {
    Code.DIVERGENCE: "diverge",
    Code.OSCILLATION: "oscillate",
    Code.OVERFITTING: "over-fit",
    Code.PLATEAU: "wait on a plateau, or never get better",
    Code.SPIKES: "have spikes at equal distances",
    Code.UNDERFITTING: "end while they still get better",
}


def curve_advice(curve: Curve) -> tuple[Advice, ...]:
    """What the rules say of one trial's curve, in order. Any floats are taken, and any number of them."""
    found = {one.code: one for rule in _RULES if (one := rule(curve))}
    return in_order(one for code, one in found.items() if not _EXPLAINED_BY.get(code, frozenset()) & found.keys())


def study_advice(
    table: Table,
    *,
    failures: Mapping[int, Failure] | None = None,
    hosts: Mapping[int, str] | None = None,
    curves: Iterable[Curve] = (),
    importances: Mapping[str, float] | None = None,
    allowed: Allowed = anything,
) -> tuple[Advice, ...]:
    """What the rules say of a study, in order; of what is not given they say nothing.

    failures: why each failed trial failed. hosts: where each trial's last attempt ran. curves: of a sample of the trials, the BEST best
    among them. importances: of the parameters, shares of 1. allowed: whether the objective takes a parameter; what it refuses is not
    proposed.
    """
    found = [*shared_failures(table, failures or {}, hosts or {}), *_of_curves(table, list(curves), failures or {})]
    # A parameter whose values decide which trials fail may well leave the values of the others alone.
    matters = {one.parameter for one in found}
    idle = [one for one in parameters_without_effect(table, importances or {}) if one.parameter not in matters]
    return in_order((*bounds_crowded(table, allowed), *found, *idle))


def _of_curves(table: Table, curves: list[Curve], failures: Container[int]) -> list[Advice]:
    """One piece of advice for what enough of the curves share, with the region of a parameter where it happens.

    That a trial in `failures` diverged is said there.
    """
    best = set(_best(table, curves))
    found: dict[Code, dict[int, Advice]] = {}
    for curve in curves:
        for one in curve_advice(curve):
            said = one.code is Code.DIVERGENCE and curve.trial in failures
            if not said and (curve.trial in best or one.code not in OF_THE_BEST):
                found.setdefault(one.code, {})[curve.trial] = one
    looked_at = {code: best if code in OF_THE_BEST else {curve.trial for curve in curves} for code in found}
    return [
        _together(table, seen, looked_at[code], best)
        for code, seen in found.items()
        if len(seen) >= max(FEWEST_TRIALS, SHARE * len(looked_at[code]))
    ]


def _best(table: Table, curves: list[Curve]) -> list[int]:
    costs = table.costs()
    known = [curve.trial for curve in curves if np.isfinite(costs[curve.trial])]
    return sorted(known, key=lambda trial: costs[trial])[: min(BEST, (len(known) + 1) // 2)]


def _together(table: Table, seen: Mapping[int, Advice], looked_at: set[int], best: set[int]) -> Advice:
    trials = sorted(seen)
    first = seen[trials[0]]
    shows, others = _mask(table, seen), _mask(table, looked_at - seen.keys())
    which = "best trials" if looked_at == best else "trials looked at"
    detail = f"Trial {trials[0]}, for one: {first.detail}"
    found = cause(table, shows, others)
    advice = replace(
        first,
        title=f"{len(seen)} of the {len(looked_at)} {which} {_SAID[first.code]}",
        detail=detail,
        count=len(seen),
        trials=tuple(trials[:MOST_TRIALS]),
    )
    if found is None:
        return advice
    inside = int((found.inside & shows).sum())
    return replace(
        advice,
        detail=f"{detail} {inside} of the {len(seen)} have {found.words}; {int((found.inside & others).sum())} of the other "
        f"{int(others.sum())} have.",
        action=f"{found.action(table.study.space[found.name])} Or: {first.action[0].lower()}{first.action[1:]}",
        parameter=found.name,
        space={found.name: dict(document(found.without))} if found.without else None,
    )


def _mask(table: Table, trials: Iterable[int]) -> Mask:
    mask = np.zeros(len(table), dtype=np.bool_)
    mask[list(trials)] = True
    return mask
