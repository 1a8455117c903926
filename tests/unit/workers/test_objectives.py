"""Objectives by their names."""

import sys
import types

import pytest

from hpsearch.errors import InvalidInput
from hpsearch_workers.objectives import load_objective


@pytest.fixture
def module(monkeypatch):
    """A module of a user's, `mine`."""
    module = types.ModuleType("mine")
    monkeypatch.setitem(sys.modules, "mine", module)
    return module


def test_an_objective_may_be_an_attribute_of_an_attribute(module):
    module.Group = types.SimpleNamespace(f=len)
    assert load_objective("mine:Group.f") is len


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mine:g", "has no 'g'"),
        ("mine:number", "is no function but 7"),
        ("flax/other", "is neither built in"),
        ("mine", "is neither"),
    ],
)
def test_what_is_no_objective_is_named(module, name, said):
    module.number = 7
    with pytest.raises(InvalidInput, match=said):
        load_objective(name)


def test_the_built_in_objectives_train_in_lanes():
    from hpsearch_workers.training import FlaxObjective

    assert isinstance(load_objective("flax/mlp"), FlaxObjective)
    assert isinstance(load_objective("flax/cnn"), FlaxObjective)


def test_a_class_with_prepare_is_an_objective_for_lanes(module):
    class Mine:
        def prepare(self, trial):
            raise NotImplementedError

        def weights(self, training, weights):
            raise NotImplementedError

    module.Mine, module.mine = Mine, Mine()
    assert isinstance(load_objective("mine:Mine"), Mine)
    assert load_objective("mine:mine") is module.mine


def test_an_objective_for_lanes_says_what_is_kept(module):
    module.half = types.SimpleNamespace(prepare=len)
    with pytest.raises(InvalidInput, match="mine:half has `prepare`, and needs `weights` too"):
        load_objective("mine:half")
