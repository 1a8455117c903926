"""A program's functions, by device: what a CPU does lane after lane, other devices do side by side."""

import jax
import numpy as np
import pytest
from populations import DATA, Crew, engine, finish, trial

from hpsearch.errors import CheckpointNotFound
from hpsearch_workers.population.engine import trainer_of
from hpsearch_workers.population.lane import Samples
from hpsearch_workers.population.program import _program, program


def curves() -> dict[int, list[float]]:
    """The validation losses of six trials in four lanes, some of which end early."""
    _program.cache_clear()
    crew = Crew()
    running = engine(crew, 4)
    for number in range(6):
        running.add(trial(number, max_epochs=2 + number % 3), None, None)
    finish(running)
    return {number: [metrics["val_loss"] for _, metrics in crew.reports[number]] for number in range(6)}


@pytest.fixture
def elsewhere(monkeypatch):
    """Programs are made as for another device, and run on this one."""
    yield lambda: monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    _program.cache_clear()


def test_validation_side_by_side_gives_what_one_after_the_other_does(elsewhere):
    here = curves()
    elsewhere()
    there = curves()
    assert [len(curve) for curve in there.values()] == [2, 3, 4, 2, 3, 4]
    for number, curve in here.items():
        np.testing.assert_allclose(there[number], curve, rtol=1e-6)


def test_a_lane_with_an_array_less_is_of_another_program():
    """As those stored before networks said more of an epoch."""
    one = trial()
    found = program(trainer_of(one), 1, one.training.hyper, Samples(DATA.samples, DATA.train, DATA.validation))
    arrays = {place: np.zeros(leaf.shape, leaf.dtype) for place, leaf in enumerate(jax.tree.leaves(found.lane))}
    assert jax.tree.leaves(found.lane_of(arrays))[0].shape == ()
    del arrays[max(arrays)]
    with pytest.raises(CheckpointNotFound, match="other shapes"):
        found.lane_of(arrays)
