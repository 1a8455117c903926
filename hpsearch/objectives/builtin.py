"""A built-in objective as the service and the worker know it: what a study may say about it, and what shapes its programs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from hpsearch.errors import FieldError, InvalidInput, InvalidSettings
from hpsearch.objectives.buckets import distinct
from hpsearch.objectives.network import METRICS, NetworkSettings
from hpsearch.objectives.searchable import possible_values, range_problems, searchables
from hpsearch.objectives.signature import Signature
from hpsearch.space import CategoricalParameter, ConstantParameter, Grid, Parameter, Params, SearchSpace
from hpsearch.study import Study
from hpsearch.validation import field_errors, unknown

MOST_POINTS = 10_000
"""Points of a space that are looked at to count its programs."""
JUST_BELOW_ONE = 1.0 - 2.0**-53


@dataclass(frozen=True, slots=True)
class BuiltinObjective:
    """A built-in objective: its name, and the model of its settings."""

    name: str
    model: type[NetworkSettings]

    def check(self, study: Study) -> None:
        """Raises InvalidInput that names each setting, parameter, range or metric that this objective cannot have."""
        found = [*_metric_problems(study)]
        sound = []
        for name in study.space:
            problems = list(self._parameter_problems(name, study))
            found += problems
            sound += [] if problems else [name]
        found += [problem for name in study.settings for problem in self._unused(name, "settings", study)]
        for corner in _corners(study.space):
            params = {name: value for name, value in corner.items() if name in sound}
            for problem in self._problems({**study.settings, **params}):
                found.append(_below("space" if _root(problem) in params else "settings", problem))
        if found:
            raise InvalidInput(fields=list(dict.fromkeys(found)))

    def configure(self, settings: Mapping[str, Any], params: Params) -> NetworkSettings:
        """The settings of one trial, its parameters filled in.

        Raises InvalidSettings where `settings` are wrong already, InvalidInput where only these `params` make them so.
        """
        merged = {**settings, **params}
        found = self._problems(merged)
        if found and (wrong := self._problems(settings)):
            raise InvalidSettings(fields=[_below("settings", problem) for problem in wrong])
        if found:
            raise InvalidInput(fields=[_below("params", problem) for problem in found])
        return self.model.model_validate(merged)

    def signature(self, settings: Mapping[str, Any], params: Params) -> Signature:
        """What shapes the program of a trial; raises as `configure` does."""
        return self.configure(settings, params).signature(self.name)

    def signatures(self, study: Study) -> int | None:
        """The number of programs that a study may compile; None when they are too many to count. The study has passed `check`."""
        try:
            grid = Grid(self._shaping(study))
        except InvalidInput:  # conditions that are too entangled to count
            return None
        if grid.size > MOST_POINTS:
            return None
        found = set()
        for index in range(grid.size):
            merged = {**study.settings, **grid.point(index)}
            if not self._problems(merged):
                found.add(self.model.model_validate(merged).signature(self.name))
        return len(found)

    def _shaping(self, study: Study) -> SearchSpace:
        """The space with a single value for each program, but for the parameters that decide what else is active."""
        marks = searchables(self.model)
        space = study.space
        buckets: Any = study.settings.get("width_buckets")
        deciding = {parent for name in space for parent in space[name].when or {}}
        middle = {name: space[name].from_unit(0.5) for name in space}

        def held(name: str, parameter: Parameter) -> Parameter:
            if name in deciding or marks[name].shapes == "value":
                return parameter
            if marks[name].shapes == "bucket":
                widths: list[Any] = [parameter.at(place) for place in range(parameter.cardinality() or 0)]
                return CategoricalParameter(type="categorical", choices=distinct(widths, buckets), when=parameter.when)
            return ConstantParameter(type="constant", value=middle[name], when=parameter.when)

        return SearchSpace({name: held(name, space[name]) for name in space})

    def _problems(self, document: Mapping[str, Any]) -> list[FieldError]:
        try:
            self.model.model_validate(document)
        except ValidationError as error:
            return field_errors(error.errors(include_url=False), document)
        return []

    def _parameter_problems(self, name: str, study: Study) -> Iterator[FieldError]:
        marks = searchables(self.model)
        if name not in marks:
            fixed = name in self.model.model_fields
            message = "can be given in settings only" if fixed else unknown(name, marks)
            yield FieldError(f"space.{name}", message)
            return
        if name in study.settings:
            yield FieldError(f"settings.{name}", "is a parameter of the space as well; give it in one place")
        for problem in range_problems(self.model, name, study.space[name]):
            yield _below(f"space.{name}", problem)
        yield from self._unused(name, "space", study)

    def _unused(self, name: str, place: str, study: Study) -> Iterator[FieldError]:
        """A value that could never have an effect."""
        mark = searchables(self.model).get(name)
        for other, values in (mark.used_with if mark else {}).items():
            fixed = study.settings.get(other, self.model.model_fields[other].default)
            possible = possible_values(study.space.root.get(other), fixed)
            if not any(value in values for value in possible):
                shown = ", ".join(str(value) for value in possible)
                yield FieldError(
                    f"{place}.{name}", f"has an effect with {other} {' or '.join(values)} only, not with {shown}"
                )


def _corners(space: SearchSpace) -> Iterator[Params]:
    """The point of all least values, and that of all greatest."""
    yield space.from_units(dict.fromkeys(space, 0.0))
    top = space.from_units(dict.fromkeys(space, JUST_BELOW_ONE))
    yield {name: getattr(space[name], "high", value) for name, value in top.items()}


def _metric_problems(study: Study) -> Iterator[FieldError]:
    for place, (metric, direction) in enumerate(zip(study.metrics, study.directions, strict=True)):
        at = f".{place}" if isinstance(study.metric, tuple) else ""
        if metric not in METRICS:
            yield FieldError(f"metric{at}", f"{metric!r} {unknown(metric, METRICS)}")
        elif direction != METRICS[metric]:
            yield FieldError(f"direction{at}", f"must be {METRICS[metric]} for {metric}")


def _root(problem: FieldError) -> str:
    return problem.field.partition(".")[0]


def _below(prefix: str, problem: FieldError) -> FieldError:
    return FieldError(f"{prefix}.{problem.field}", problem.message)
