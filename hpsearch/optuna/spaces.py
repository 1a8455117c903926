"""The search space that the trials of an Optuna study were drawn from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial

from hpsearch.errors import FieldError, InvalidInput
from hpsearch.space import SearchSpace, Value
from hpsearch.validation import parse

HOW = "give the space yourself: hpsearch.optuna.from_study(study, space={...})"


def infer_space(trials: Sequence[FrozenTrial]) -> SearchSpace:
    """The space with the distributions of these trials.

    A parameter that some trials lack is taken to depend on an earlier categorical or whole one whose value tells the trials that have
    it from those that lack it; where several do, on the one that took the fewest values.
    Raises InvalidInput that names each parameter whose range is not the same in all trials, whose absence nothing explains, or
    that hpsearch has no type for.
    """
    if not any(trial.params for trial in trials):
        raise InvalidInput.at("space", f"the study has no finished trial with parameters to take it from; {HOW}")
    found: dict[str, tuple[int, BaseDistribution]] = {}
    wrong: dict[str, FieldError] = {}
    for trial in trials:
        for name, distribution in trial.distributions.items():
            number, first = found.setdefault(name, (trial.number, distribution))
            if first != distribution and name not in wrong:
                message = f"is {first} in trial {number} and {distribution} in trial {trial.number}; {HOW}, with a range that has all values"
                wrong[name] = FieldError(f"space.{name}", message)
    space: dict[str, dict[str, Any]] = {}
    for name, (_, distribution) in found.items():
        if name in wrong:
            continue
        try:
            space[name] = _parameter(distribution) | _condition(name, list(found), trials)
        except ValueError as error:
            wrong[name] = FieldError(f"space.{name}", f"{error}; {HOW}")
    if wrong:
        raise InvalidInput(fields=list(wrong.values()))
    try:
        return parse(SearchSpace, space)
    except InvalidInput as error:
        raise InvalidInput(fields=[FieldError(f"space.{one.field}", one.message) for one in error.fields]) from None


def _parameter(distribution: BaseDistribution) -> dict[str, Any]:
    match distribution:
        case FloatDistribution(low=low, high=high, log=log, step=step):
            return {"type": "float", "low": float(low), "high": float(high), "log": log} | (
                {} if step is None else {"step": float(step)}
            )
        case IntDistribution(low=low, high=high, log=log, step=step):
            return {"type": "int", "low": int(low), "high": int(high), "log": log, "step": int(step)}
        case CategoricalDistribution(choices=choices):
            other = next((choice for choice in choices if not isinstance(choice, Value)), None)
            if other is not None:
                raise ValueError(
                    f"has a choice of type {type(other).__name__}; choices are texts, numbers, true, false or null"
                )
            return {"type": "categorical", "choices": list(choices)}
        case _:
            raise ValueError(f"has the distribution {type(distribution).__name__}, which hpsearch does not know")


def _condition(name: str, names: Sequence[str], trials: Sequence[FrozenTrial]) -> dict[str, Any]:
    """`when`, for a parameter that some trials lack."""
    having = [trial for trial in trials if name in trial.params]
    lacking = [trial for trial in trials if name not in trial.params]
    if not lacking:
        return {}
    earlier = set.intersection(*(set(_before(name, trial.params)) for trial in having))
    explaining = [
        (parent, values)
        for parent in names
        if parent in earlier and (values := _telling(parent, having, lacking)) is not None
    ]
    if not explaining:
        message = (
            f"is in trial {having[0].number} and not in trial {lacking[0].number}, and no other parameter tells why"
        )
        raise ValueError(message)
    parent, values = min(explaining, key=lambda found: len({trial.params.get(found[0]) for trial in trials}))
    return {"when": {parent: values}}


def _before(name: str, params: Mapping[str, Any]) -> Iterator[str]:
    for other in params:
        if other == name:
            return
        yield other


def _telling(parent: str, having: Sequence[FrozenTrial], lacking: Sequence[FrozenTrial]) -> list[Value] | None:
    """The values of `parent` in the trials that have the parameter, if no trial without it has one of them."""
    if isinstance(having[0].distributions[parent], FloatDistribution):
        return None
    values = {_key(trial.params[parent]): trial.params[parent] for trial in having}
    others = {_key(trial.params[parent]) for trial in lacking if parent in trial.params}
    return None if values.keys() & others else [values[key] for key in sorted(values, key=repr)]


def _key(value: Value) -> tuple[bool, Value]:
    return isinstance(value, bool), value
