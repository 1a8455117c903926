"""A parameter of a search space: its type, its range, and when it is active."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from math import exp, floor, isfinite, log, ulp
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StrictStr, model_validator

from hpsearch.validation import Definition, at_most, check_shown, problem

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
"""Names of studies, parameters and workers."""

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Finite = Annotated[float, Field(allow_inf_nan=False, strict=True)]
LARGEST_INT = 2**53 - 1
"""Beyond it a JSON number is no longer exact in every reader."""
LONGEST_TEXT = 1000
"""Characters of a string value."""
Integer = Annotated[int, Field(strict=True, ge=-LARGEST_INT, le=LARGEST_INT)]


def _check_scalar(value: Any) -> Any:
    """One message instead of one for each member of the union; and no whole number slips in as a rounded real one."""
    match value:
        case bool() | None:
            fits = True
        case int():
            fits = abs(value) <= LARGEST_INT
        case float():
            fits = isfinite(value)
        case _:
            fits = isinstance(value, str) and len(value) <= LONGEST_TEXT
    if not fits:
        raise ValueError(
            f"must be true, false, null, a finite number (a whole one of at most {LARGEST_INT}) or a string of at most "
            f"{LONGEST_TEXT} characters, got {str(value)[:80]!r}"
        )
    return check_shown(value) if isinstance(value, str) else value


Scalar = Annotated[
    StrictBool
    | Annotated[StrictInt, Field(ge=-LARGEST_INT, le=LARGEST_INT)]
    | Finite
    | Annotated[StrictStr, Field(max_length=LONGEST_TEXT)]
    | None,
    BeforeValidator(_check_scalar),
]
"""A value of a categorical or constant parameter."""
Value = bool | int | float | str | None
"""A value that a parameter takes in a trial."""
MOST_VALUES = 1000
"""Of a categorical parameter, and of a condition."""
Values = Annotated[tuple[Scalar, ...], Field(min_length=1, max_length=MOST_VALUES), at_most(MOST_VALUES)]
Condition = Annotated[Mapping[Name, Values], Field(min_length=1)]


def same(a: Value, b: Value) -> bool:
    """Equality as JSON means it: 1 and 1.0 are equal, 1 and true are not."""
    return a == b and isinstance(a, bool) == isinstance(b, bool)


class _Parameter(Definition):
    when: Condition | None = Field(
        default=None,
        description="Active only while each named parameter has one of the listed values; always active without it.",
        examples=[{"optimizer": ["sgd"]}],
    )


class FloatParameter(_Parameter):
    """A real number in [low, high], uniform, or log-uniform with `log`; with `step`, one of low, low + step, ... <= high."""

    type: Literal["float"] = Field(description="The kind of parameter.")
    low: Finite = Field(description="Least value.", examples=[1e-4])
    high: Finite = Field(description="Greatest value.", examples=[1e-1])
    log: StrictBool = Field(default=False, description="Uniform in the logarithm; needs low > 0.")
    step: Finite | None = Field(default=None, gt=0, description="Distance of neighbouring values, counted from low.")

    @model_validator(mode="after")
    def _check(self) -> "FloatParameter":
        _check_range(self.low, self.high)
        if self.log and self.low <= 0:
            raise problem("low", f"log needs low > 0, got low = {self.low}")
        if self.log and self.step is not None:
            raise problem("step", "log and step do not go together; list the values as categorical choices instead")
        if not isfinite(self.high - self.low):
            raise problem("high", "high - low overflows; narrow the range")
        finest = ulp(max(abs(self.low), abs(self.high)))
        if self.step is not None and self.step < finest:
            raise problem("step", f"is finer than floating point at the bounds, where neighbours differ by {finest}")
        return self

    def contains(self, value: Any) -> bool:
        """Whether `value` is in range (and on a step, within rounding)."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            return False
        if self.step is None:
            return True
        steps = (value - self.low) / self.step
        return abs(steps - round(steps)) < 1e-8 * max(1.0, abs(steps))

    def cardinality(self) -> int | None:
        """The number of values; None for a continuous range."""
        if self.low == self.high:
            return 1
        if self.step is None:
            return None
        return floor((Decimal(str(self.high)) - Decimal(str(self.low))) / Decimal(str(self.step))) + 1

    def at(self, index: int) -> float:
        """The value of this index, 0 <= index < cardinality; decimal arithmetic, so that 0.1 + 2 * 0.1 is 0.3."""
        return self.low if self.step is None else float(Decimal(str(self.low)) + index * Decimal(str(self.step)))

    def position(self, value: Value) -> int | None:
        """The index of `value`; None when it is out of range, or the range is continuous."""
        if self.cardinality() is None or not self.contains(value):
            return None
        return round((float(value or 0) - self.low) / self.step) if self.step else 0

    def from_unit(self, unit: float) -> float:
        """The value at `unit` in [0, 1) of the scale: uniform units give uniform (log-uniform, stepped) values."""
        steps = self.cardinality()
        if steps is not None:
            return self.at(min(int(unit * steps), steps - 1))
        if self.log:
            return min(max(exp(log(self.low) + unit * (log(self.high) - log(self.low))), self.low), self.high)
        return min(self.low + unit * (self.high - self.low), self.high)

    def describe(self) -> str:
        """The range in words, for messages."""
        return f"a number from {self.low} to {self.high}" + (f" in steps of {self.step}" if self.step else "")


class IntParameter(_Parameter):
    """A whole number in [low, high], uniform, or log-uniform with `log`; with `step`, one of low, low + step, ... <= high."""

    type: Literal["int"] = Field(description="The kind of parameter.")
    low: Integer = Field(description="Least value.", examples=[16])
    high: Integer = Field(description="Greatest value.", examples=[256])
    log: StrictBool = Field(default=False, description="Uniform in the logarithm; needs low >= 1.")
    step: Annotated[int, Field(strict=True, ge=1, le=LARGEST_INT)] = Field(
        default=1, description="Distance of neighbouring values, counted from low."
    )

    @model_validator(mode="after")
    def _check(self) -> "IntParameter":
        _check_range(self.low, self.high)
        if self.log and self.low < 1:
            raise problem("low", f"log needs low >= 1, got low = {self.low}")
        if self.log and self.step != 1:
            raise problem("step", "log and step do not go together; list the values as categorical choices instead")
        return self

    def contains(self, value: Any) -> bool:
        """Whether `value` is a whole number in range and on a step."""
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and self.low <= value <= self.high and (value - self.low) % self.step == 0

    def cardinality(self) -> int:
        """The number of values."""
        return (self.high - self.low) // self.step + 1

    def at(self, index: int) -> int:
        """The value of this index, 0 <= index < cardinality."""
        return self.low + index * self.step

    def position(self, value: Value) -> int | None:
        """The index of `value`; None when it is out of range or between steps."""
        return (int(value or 0) - self.low) // self.step if self.contains(value) else None

    def from_unit(self, unit: float) -> int:
        """The value at `unit` in [0, 1) of the scale; on a log scale each whole number owns the interval of half a unit around it."""
        if self.log:
            low, high = log(self.low - 0.5), log(self.high + 0.5)
            return min(max(round(exp(low + unit * (high - low))), self.low), self.high)
        return self.at(min(int(unit * self.cardinality()), self.cardinality() - 1))

    def describe(self) -> str:
        """The range in words, for messages."""
        return f"a whole number from {self.low} to {self.high}" + (f" in steps of {self.step}" if self.step > 1 else "")


class CategoricalParameter(_Parameter):
    """One of a list of values without an order."""

    type: Literal["categorical"] = Field(description="The kind of parameter.")
    choices: Values = Field(
        description="The values: strings, numbers, true, false or null, all different.",
        examples=[["sgd", "adam"]],
        json_schema_extra={"uniqueItems": True},
    )

    @model_validator(mode="after")
    def _check(self) -> "CategoricalParameter":
        for place, choice in enumerate(self.choices):
            if self.position(choice) != place:
                raise problem("choices", f"must differ, {choice!r} is there twice")
        return self

    def position(self, value: Any) -> int | None:
        """The index of `value` among the choices; None when it is none of them."""
        return self._places.get((isinstance(value, bool), value)) if isinstance(value, Value) else None

    @cached_property
    def _places(self) -> dict[tuple[bool, Value], int]:
        return {(isinstance(choice, bool), choice): place for place, choice in enumerate(self.choices)}

    def contains(self, value: Any) -> bool:
        """Whether `value` is one of the choices."""
        return self.position(value) is not None

    def cardinality(self) -> int:
        """The number of choices."""
        return len(self.choices)

    def at(self, index: int) -> Value:
        """The choice of this index."""
        return self.choices[index]

    def from_unit(self, unit: float) -> Value:
        """The choice at `unit` in [0, 1): uniform units give uniform choices."""
        return self.choices[min(int(unit * len(self.choices)), len(self.choices) - 1)]

    def describe(self) -> str:
        """The choices in words, for messages."""
        return "one of " + _listed(self.choices)


class ConstantParameter(_Parameter):
    """A fixed value, told to the objective like any other parameter."""

    type: Literal["constant"] = Field(description="The kind of parameter.")
    value: Scalar = Field(description="The value.", examples=[0.9])

    def contains(self, value: Any) -> bool:
        """Whether `value` is the constant."""
        return same(self.value, value)

    def cardinality(self) -> int:
        """One."""
        return 1

    def at(self, index: int) -> Value:
        """The constant."""
        return self.value

    def position(self, value: Any) -> int | None:
        """0 for the constant; None for anything else."""
        return 0 if self.contains(value) else None

    def from_unit(self, unit: float) -> Value:
        """The constant, wherever `unit` is."""
        return self.value

    def describe(self) -> str:
        """The constant in words, for messages."""
        return f"the constant {self.value!r}"


Parameter = Annotated[
    FloatParameter | IntParameter | CategoricalParameter | ConstantParameter, Field(discriminator="type")
]


def is_log(parameter: Parameter) -> bool:
    """Whether the parameter is searched on a logarithmic scale."""
    return isinstance(parameter, FloatParameter | IntParameter) and parameter.log


def _check_range(low: float, high: float) -> None:
    if low > high:
        raise problem("low", f"must be at most high, got low = {low} and high = {high}")


def _listed(values: Sequence[Value], most: int = 10) -> str:
    shown = ", ".join(repr(value) for value in values[:most])
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"
