"""Layouts of trees: equal where a program takes both, and telling where they differ."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hpsearch_workers.population.layout import Layout

TREE = {"a": [np.ones((2, 3), np.float32), np.int32(1)], "b": np.zeros(2, bool)}
SAME = {"a": [jnp.zeros((2, 3)), np.int64(7)], "b": jax.ShapeDtypeStruct((2,), bool)}


def test_what_a_program_takes_alike_is_equal():
    assert Layout.of(TREE) == Layout.of(SAME)
    assert hash(Layout.of(TREE)) == hash(Layout.of(SAME))
    assert Layout.of(TREE).difference(Layout.of(SAME)) is None
    assert Layout.of(Layout.of(TREE).tree) == Layout.of(TREE)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"a": TREE["a"]}, "`b` is missing, not (2,) bool"),
        ({**TREE, "b": np.zeros(3, bool)}, "`b` is (3,) bool, not (2,) bool"),
        ({**TREE, "a": [np.ones((2, 3), np.int32), 1]}, "`a.0` is (2, 3) int32, not (2, 3) float32"),
        ({**TREE, "c": np.float32(0)}, "`c` is () float32, not missing"),
    ],
)
def test_the_first_difference_is_named(other, said):
    arrays = jax.tree.map(np.asarray, other)
    assert Layout.of(TREE).difference(Layout.of(arrays)) == said


def test_trees_of_the_same_arrays_may_be_built_otherwise():
    assert "(*, *)" in Layout.of([1.0 * np.ones(1), np.ones(1)]).difference(Layout.of((np.ones(1), np.ones(1))))
