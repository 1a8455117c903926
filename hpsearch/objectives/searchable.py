"""Which settings of an objective a space may search, and within which ranges: said at the fields of its settings model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import TypeAdapter, ValidationError

from hpsearch.errors import FieldError
from hpsearch.space import CategoricalParameter, ConstantParameter, FloatParameter, IntParameter, Parameter
from hpsearch.validation import Definition, field_errors

Shapes = Literal["no", "value", "bucket", "presence"]


@dataclass(frozen=True)
class Searchable:
    """Metadata of a field that may be given in `settings` or searched under the same name.

    `kind` is what the values are; `shapes` whether the program depends on the value, on its bucket (as widths have them), on whether
    it was given at all, or not.
    `used_with` names another field and the values of it under which this one has an effect.
    """

    kind: Literal["float", "int", "choice"]
    shapes: Shapes = "no"
    used_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@lru_cache
def searchables(model: type[Definition]) -> Mapping[str, Searchable]:
    """The searchable fields of a settings model, by name."""
    return {
        name: mark
        for name, info in model.model_fields.items()
        for mark in info.metadata
        if isinstance(mark, Searchable)
    }


_TYPES = {
    "float": ("float", "int", "categorical", "constant"),
    "int": ("int", "categorical", "constant"),
    "choice": ("categorical", "constant"),
}


def range_problems(model: type[Definition], name: str, parameter: Parameter) -> Iterator[FieldError]:
    """What keeps `parameter` from being searched as the field `name`; paths are below the parameter."""
    types = _TYPES[searchables(model)[name].kind]
    if parameter.type not in types:
        yield FieldError("type", f"{name} needs one of {', '.join(types)}, got {parameter.type}")
        return
    adapter = _adapter(model, name)
    for at, value in _ends(parameter):
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            said = " or ".join(found.message for found in field_errors(error.errors(include_url=False), value))
            yield FieldError(at, f"{value!r} is no possible {name}: it {said}")


@lru_cache
def _adapter(model: type[Definition], name: str) -> TypeAdapter[Any]:
    info = model.model_fields[name]
    annotated: Any = Annotated[(info.annotation, *info.metadata)]
    return TypeAdapter(annotated)


def _ends(parameter: Parameter) -> Iterator[tuple[str, Any]]:
    """The values that decide whether a range is possible: the limits of a field are intervals."""
    if isinstance(parameter, FloatParameter | IntParameter):
        yield from (("low", parameter.low), ("high", parameter.high))
    elif isinstance(parameter, CategoricalParameter):
        yield from (("choices", choice) for choice in parameter.choices)
    elif isinstance(parameter, ConstantParameter):
        yield "value", parameter.value


def possible_values(parameter: Parameter | None, fixed: Any) -> tuple[Any, ...]:
    """The values that a field of kind `choice` takes over a study: of its parameter, else the fixed one."""
    return (fixed,) if parameter is None else tuple(value for _, value in _ends(parameter))
