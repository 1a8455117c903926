"""A parameter as Optuna sees it: a distribution over numbers, and the way there and back."""

from collections.abc import Callable
from dataclasses import dataclass

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from hpsearch.space import CategoricalParameter, FloatParameter, IntParameter, Parameter, Value

MOST_STEPS = 1024
"""Above it steps are sampled as rounded real numbers: narrow beside any kernel, they have its density times their width."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One searched parameter. `to_value` takes any number near the distribution's range and answers a value of the parameter."""

    distribution: BaseDistribution
    to_number: Callable[[Value], float]
    to_value: Callable[[float], Value]


def axis(parameter: Parameter) -> Axis | None:
    """The axis of a parameter; None when it has only one value.

    Categories and steps are numbered, so that 1, 1.0 and true stay apart and 0.1 + 2 * 0.1 is the space's 0.3.
    """
    if parameter.cardinality() == 1:
        return None
    match parameter:
        case CategoricalParameter():
            return _categories(parameter)
        case FloatParameter(step=None):
            return _range(parameter.low, parameter.high, log=parameter.log, to_value=float)
        case FloatParameter() | IntParameter(log=False):
            return _steps(parameter, parameter.low, parameter.step or 1.0)
        case IntParameter():
            return _whole(parameter)
        case _:
            return None


def _categories(parameter: CategoricalParameter) -> Axis:
    numbers = {_key(choice): float(number) for number, choice in enumerate(parameter.choices)}
    return Axis(
        CategoricalDistribution(range(len(parameter.choices))),
        to_number=lambda value: numbers[_key(value)],
        to_value=lambda number: parameter.choices[int(number)],
    )


def _key(value: Value) -> tuple[bool, Value]:
    return isinstance(value, bool), value


def _range(low: float, high: float, *, log: bool, to_value: Callable[[float], Value]) -> Axis:
    return Axis(
        FloatDistribution(low, high, log=log), to_number=_as_float, to_value=lambda x: to_value(min(max(x, low), high))
    )


def _whole(parameter: IntParameter) -> Axis:
    def to_value(number: float) -> int:
        return min(max(round(number), parameter.low), parameter.high)

    if parameter.cardinality() > MOST_STEPS:
        return _range(parameter.low - 0.5, parameter.high + 0.5, log=True, to_value=to_value)
    return Axis(IntDistribution(parameter.low, parameter.high, log=True), to_number=_as_float, to_value=to_value)


def _steps(parameter: FloatParameter | IntParameter, low: float, step: float) -> Axis:
    last = (parameter.cardinality() or 1) - 1

    def to_value(number: float) -> Value:
        return parameter.at(min(max(round(number), 0), last))

    def to_number(value: Value) -> float:  # as `position` does, for a value that is one of the parameter's
        return float(round((_as_float(value) - low) / step))

    continuous = last >= MOST_STEPS
    distribution = FloatDistribution(-0.5, last + 0.5) if continuous else IntDistribution(0, last)
    return Axis(distribution, to_number, to_value)


def _as_float(value: Value) -> float:
    return float(value or 0)
