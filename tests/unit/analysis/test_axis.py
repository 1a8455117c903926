import numpy as np
import pytest
from domain import points, quick, spaces
from hypothesis import given
from hypothesis import strategies as st
from trial_tables import table_of

from hpsearch.analysis.axis import axis
from hpsearch.errors import InvalidInput


def axis_of(parameter, most=5):
    return axis(table_of([], [], space={"p": parameter}), "p", most, "x")


@pytest.mark.parametrize(
    ("parameter", "centres"),
    [
        ({"type": "float", "low": 0, "high": 1}, [0, 0.25, 0.5, 0.75, 1]),
        ({"type": "float", "low": 1e-4, "high": 1, "log": True}, [1e-4, 1e-3, 1e-2, 1e-1, 1]),
        ({"type": "float", "low": 0, "high": 1, "step": 0.5}, [0, 0.5, 1]),
        ({"type": "float", "low": 0, "high": 1.05, "step": 0.1}, [0, 0.25, 0.5, 0.75, 1]),
        ({"type": "int", "low": 1, "high": 4, "log": True}, [1, 2, 3, 4]),
        ({"type": "int", "low": 0, "high": 1000}, [0, 250, 500, 750, 1000]),
        ({"type": "categorical", "choices": list("abcdefgh")}, [0, 1, 2, 3, 4, 5, 6, 7]),
        ({"type": "categorical", "choices": ["a"]}, [0]),
        ({"type": "constant", "value": "a"}, [0]),
        ({"type": "float", "low": 3, "high": 3}, [3]),
    ],
)
def test_the_cells_of_each_kind(parameter, centres):
    found = axis_of(parameter)
    np.testing.assert_allclose(found.centres, centres)
    assert found.cells(found.centres).tolist() == list(range(len(centres)))
    assert found.is_ordered == (parameter["type"] in {"float", "int"})


def test_the_bounds_are_exact():
    low, high = 3e-4, 1e-3  # neither is the exponential of its logarithm
    found = axis_of({"type": "float", "low": low, "high": high, "log": True}, most=7)
    assert (found.centres[0], found.centres[-1]) == (low, high) == (found.low, found.high)


def test_a_number_is_in_the_cell_nearest_on_the_scale():
    found = axis_of({"type": "float", "low": 1e-4, "high": 1, "log": True})
    assert found.cells(np.array([1e-4, 3e-4, 4e-4, 0.5])).tolist() == [0, 0, 1, 4]
    np.testing.assert_allclose(found.units(np.array([1e-4, 1e-2, 1.0])), [0, 0.5, 1])


@quick
@given(st.data(), spaces(), st.integers(2, 60))
def test_every_point_of_a_space_has_a_cell(data, space, most):
    table = table_of([data.draw(points(space))], [1.0], space=space.model_dump(mode="json"))
    for name, column in table.params.items():
        found = axis(table, name, most, "x")
        cells = found.cells(column[~np.isnan(column)])
        assert ((cells >= 0) & (cells < len(found.centres))).all()
        assert (np.diff(found.centres) >= 0).all()


def test_the_narrowest_range_has_cells():
    for low, high, log in [(0.0, 5e-324, False), (1e300, np.nextafter(1e300, np.inf), True)]:
        found = axis_of({"type": "float", "low": low, "high": float(high), "log": log})
        assert (found.cells(np.array([low, high])) < 5).all()


def test_a_parameter_that_is_not_there_is_named_as_the_caller_names_it():
    with pytest.raises(InvalidInput, match="y: there is no parameter 'b'; the space has x"):
        axis(table_of([], []), "b", 5, "y")
