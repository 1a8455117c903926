"""Studies and search spaces for tests: built from plain documents, or drawn by hypothesis."""

from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from hpsearch.space import FloatParameter, SearchSpace
from hpsearch.study import Study
from hpsearch.validation import parse

quick = settings(max_examples=60)
"""For properties whose examples cost a few milliseconds each."""


def space_of(**parameters: dict[str, Any]) -> SearchSpace:
    """The space of these parameters."""
    return parse(SearchSpace, parameters)


def study_document(**fields: Any) -> dict[str, Any]:
    """A study file as it is decoded, with one parameter unless `space` is given."""
    space = {"x": {"type": "float", "low": 0.0, "high": 1.0}}
    return {"name": "test", "objective": "flax/mlp", "space": space} | fields


def study_of(**fields: Any) -> Study:
    """The study of `study_document`."""
    return parse(Study, study_document(**fields))


reals = st.floats(-1e6, 1e6, allow_subnormal=False)
positive = st.floats(1e-6, 1e6, allow_subnormal=False)
scalars = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.5, 1.0]) | st.sampled_from(["a", "b", "1"])
)
choices = st.lists(scalars, min_size=1, max_size=4, unique_by=lambda value: (isinstance(value, bool), value))


def _sorted(low_high: tuple[Any, Any]) -> dict[str, Any]:
    return dict(zip(("low", "high"), sorted(low_high), strict=True))


def _stepped(low: float, step: float, steps: int) -> dict[str, Any]:
    return {"type": "float", "low": low, "high": low + step * (steps + 0.5), "step": step}


continuous = st.one_of(
    st.tuples(reals, reals).map(lambda ends: {"type": "float"} | _sorted(ends)),
    st.tuples(positive, positive).map(lambda ends: {"type": "float", "log": True} | _sorted(ends)),
)
finite = st.one_of(
    st.builds(_stepped, st.sampled_from([0.0, 0.1, -2.5]), st.sampled_from([0.1, 0.25, 3.0]), st.integers(0, 4)),
    st.tuples(st.integers(-4, 4), st.integers(0, 4)).map(lambda d: {"type": "int", "low": d[0], "high": d[0] + d[1]}),
    st.tuples(st.integers(1, 4), st.integers(0, 4)).map(
        lambda d: {"type": "int", "low": d[0], "high": d[0] + d[1], "log": True}
    ),
    st.tuples(st.integers(-4, 4), st.integers(0, 9), st.integers(1, 4)).map(
        lambda d: {"type": "int", "low": d[0], "high": d[0] + d[1], "step": d[2]}
    ),
    choices.map(lambda values: {"type": "categorical", "choices": values}),
    scalars.map(lambda value: {"type": "constant", "value": value}),
)
large = st.one_of(
    st.tuples(st.integers(-(2**53) + 1, 2**53 - 1), st.integers(-(2**53) + 1, 2**53 - 1)).map(
        lambda ends: {"type": "int"} | _sorted(ends)
    ),
    st.tuples(st.integers(1, 2**53 - 1), st.integers(1, 2**53 - 1)).map(
        lambda ends: {"type": "int", "log": True} | _sorted(ends)
    ),
    st.integers(2000, 10**9).map(lambda steps: _stepped(-1.0, 0.001, steps)),
)


@st.composite
def spaces(draw: st.DrawFn, kinds: st.SearchStrategy[dict[str, Any]] = continuous | finite | large) -> SearchSpace:
    """Spaces of up to six parameters with conditions nested to any depth, declared in any order."""
    documents: dict[str, Any] = {}
    parents: list[str] = []
    for number, document in zip(count(), draw(st.lists(kinds, min_size=1, max_size=6)), strict=False):
        name = f"p{number}"
        named = draw(st.lists(st.sampled_from(parents), unique=True, max_size=2)) if parents else []
        when = {
            parent: draw(_some_values(space_of(**{parent: _unconditional(documents[parent])}), parent))
            for parent in named
        }
        documents[name] = document | ({"when": when} if when else {})
        if not isinstance(space_of(x=document)["x"], FloatParameter):
            parents.append(name)
    return space_of(**{name: documents[name] for name in draw(st.permutations(list(documents)))})


def _unconditional(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "when"}


def _some_values(space: SearchSpace, name: str) -> st.SearchStrategy[list[Any]]:
    last = (space[name].cardinality() or 1) - 1
    places = st.lists(st.integers(0, min(last, 5)), min_size=1, max_size=3, unique=True)
    return places.map(lambda found: [space[name].at(place) for place in found])


units = st.floats(0, 1, exclude_max=True)


@st.composite
def points(draw: st.DrawFn, space: SearchSpace) -> dict[str, Any]:
    """Points of a space."""
    return space.from_units({name: draw(units) for name in space})
