"""A study of Optuna's, brought in with its finished trials."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from hpsearch.client import Client
from hpsearch.errors import InvalidInput, StudyExists
from hpsearch.optuna.replay import Replay
from hpsearch.optuna.spaces import infer_space
from hpsearch.space import NAME_PATTERN, SearchSpace
from hpsearch.study import Budget, Sampler, Study
from hpsearch.validation import parse
from hpsearch.wire.studies import StudyPatch

OBJECTIVE = "imported:objective"
"""The objective of a study that was brought in without one: code that nobody has, so no worker goes on with it by accident."""
MOST_TRIALS = 250
MOST_REPORTS = 20_000
"""Trials of one batch, and their reports, or those of one trial: a batch is over before its leases are, and progress is seen."""

BROUGHT = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: trials by what became of them here, and by Optuna's state those that were left out.

    `diverged`: completed in Optuna with an infinite value, which is a failure here. `already`: ended here before this import saw
    them, by an earlier one or by another worker.
    """

    study: str
    completed: int = 0
    pruned: int = 0
    diverged: int = 0
    already: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)


def from_study(
    study: optuna.Study,
    name: str | None = None,
    client: Client | None = None,
    *,
    objective: str = OBJECTIVE,
    space: SearchSpace | Mapping[str, Any] | None = None,
    sampler: Sampler | Mapping[str, Any] | None = None,
    budget: Budget | Mapping[str, Any] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Imported:
    """Creates a study like `study` and brings in its completed and pruned trials, in their order; failed, running and waiting ones stay out.

    name: Optuna's name for it without it. objective: `module:attribute` of the code that goes on with the search. space: the
    one that the trials were drawn from (`infer_space`) without it. sampler: TPE without it. budget: what holds afterwards; without it the
    trials that were brought in are all there will be, until the budget is extended. progress: is told how many trials of
    how many are through.

    A worker named `import` runs the trials: it enqueues them, asks for them, reports their intermediate values and tells how they
    ended, so all accounts balance. Numeric user attributes become metrics; the artifact `optuna` has the number, the times and all user
    attributes. Since only a study's end makes a pruned trial of one that no pruner stopped, the study is finished for a moment after each batch
    that has any; therefore nobody else should work on it meanwhile.

    The same again brings in what is missing: after an interruption, or when `study` has grown.
    Raises InvalidInput that names each parameter or value that does not fit; StudyExists for another study of this name; Conflict where
    others hold its trials.
    """
    trials = study.get_trials(deepcopy=False)
    wanted = [trial for trial in trials if trial.state in BROUGHT]
    definition = _definition(study, name, objective, space or infer_space(wanted), sampler)
    limits = None if budget is None else parse(Budget, budget)
    _check(wanted, definition, limits)
    done: Counter[str] = Counter()
    with ExitStack() as stack:
        client = client or stack.enter_context(Client())
        _create(client, definition)
        replay = Replay(client, definition.name)
        for batch in _batches(wanted):
            done += replay.bring(batch)
            progress(done.total(), len(wanted))
        if limits is not None:
            client.patch_study(definition.name, StudyPatch.model_validate({"budget": limits.model_dump()}))
    left_out = Counter(trial.state.name.lower() for trial in trials if trial.state not in BROUGHT)
    return Imported(definition.name, **done, left_out=dict(left_out))


def _definition(study: optuna.Study, name: str | None, objective: str, space: Any, sampler: Any) -> Study:
    name = study.study_name if name is None else name
    if not re.fullmatch(NAME_PATTERN, name):
        raise InvalidInput.at("name", f"{name[:100]!r} is no name here (letters, digits, ., _ and -); give another")
    directions = tuple(direction.name.lower() for direction in study.directions)
    single = len(directions) == 1
    metrics = tuple(study.metric_names or (["value"] if single else [f"value_{n}" for n in range(len(directions))]))
    document = {
        "name": name,
        "description": f"Imported from the Optuna study {study.study_name!r}.",
        "objective": objective,
        "direction": directions[0] if single else directions,
        "metric": metrics[0] if single else metrics,
        "space": space,
        "budget": {"max_trials": 1},  # it grows with each batch, so that nothing else is suggested meanwhile
    }
    return parse(Study, document | ({} if sampler is None else {"sampler": sampler}))


def _create(client: Client, definition: Study) -> None:
    try:
        client.create_study(definition)
    except StudyExists as error:
        hint = "to go on with an earlier import give the same arguments; where the trials since tell of another space, give its `space`"
        raise StudyExists(f"{error.message}; {hint}") from None


def _check(trials: Sequence[FrozenTrial], definition: Study, limits: Budget | None) -> None:
    """Finds what does not fit before anything is created."""
    if limits is not None and limits.max_trials is not None and limits.max_trials < len(trials):
        raise InvalidInput.at("budget.max_trials", f"must have room for the {len(trials)} trials that are brought in")
    for trial in trials:
        definition.space.check(trial.params, at=f"trials[{trial.number}].params")


def _batches(trials: Sequence[FrozenTrial]) -> Iterator[list[FrozenTrial]]:
    """The trials in order, as many at a time as a lease lasts for."""
    batch: list[FrozenTrial] = []
    reports = 0
    for trial in trials:
        reports += len(trial.intermediate_values)
        if batch and (len(batch) == MOST_TRIALS or reports > MOST_REPORTS):
            yield batch
            batch, reports = [], len(trial.intermediate_values)
        batch.append(trial)
    if batch:
        yield batch
