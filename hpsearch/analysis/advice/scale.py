"""A range on its own scale: where values lie in it, and the next wider and narrower one."""

from collections.abc import Mapping
from decimal import Decimal
from math import inf, isfinite, log, sqrt

import numpy as np
from pydantic import JsonValue, ValidationError

from hpsearch.analysis.table import Floats
from hpsearch.space import CategoricalParameter, FloatParameter, IntParameter, Parameter, SearchSpace
from hpsearch.space.parameter import LARGEST_INT

Range = FloatParameter | IntParameter
MOST_TIMES = 10.0
"""The most that a bound on a logarithmic scale is multiplied by: a decade shows whether the values beyond are any good."""
LEAST_TIMES = 2.0
SHARE = 0.5
"""Of its length that a linear range grows by."""


def positions(parameter: Range, values: Floats) -> Floats:
    """Where values lie in the range, 0 to 1, on its scale; NaN stays NaN."""
    low, high = _ends(parameter)
    if not low < high:
        return np.where(np.isnan(values), np.nan, 0.0)
    at = np.log(values) if parameter.log else values
    return np.clip((at - low) / (high - low), 0.0, 1.0)


def share_of_end(parameter: Range, *, upper: bool) -> float:
    """The share of the scale that belongs to the last value at that end; 0 of a continuous range."""
    count = parameter.cardinality()
    if count is None:
        return 0.0
    if isinstance(parameter, IntParameter) and parameter.log:
        end = parameter.high if upper else parameter.low
        return log((end + 0.5) / (end - 0.5)) / log((parameter.high + 0.5) / (parameter.low - 0.5))
    return 1.0 / count


def wider(parameter: Range, *, upper: bool) -> Range | None:
    """The range with that bound further out; None where it is a natural end.

    A logarithmic range grows by the root of high / low, at least LEAST_TIMES and at most MOST_TIMES; a linear one by SHARE of its
    length. What is not negative stays so, and a bound that is 0 is taken for the natural one. What lies within 0 and 1, as shares do,
    goes half the way to 1 at most, and a bound that is 1 is taken for the natural one if the lower is not less than 0.
    """
    bound = parameter.high if upper else parameter.low
    share = isinstance(parameter, FloatParameter) and parameter.low >= 0 and parameter.high <= 1
    if (not upper and bound == 0) or (upper and share and bound == 1):
        return None
    if parameter.log:
        times = round(min(max(sqrt(parameter.high / parameter.low), LEAST_TIMES), MOST_TIMES))
        found = bound * times if upper else bound / times
    else:
        length = (parameter.high - parameter.low) * SHARE
        found = bound + length if upper else bound - length
        if not upper and bound > 0:
            found = max(found, bound / 2.0)
    if upper and share and not parameter.log:
        found = min(found, (1.0 + bound) / 2.0)
    short = float(f"{found:.4g}")
    beyond = bound < short < (1 if share else inf) if upper else (0 if bound > 0 else -inf) < short < bound
    return _with_bound(parameter, short if beyond else found, upper=upper)


def narrower(parameter: Range, bound: float, *, upper: bool) -> Range | None:
    """The range with that bound, a value of it, further in; None where nothing but the other end is left."""
    if isinstance(parameter, FloatParameter) and parameter.step is None:
        # Two digits, unless they lead out of what is left.
        short = float(f"{bound:.2g}")
        bound = short if parameter.low < short < parameter.high else bound
    other = parameter.low if upper else parameter.high
    return None if bound == other else _with_bound(parameter, bound, upper=upper)


def _with_bound(parameter: Range, bound: float, *, upper: bool) -> Range | None:
    """A copy with another bound: whole or on a step where the values are; None where there is no such range."""
    if not isfinite(bound):
        return None
    old = parameter.high if upper else parameter.low
    new: float
    if isinstance(parameter, IntParameter):
        steps = round(abs(bound - old) / parameter.step) * parameter.step
        new = old + steps if bound > old else old - steps
        new = min(max(new, 1 if parameter.log else -LARGEST_INT), LARGEST_INT)
    elif parameter.step is not None:
        steps = round(abs(bound - old) / parameter.step)
        far = Decimal(str(parameter.step)) * steps
        new = float(Decimal(str(old)) + (far if bound > old else -far))
    else:
        new = bound
    if new == old:
        return None
    try:
        return type(parameter).model_validate({**dict(parameter), ("high" if upper else "low"): new})
    except ValidationError:
        return None


def document(parameter: Parameter) -> Mapping[str, JsonValue]:
    """The parameter as a study file has it."""
    found: Mapping[str, JsonValue] = parameter.model_dump(mode="json", exclude_defaults=True)
    return found


def shown(parameter: Parameter) -> str:
    """Its range or its choices, short."""
    if isinstance(parameter, FloatParameter | IntParameter):
        return f"[{parameter.low:.10g}, {parameter.high:.10g}]"
    return parameter.describe()


def decides(space: SearchSpace, name: str) -> bool:
    """Whether other parameters are active under values of this one, which it must then keep."""
    return any(name in (space[other].when or {}) for other in space)


def value_of(parameter: Parameter, number: float) -> JsonValue:
    """The value behind the number in a table's column."""
    if isinstance(parameter, CategoricalParameter):
        return parameter.choices[int(number)]
    return int(number) if isinstance(parameter, IntParameter) else float(number)


def _ends(parameter: Range) -> tuple[float, float]:
    if parameter.log:
        return log(parameter.low), log(parameter.high)
    return float(parameter.low), float(parameter.high)
