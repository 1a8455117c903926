"""I8: every suggestion of a study computed again, from what is stored of the trials before it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import heappop, heappush
from importlib.metadata import PackageNotFoundError, version

from hpsearch import samplers
from hpsearch.errors import Conflict
from hpsearch.samplers import NumberSampler, ViewSampler
from hpsearch.service.verify.study_checks import name_of
from hpsearch.service.verify.violation import Invariant, Violation
from hpsearch.space import Params
from hpsearch.storage.audit import Suggested
from hpsearch.study import StudyAccount
from hpsearch.trial import FinishedTrial, PendingTrial, View

LIBRARIES = ("optuna", "numpy")
"""Whose versions a suggestion that depends on other trials depends on."""


def check_suggestions(study: StudyAccount, trials: Iterable[Suggested]) -> Iterator[Violation | None]:
    """All trials of a study, in the order of their numbers: what cannot have been suggested; None after each trial.

    Raises Conflict where this environment could not compute them: the study was searched under other versions of the libraries.
    On another kind of processor, whose floating point rounds differently, equal versions may suggest other numbers as well.
    """
    sampler = samplers.build(study.definition, study.seed)
    if isinstance(sampler, ViewSampler):
        _check_versions(study.name, study.versions)
        suggest = _from_views(sampler)
    else:
        suggest = _from_numbers(sampler)
    seen = 0
    for trial in trials:
        if trial.view_seq < seen:
            message = f"its suggestion saw the study at seq {trial.view_seq}, the one before it at seq {seen}"
            yield Violation(Invariant.I8, name_of(study), message, trial.number, seq=trial.view_seq)
        seen = max(seen, trial.view_seq)
        wanted = suggest(trial)
        if wanted is not None and _exact(wanted) != _exact(trial.params):
            message = f"its parameters are {dict(trial.params)}, but computed again they are {dict(wanted)}"
            yield Violation(Invariant.I8, name_of(study), message, trial.number, seq=trial.view_seq)
        yield None


def _check_versions(study: str, recorded: Mapping[str, str]) -> None:
    for name in LIBRARIES:
        try:
            here = version(name)
        except PackageNotFoundError:
            here = "none"
        if recorded.get(name) != here:
            raise Conflict(
                f"study {study!r} was searched under {name} {recorded.get(name, 'of an unknown version')}, here is {here}: "
                "its suggestions can be computed again under equal versions only; install those, or verify without --replay"
            )


def _from_numbers(sampler: NumberSampler) -> Callable[[Suggested], Params | None]:
    """By position: the trial's number, or the next place of the grid that no earlier trial has."""
    taken: set[int] = set()
    position = 0

    def suggest(trial: Suggested) -> Params | None:
        nonlocal position
        found = None
        if not trial.enqueued and sampler.size is None:
            found = sampler.point(trial.number).params
        elif not trial.enqueued:
            while position < (sampler.size or 0):
                point = sampler.point(position)
                position += 1
                if point.index not in taken:
                    found = point.params
                    break
            else:
                found = {}
        if trial.grid_index is not None:
            taken.add(trial.grid_index)
        return found

    return suggest


def _from_views(sampler: ViewSampler) -> Callable[[Suggested], Params | None]:
    """By the view at `view_seq`, which never decreases from one number to the next: trials become final in it one after the other."""
    finished: dict[int, FinishedTrial] = {}
    pending: dict[int, PendingTrial] = {}
    ends: list[tuple[int, int, FinishedTrial | None]] = []

    def suggest(trial: Suggested) -> Params | None:
        changed = False
        while ends and ends[0][0] <= trial.view_seq:
            _, number, outcome = heappop(ends)
            del pending[number]
            if outcome is not None:
                finished[number] = outcome
                changed = True
        if changed:
            ordered = dict(sorted(finished.items()))
            finished.clear()
            finished.update(ordered)
        view = View(trial.view_seq, trial.number, tuple(finished.values()), tuple(pending.values()))
        pending[trial.number] = PendingTrial(trial.number, trial.params)
        if trial.final_seq is not None:
            heappush(ends, (trial.final_seq, trial.number, trial.outcome))
        return None if trial.enqueued else sampler.suggest(view)

    return suggest


def _exact(params: Params) -> str:
    """To compare: 1, 1.0 and true differ."""
    return repr(sorted(params.items()))
