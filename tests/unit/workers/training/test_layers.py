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


RATES = np.random.default_rng(0).uniform(0.01, 0.99, 50)


def flaxs(rate, inputs, seed):
    """What flax's dropout gives, and which inputs it keeps."""
    outputs = np.asarray(nnx.Dropout(float(rate))(inputs, rngs=jax.random.key(seed)))
    return outputs, outputs != 0


@pytest.mark.parametrize("lanes", [False, True])
def test_dropout_keeps_as_many_as_flaxs_and_scales_them_alike_at_50_rates(lanes):
    count = 4000
    inputs, weights = jnp.abs(normal(count)) + 0.1, normal(count, seed=1)
    keys, rates = jax.random.split(jax.random.key(0), len(RATES)), RATES.astype(np.float32)

    def both_ways(key, rate):
        outputs, back = jax.vjp(lambda inputs: layers.dropout(key, inputs, rate), inputs)
        return outputs, back(weights)[0]

    if lanes:
        outputs, gradients = jax.jit(jax.vmap(both_ways))(keys, rates)
    else:
        one = jax.jit(both_ways)
        outputs, gradients = zip(*(one(key, rate) for key, rate in zip(keys, rates, strict=True)), strict=True)
    for seed, (rate, found, gradient) in enumerate(zip(RATES, outputs, gradients, strict=True)):
        kept = np.asarray(found) != 0
        theirs, theirs_kept = flaxs(rate, inputs, seed)
        both = kept & theirs_kept
        np.testing.assert_allclose(np.asarray(found)[both], theirs[both], rtol=2e-3)
        np.testing.assert_allclose(
            gradient, np.where(kept, np.asarray(weights) * np.asarray(found / inputs), 0.0), rtol=1e-5
        )
        deviation = (rate * (1 - rate) / count) ** 0.5
        assert abs(kept.mean() - (1 - rate)) < 5 * deviation
        assert abs(kept.mean() - theirs_kept.mean()) < 7 * deviation


def test_dropout_drops_each_input_by_itself():
    keys = jax.random.split(jax.random.key(3), 4000)
    kept = np.asarray(jax.jit(jax.vmap(layers.dropout, (0, None, None)))(keys, jnp.ones(9), jnp.float32(0.3))) != 0
    np.testing.assert_allclose(np.corrcoef(kept, rowvar=False), np.eye(9), atol=0.08)
    np.testing.assert_allclose(kept.mean(axis=0), 0.7, atol=0.04)


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
