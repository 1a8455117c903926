import math
from functools import partial
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hpsearch.objectives.network import Initializer
from hpsearch_workers.training.initialise import INITIALIZERS, draws, initial

STDDEV = 0.3
DENSE, CONVOLUTION = (100, 150), (3, 3, 20, 60)


@partial(jax.jit, static_argnums=0)
def drawn(shape, key, place):
    return initial(draws(key, math.prod(shape)), shape, shape[-2:], place, jnp.float32(STDDEV))


def ours(name, shape, seed=0):
    return drawn(shape, jax.random.key(seed), INITIALIZERS.index(name))


def theirs(name, shape):
    found = getattr(jax.nn.initializers, name)
    return (found(STDDEV) if name == "normal" else found())(jax.random.key(1), shape)


def test_the_places_are_the_names_that_studies_use():
    assert get_args(Initializer) == INITIALIZERS


@pytest.mark.parametrize(
    ("name", "shape"), [*((name, DENSE) for name in INITIALIZERS), ("glorot_uniform", CONVOLUTION)]
)
def test_distributed_as_jaxs(name, shape):
    levels = np.linspace(0.0, 1.0, 41)[1:-1]
    one, other = (np.quantile(np.asarray(weights), levels) for weights in (ours(name, shape), theirs(name, shape)))
    spread = other[-1] - other[0]
    assert abs(one - other).max() < 0.03 * spread
    assert abs(np.asarray(ours(name, shape))).max() == pytest.approx(
        abs(np.asarray(theirs(name, shape))).max(), rel=0.2
    )


def test_unused_inputs_and_outputs_do_not_narrow_the_spread():
    units = draws(jax.random.key(3), 9 * 6 * 8)
    for place, name in enumerate(INITIALIZERS):
        part = initial(units, (3, 3, 6, 8), (jnp.int32(4), jnp.int32(5)), place, jnp.float32(STDDEV))
        whole = initial(units, (3, 3, 6, 8), (6, 8), place, jnp.float32(STDDEV))
        fans = {"normal": 1, "glorot": (6 + 8) / (4 + 5), "he": 6 / 4, "lecun": 6 / 4}
        np.testing.assert_allclose(part, whole * fans[name.partition("_")[0]] ** 0.5, rtol=1e-5)


def test_the_seed_decides():
    first, again, other = (ours("he_normal", (4, 4), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_no_initializer_is_a_program_of_its_own():
    drawn.clear_cache()
    for name in INITIALIZERS:
        assert np.isfinite(ours(name, (2, 3))).all()
    assert drawn._cache_size() == 1
