import math

import pytest
from domain import continuous, finite, large, quick, space_of, units
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hpsearch.errors import InvalidInput
from hpsearch.space import Parameter, is_log, same


def parameter(**document) -> Parameter:
    return space_of(x=document)["x"]


FLOAT = {"type": "float", "low": 0.0, "high": 1.0}
INT = {"type": "int", "low": 1, "high": 8}


@pytest.mark.parametrize(
    ("document", "field", "message"),
    [
        ({}, "type", "is required"),
        ({"type": "real"}, "type", "float"),
        ({"type": "float", "high": 1.0}, "low", "is required"),
        ({"type": "float", "low": 0.0}, "high", "is required"),
        (FLOAT | {"low": 2.0}, "low", "at most high"),
        (FLOAT | {"low": math.nan}, "low", "finite"),
        (FLOAT | {"high": math.inf}, "high", "finite"),
        (FLOAT | {"low": "0"}, "low", "number"),
        (FLOAT | {"low": True}, "low", "number"),
        (FLOAT | {"log": True}, "low", "low > 0"),
        (FLOAT | {"low": -1.0, "log": True}, "low", "low > 0"),
        (FLOAT | {"low": 0.1, "log": True, "step": 0.1}, "step", "log and step"),
        (FLOAT | {"step": 0.0}, "step", "greater than 0"),
        (FLOAT | {"step": math.nan}, "step", "finite"),
        ({"type": "float", "low": -1.7e308, "high": 1.7e308}, "high", "overflows"),
        (FLOAT | {"high": 1e308, "step": 1e-10}, "step", "finer than floating point"),
        ({"type": "float", "low": 1e17, "high": 1.1e17, "step": 1.0}, "step", "neighbours differ by 16"),
        (FLOAT | {"step": 5e-324}, "step", "finer than floating point"),
        (FLOAT | {"stepp": 0.1}, "stepp", "did you mean step"),
        (INT | {"low": 9}, "low", "at most high"),
        (INT | {"low": 1.5}, "low", "integer"),
        (INT | {"low": True}, "low", "integer"),
        (INT | {"low": 0, "log": True}, "low", "low >= 1"),
        (INT | {"log": True, "step": 2}, "step", "log and step"),
        (INT | {"step": 0}, "step", "greater than or equal to 1"),
        (INT | {"high": 2**53}, "high", "less than or equal to"),
        ({"type": "categorical", "choices": []}, "choices", "at least 1"),
        ({"type": "categorical"}, "choices", "is required"),
        ({"type": "categorical", "choices": ["a", "b", "a"]}, "choices", "'a' is there twice"),
        ({"type": "categorical", "choices": [1, 1.0]}, "choices", "twice"),
        ({"type": "categorical", "choices": [math.nan]}, "choices.0", "finite"),
        ({"type": "categorical", "choices": [["a"]]}, "choices.0", "string"),
        ({"type": "categorical", "choices": ["a" * 1001]}, "choices.0", "1000 characters"),
        ({"type": "constant", "value": 2**53}, "value", "a whole one of at most"),
        ({"type": "constant"}, "value", "is required"),
        ({"type": "constant", "value": math.inf}, "value", "finite"),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(document, field, message):
    with pytest.raises(InvalidInput) as error:
        parameter(**document)
    assert [found.field for found in error.value.fields] == [f"x.{field}"]
    assert message in error.value.fields[0].message


@given(st.data())
@quick
def test_every_unit_gives_a_value_in_range(data):
    drawn = parameter(**data.draw(continuous | finite | large))
    for unit in (0.0, math.nextafter(1.0, 0.0), data.draw(units)):
        assert drawn.contains(drawn.from_unit(unit))


@given(finite)
@quick
def test_index_and_value_are_a_bijection(document):
    drawn = parameter(**document)
    values = [drawn.at(index) for index in range(drawn.cardinality())]
    assert [drawn.position(value) for value in values] == list(range(len(values)))
    assert all(drawn.contains(value) for value in values)
    assert not any(same(a, b) for place, a in enumerate(values) for b in values[:place])


@given(large)
@quick
def test_index_and_value_agree_at_the_ends_of_large_ranges(document):
    drawn = parameter(**document)
    last = drawn.cardinality() - 1
    assert [drawn.position(drawn.at(index)) for index in (0, last // 2, last)] == [0, last // 2, last]


@given(finite)
@quick
def test_values_that_are_evenly_likely_own_equal_shares(document):
    drawn = parameter(**document)
    assume(not is_log(drawn))
    size = drawn.cardinality()
    assert [drawn.position(drawn.from_unit((index + 0.5) / size)) for index in range(size)] == list(range(size))


def test_a_float_step_is_decimal():
    steps = parameter(type="float", low=0.1, high=0.5, step=0.1)
    assert [steps.at(index) for index in range(steps.cardinality())] == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert steps.contains(0.1 + 2 * 0.1)
    assert not steps.contains(0.25)


def test_the_end_of_a_range_between_steps_is_no_value():
    steps = parameter(type="float", low=0.0, high=1.0, step=0.3)
    assert [steps.at(index) for index in range(steps.cardinality())] == [0.0, 0.3, 0.6, 0.9]
    assert not steps.contains(1.0)
    assert parameter(type="int", low=0, high=10, step=4).cardinality() == 3


@pytest.mark.parametrize("low", [1, 3])
def test_on_a_log_scale_each_whole_number_owns_half_a_unit_around_it(low):
    whole = parameter(type="int", low=low, high=8, log=True)
    draws = [whole.from_unit((index + 0.5) / 20_000) for index in range(20_000)]
    span = math.log(8.5) - math.log(low - 0.5)
    for value in range(low, 9):
        share = (math.log(value + 0.5) - math.log(value - 0.5)) / span
        assert draws.count(value) / 20_000 == pytest.approx(share, abs=2e-4)


def test_a_log_range_is_even_in_the_logarithm():
    tenths = parameter(type="float", low=1e-4, high=1e-1, log=True)
    assert [tenths.from_unit(unit) for unit in (0.0, 1 / 3, 2 / 3)] == pytest.approx([1e-4, 1e-3, 1e-2])


@pytest.mark.parametrize("value", [None, True, "1", math.nan, math.inf, -math.inf, [1], 1.5, 0, 9, 10**400])
def test_a_whole_number_range_holds_whole_numbers_in_it_alone(value):
    whole = parameter(**INT)
    assert not whole.contains(value)
    assert whole.contains(8)


@pytest.mark.parametrize("value", [None, True, "1", math.nan, math.inf, -math.inf, [1], -0.1, 1.1, 10**400])
def test_a_real_range_holds_numbers_in_it_alone(value):
    real = parameter(**FLOAT)
    assert not real.contains(value)
    assert real.contains(1)


@example(1, 1.0)
@example(True, 1)
@given(st.sampled_from([1, 1.0, True, "1", None, 0, False]), st.sampled_from([1, 1.0, True, "1", None, 0, False]))
def test_values_are_the_same_as_json_has_it(a, b):
    assert same(a, b) == (a == b and isinstance(a, bool) == isinstance(b, bool))


def test_one_and_true_are_different_choices():
    drawn = parameter(type="categorical", choices=[True, 1, "1", None, False, 0])
    assert [drawn.position(value) for value in (True, 1, 1.0, "1", None, False, 0)] == [0, 1, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (FLOAT, "a number from 0.0 to 1.0"),
        (FLOAT | {"step": 0.5}, "a number from 0.0 to 1.0 in steps of 0.5"),
        (INT, "a whole number from 1 to 8"),
        (INT | {"step": 2}, "a whole number from 1 to 8 in steps of 2"),
        ({"type": "categorical", "choices": ["a", 1, None]}, "one of 'a', 1, None"),
        ({"type": "categorical", "choices": list(range(12))}, "one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"),
        ({"type": "constant", "value": 0.9}, "the constant 0.9"),
    ],
)
def test_a_parameter_describes_itself(document, words):
    assert parameter(**document).describe() == words
