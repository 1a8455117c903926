import math

import pytest
from domain import continuous, finite, large, quick, space_of, units
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from hpsearch.samplers.axis import MOST_STEPS, axis


@given(st.data())
@quick
def test_values_survive_the_way_there_and_back(data):
    parameter = space_of(x=data.draw(continuous | finite | large))["x"]
    found = axis(parameter)
    if found is None:
        assert parameter.cardinality() == 1
        return
    value = parameter.from_unit(data.draw(units))
    number = found.to_number(value)
    assert found.distribution._contains(number)
    assert found.to_value(number) == value
    assert type(found.to_value(number)) is type(value)


@given(st.data())
@quick
def test_numbers_beyond_the_range_give_its_ends(data):
    parameter = space_of(
        x=data.draw((continuous | finite | large).filter(lambda one: one["type"] in {"float", "int"}))
    )["x"]
    if found := axis(parameter):
        low, high = found.distribution.low, found.distribution.high
        for number in (math.nextafter(low, -math.inf), low, high, math.nextafter(high, math.inf)):
            assert parameter.contains(found.to_value(number))


@pytest.mark.parametrize(
    ("document", "distribution"),
    [
        ({"type": "float", "low": 0.0, "high": 2.0}, FloatDistribution(0.0, 2.0)),
        ({"type": "float", "low": 0.1, "high": 2.0, "log": True}, FloatDistribution(0.1, 2.0, log=True)),
        ({"type": "float", "low": 0.1, "high": 0.5, "step": 0.1}, IntDistribution(0, 4)),
        ({"type": "int", "low": 5, "high": 9}, IntDistribution(0, 4)),
        ({"type": "int", "low": 5, "high": 9, "step": 3}, IntDistribution(0, 1)),
        ({"type": "int", "low": 5, "high": 9, "log": True}, IntDistribution(5, 9, log=True)),
        ({"type": "int", "low": 1, "high": MOST_STEPS}, IntDistribution(0, MOST_STEPS - 1)),
        ({"type": "int", "low": 0, "high": MOST_STEPS}, FloatDistribution(-0.5, MOST_STEPS + 0.5)),
        (
            {"type": "int", "low": 1, "high": MOST_STEPS + 1, "log": True},
            FloatDistribution(0.5, MOST_STEPS + 1.5, log=True),
        ),
        ({"type": "categorical", "choices": [True, 1, None]}, CategoricalDistribution((0, 1, 2))),
    ],
)
def test_each_kind_has_its_distribution(document, distribution):
    assert axis(space_of(x=document)["x"]).distribution == distribution
