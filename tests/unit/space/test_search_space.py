import pytest
from domain import points, quick, space_of, spaces, units
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.errors import InvalidInput
from hpsearch.space import SearchSpace
from hpsearch.validation import parse

SGD = {"optimizer": {"type": "categorical", "choices": ["sgd", "adam"]}}
MOMENTUM = {"type": "float", "low": 0.0, "high": 0.99, "when": {"optimizer": ["sgd"]}}


def fields_of(error: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [found.field for found in error.value.fields]


@pytest.mark.parametrize(
    ("space", "field", "message"),
    [
        ({}, "", "at least 1"),
        ([], "", "must be a mapping"),
        ({"bad name": {"type": "constant", "value": 1}}, "bad name", "match"),
        ({"tab\t": {"type": "constant", "value": 1}}, "tab\\t", "match"),
        ({"": {"type": "constant", "value": 1}}, '""', "match"),
        ({"x": 3}, "x", "must be a mapping of fields"),
        ({"x": MOMENTUM}, "x.when.optimizer", "there is no parameter 'optimizer'"),
        (SGD | {"x": MOMENTUM | {"when": {}}}, "x.when", "at least 1"),
        (SGD | {"x": MOMENTUM | {"when": {"optimizer": []}}}, "x.when.optimizer", "at least 1"),
        (SGD | {"x": MOMENTUM | {"when": {"optimizer": ["adamw"]}}}, "x.when.optimizer", "never 'adamw'"),
        (SGD | {"x": MOMENTUM | {"when": {"optimizer": "sgd"}}}, "x.when.optimizer", "must be a list"),
        ({"x": {"type": "constant", "value": 1, "when": {"x": [1]}}}, "x.when", "cycle"),
        (
            {"lr": {"type": "float", "low": 0.0, "high": 1.0}, "x": MOMENTUM | {"when": {"lr": [0.5]}}},
            "x.when.lr",
            "real numbers",
        ),
        (
            {"one": {"type": "categorical", "choices": [1]}, "x": MOMENTUM | {"when": {"one": [True]}}},
            "x.when.one",
            "never True",
        ),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(space, field, message):
    with pytest.raises(InvalidInput, match=message) as error:
        parse(SearchSpace, space)
    assert fields_of(error) == [field]


def test_a_cycle_names_all_its_members_and_no_other():
    def on(parent):
        return {"type": "constant", "value": 1, "when": {parent: [1]}}

    with pytest.raises(InvalidInput, match="cycle") as error:
        space_of(a=on("c"), b=on("a"), c=on("b"), free={"type": "constant", "value": 1}, below=on("free"))
    assert fields_of(error) == ["a.when", "b.when", "c.when"]


def test_all_conditions_at_fault_are_named_at_once():
    with pytest.raises(InvalidInput) as error:
        space_of(**SGD, x=MOMENTUM | {"when": {"optimizer": ["lion", "sgd"], "none": [1]}})
    assert fields_of(error) == ["x.when.optimizer", "x.when.none"]


def test_at_most_300_parameters():
    constant = {"type": "constant", "value": 1}
    assert len(space_of(**{f"p{number}": constant for number in range(300)})) == 300
    with pytest.raises(InvalidInput, match="at most 300"):
        space_of(**{f"p{number}": constant for number in range(301)})


@given(st.data())
@quick
def test_every_draw_is_a_point_of_the_space(data):
    space = data.draw(spaces())
    params = space.from_units({name: data.draw(units) for name in space})
    assert space.contains(params)
    assert space.check(params) == params
    assert {name for name in space if space.is_active(name, params)} == set(params)


@given(st.data())
@quick
def test_a_parameter_too_many_too_few_or_out_of_range_is_named(data):
    space = data.draw(spaces())
    params = data.draw(points(space))
    broken = data.draw(st.sampled_from(sorted(params)))
    cases = [
        (params | {"unknown": 1}, "unknown"),
        ({name: value for name, value in params.items() if name != broken}, broken),
        (params | {broken: [params[broken]]}, broken),
        *((params | {name: space[name].from_unit(0.5)}, name) for name in space if name not in params),
    ]
    for case, name in cases:
        assert not space.contains(case)
        with pytest.raises(InvalidInput) as error:
            space.check(case, at="trial")
        assert f"trial.{name}" in fields_of(error)


def test_of_a_long_value_the_message_has_the_beginning():
    with pytest.raises(InvalidInput) as error:
        space_of(x={"type": "int", "low": 0, "high": 1}).check({"x": "a" * 10_000})
    assert "got 'aaa" in str(error.value)
    assert len(str(error.value)) < 200


def test_parents_come_before_their_children_otherwise_as_declared():
    on_b = {"type": "constant", "value": 1, "when": {"b": [1]}}
    constant = {"type": "constant", "value": 1}
    assert space_of(a=on_b, c=constant, b=constant, d=constant).order == ("c", "b", "a", "d")


def test_a_child_of_an_inactive_parent_is_inactive():
    space = space_of(
        **SGD,
        momentum={"type": "categorical", "choices": [0.9, 0.99], "when": {"optimizer": ["sgd"]}},
        nesterov={"type": "categorical", "choices": [True, False], "when": {"momentum": [0.9]}},
    )
    assert space.contains({"optimizer": "adam"})
    assert space.contains({"optimizer": "sgd", "momentum": 0.99})
    assert space.contains({"optimizer": "sgd", "momentum": 0.9, "nesterov": True})
    assert not space.contains({"optimizer": "sgd", "momentum": 0.99, "nesterov": True})
    assert not space.contains({"optimizer": "adam", "nesterov": True})


def test_all_clauses_of_a_condition_must_hold():
    space = space_of(
        a={"type": "categorical", "choices": [0, 1]},
        b={"type": "int", "low": 0, "high": 3},
        both={"type": "constant", "value": "on", "when": {"a": [1], "b": [2, 3]}},
    )
    assert space.from_units({"a": 0.9, "b": 0.9, "both": 0.0}) == {"a": 1, "b": 3, "both": "on"}
    assert space.from_units({"a": 0.9, "b": 0.0, "both": 0.0}) == {"a": 1, "b": 0}
    assert space.from_units({"a": 0.0, "b": 0.9, "both": 0.0}) == {"a": 0, "b": 3}


def test_checked_values_are_written_as_the_space_writes_them():
    space = space_of(
        real={"type": "float", "low": 0.0, "high": 2.0},
        choice={"type": "categorical", "choices": [1.0, True]},
        constant={"type": "constant", "value": 2},
    )
    checked = space.check({"constant": 2.0, "choice": 1, "real": 1})
    assert [(name, value, type(value)) for name, value in checked.items()] == [
        ("real", 1.0, float),
        ("choice", 1.0, float),
        ("constant", 2, int),
    ]
