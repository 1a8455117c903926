"""The search space: named parameters, some of them active only under conditions."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import ConfigDict, Field, RootModel, model_validator

from hpsearch.errors import FieldError, InvalidInput
from hpsearch.space.parameter import (
    CategoricalParameter,
    ConstantParameter,
    FloatParameter,
    Name,
    Parameter,
    Value,
    same,
)
from hpsearch.validation import problems

Params = Mapping[str, Value]
"""The values of the active parameters of one trial."""
LONGEST_SHOWN = 80
"""Characters of a wrong value that its message repeats."""


class SearchSpace(RootModel[Annotated[dict[Name, Parameter], Field(min_length=1, max_length=300)]]):
    """The parameters by name, in the order of their declaration.

    A parameter with `when` is active while every parameter named there is itself active and has one of the listed values; so
    conditions nest to any depth. Validation refuses conditions on missing parameters, on ranges of real numbers, on values that
    the other parameter never takes, and cycles.
    """

    model_config = ConfigDict(frozen=True)

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]  # a space iterates like the mapping it is
        return iter(self.root)

    def __getitem__(self, name: str) -> Parameter:
        return self.root[name]

    def __len__(self) -> int:
        return len(self.root)

    def __contains__(self, name: object) -> bool:
        return name in self.root

    @model_validator(mode="after")
    def _check_conditions(self) -> "SearchSpace":
        found = [
            FieldError(f"{name}.when.{parent}", message)
            for name, parameter in self.root.items()
            for parent, values in (parameter.when or {}).items()
            for message in self._condition_problems(parent, values)
        ]
        if not found and len(self.order) < len(self.root):
            circular = [name for name in self.root if name not in self.order]
            message = f"the conditions of {', '.join(circular)} form a cycle; each chain must end at an unconditional parameter"
            found = [FieldError(f"{name}.when", message) for name in circular]
        if found:
            raise problems(found)
        return self

    def _condition_problems(self, parent: str, values: tuple[Value, ...]) -> Iterator[str]:
        if parent not in self.root:
            yield f"there is no parameter {parent!r}"
        elif isinstance(self.root[parent], FloatParameter):
            yield f"{parent} is a range of real numbers; a condition needs a categorical, int or constant parameter"
        else:
            for value in values:
                if not self.root[parent].contains(value):
                    yield f"{parent} is never {value!r}; it is {self.root[parent].describe()}"

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The names with every parameter after those it depends on, otherwise in the order of declaration."""
        placed: dict[str, None] = {}
        waiting = list(self.root)
        while ready := next(
            (name for name in waiting if all(parent in placed for parent in self.root[name].when or {})), None
        ):
            placed[ready] = None
            waiting.remove(ready)
        return tuple(placed)

    def is_active(self, name: str, params: Params) -> bool:
        """Whether `name` is active, given the values of the active parameters before it in `order`."""
        return all(
            parent in params and any(same(params[parent], value) for value in values)
            for parent, values in (self.root[name].when or {}).items()
        )

    def from_units(self, units: Mapping[str, float]) -> dict[str, Value]:
        """The point at these positions in [0, 1), one a name; inactive parameters are left out."""
        params: dict[str, Value] = {}
        for name in self.order:
            if self.is_active(name, params):
                params[name] = self.root[name].from_unit(units[name])
        return params

    def check(self, params: Mapping[str, Any], at: str = "params") -> dict[str, Value]:
        """Returns `params` in the space's order; raises InvalidInput that names each value missing, unknown, inactive or out of range."""
        found = [
            FieldError(f"{at}.{name}", f"there is no such parameter; the space has {', '.join(self.root)}")
            for name in params
            if name not in self.root
        ]
        checked: dict[str, Value] = {}
        for name in self.order:
            active = self.is_active(name, checked)
            if active and name not in params:
                found.append(FieldError(f"{at}.{name}", f"is missing; it must be {self.root[name].describe()}"))
            elif active and not self.root[name].contains(params[name]):
                found.append(
                    FieldError(f"{at}.{name}", f"must be {self.root[name].describe()}, got {_shown(params[name])}")
                )
            elif active:
                checked[name] = _canonical(self.root[name], params[name])
            elif name in params:
                found.append(FieldError(f"{at}.{name}", "must be left out: its condition `when` does not hold"))
        if found:
            raise InvalidInput(fields=found)
        return checked

    def contains(self, params: Mapping[str, Any]) -> bool:
        """Whether `params` gives every active parameter a value in its range, and nothing else."""
        try:
            self.check(params)
        except InvalidInput:
            return False
        return True


def _canonical(parameter: Parameter, value: Any) -> Value:
    """The value as the space writes it (a float range gives floats, a choice is the choice itself), so that equal points are equal rows."""
    if isinstance(parameter, FloatParameter):
        return float(value)
    if isinstance(parameter, CategoricalParameter):
        place = parameter.position(value)
        return value if place is None else parameter.choices[place]
    return parameter.value if isinstance(parameter, ConstantParameter) else int(value)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
