import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from hpsearch_workers.training import layers


def normal(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def test_a_mask_lets_nothing_through_in_either_direction():
    inputs = jnp.array([[1.0, 2.0, jnp.nan], [3.0, 4.0, jnp.inf]])
    value, gradient = jax.jit(jax.value_and_grad(lambda x, width: jnp.sum(layers.masked(x, width) ** 2)))(inputs, 1)
    assert value == 1 + 9
    np.testing.assert_array_equal(gradient, [[2.0, 0.0, 0.0], [6.0, 0.0, 0.0]])


def test_dropout_is_flaxs_at_50_rates():
    inputs, drop = normal(20, 30), jax.jit(layers.dropout)
    for rate in np.random.default_rng(0).uniform(0.01, 0.99, 50):
        key = jax.random.key(int(rate * 1e6))
        theirs = nnx.Dropout(float(rate))(inputs, rngs=key)
        np.testing.assert_allclose(drop(key, inputs, np.float32(rate)), theirs, rtol=1e-5)


def test_gradients_of_dropout_are_flaxs_at_50_rates():
    inputs, weights = normal(20, 30), normal(20, 30, seed=1)
    ours = jax.jit(jax.grad(lambda x, key, rate: jnp.sum(weights * layers.dropout(key, x, rate))))
    for rate in np.random.default_rng(1).uniform(0.01, 0.99, 50):
        key, flax = jax.random.key(int(rate * 1e6)), nnx.Dropout(float(rate))
        theirs = jax.grad(lambda x: jnp.sum(weights * flax(x, rngs=key)))(inputs)  # noqa: B023
        np.testing.assert_allclose(ours(inputs, key, np.float32(rate)), theirs, rtol=1e-5)


def test_dropout_of_50_lanes_is_flaxs_in_each():
    rates = np.random.default_rng(2).uniform(0.01, 0.99, 50).astype(np.float32)
    inputs, keys = normal(50, 4, 5), jax.random.split(jax.random.key(0), 50)
    found = jax.jit(jax.vmap(layers.dropout))(keys, inputs, rates)
    for lane, rate in enumerate(rates):
        theirs = nnx.Dropout(float(rate))(inputs[lane], rngs=keys[lane])
        np.testing.assert_allclose(found[lane], theirs, rtol=1e-5)


def test_dropout_at_rate_0_keeps_everything():
    inputs = normal(20, 30)
    np.testing.assert_array_equal(layers.dropout(jax.random.key(0), inputs, jnp.float32(0)), inputs)


@pytest.mark.parametrize(("size", "side"), [(2, 5), (3, 8), (5, 3)])
def test_both_convolutions_are_flaxs(size, side):
    inputs, kernel = normal(4, side, side + 1, 3), normal(size, size, 3, 6, seed=1)
    flax = nnx.Conv(3, 6, (size, size), use_bias=False, rngs=nnx.Rngs(0))
    flax.kernel[...] = kernel
    expected = flax(inputs)
    for convolve in (layers.shifted, layers.native):
        np.testing.assert_allclose(jax.jit(convolve)(inputs, kernel), expected, rtol=1e-4, atol=1e-5)


def test_gradients_of_both_convolutions_are_equal():
    inputs, kernel = normal(4, 6, 6, 3), normal(3, 3, 3, 5, seed=1)
    ours, theirs = (
        jax.jit(jax.grad(lambda *args: jnp.sum(jnp.sin(convolve(*args))), argnums=(0, 1)))(inputs, kernel)  # noqa: B023
        for convolve in (layers.shifted, layers.native)
    )
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("convolve", [layers.shifted, layers.native])
def test_lanes_convolve_and_pool_as_flax_does_alone(convolve):
    images, kernels = normal(3, 4, 6, 6, 2), normal(3, 3, 3, 2, 5, seed=1)

    def ours(images, kernel):
        return jnp.sum(jnp.cos(layers.max_pool(convolve(images, kernel), 2)))

    def flaxs(images, kernel):
        flax = nnx.Conv(2, 5, (3, 3), use_bias=False, rngs=nnx.Rngs(0))
        flax.kernel[...] = kernel
        return jnp.sum(jnp.cos(nnx.max_pool(flax(images), (2, 2), strides=(2, 2))))

    found = jax.jit(jax.vmap(jax.value_and_grad(ours, argnums=(0, 1))))(images, kernels)
    alone = jax.jit(jax.value_and_grad(flaxs, argnums=(0, 1)))
    for lane in range(3):
        expected = jax.tree.leaves(alone(images[lane], kernels[lane]))
        for one, other in zip(jax.tree.leaves(found), expected, strict=True):
            np.testing.assert_allclose(one[lane], other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pooling_is_flaxs(size):
    inputs = normal(2, 7, 8, 3)

    def theirs(inputs, size):
        return nnx.max_pool(inputs, (size, size), strides=(size, size))

    for images in (inputs, nnx.relu(inputs)):  # the latter with many equal pixels
        (value, gradient), (expected, slope) = (
            jax.jit(jax.value_and_grad(lambda x: jnp.sum(jnp.cos(pool(x, size)))))(images)  # noqa: B023
            for pool in (layers.max_pool, theirs)
        )
        np.testing.assert_allclose(value, expected, rtol=1e-5)
        np.testing.assert_allclose(gradient, slope, rtol=1e-5)
