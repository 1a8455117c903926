import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from hpsearch_workers.training.loss import hits, losses, smoothed

RANDOM = np.random.default_rng(0)
OUTPUTS = jnp.asarray(RANDOM.normal(size=(40, 5)) * 3, jnp.float32)
LABELS = jnp.asarray(RANDOM.integers(0, 5, 40), jnp.int32)
TARGETS = jax.nn.one_hot(LABELS, 5)


def test_cross_entropy_is_optaxs():
    theirs = optax.softmax_cross_entropy_with_integer_labels(OUTPUTS, LABELS)
    np.testing.assert_allclose(losses("cross_entropy", OUTPUTS, LABELS), theirs, rtol=1e-5)


def test_squared_error_is_the_sum_of_optaxs_l2_loss():
    theirs = optax.l2_loss(jax.nn.sigmoid(OUTPUTS), TARGETS).sum(axis=-1)
    np.testing.assert_allclose(losses("mean_squared_error", OUTPUTS, LABELS), theirs, rtol=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
def test_label_smoothing_is_optaxs(smoothing):
    theirs = optax.softmax_cross_entropy(OUTPUTS, optax.smooth_labels(TARGETS, smoothing))
    np.testing.assert_allclose(smoothed(OUTPUTS, LABELS, jnp.float32(smoothing)), theirs, rtol=1e-5)


def test_hits_count_the_greatest_output():
    outputs = jnp.array([[0.1, 0.9], [0.9, 0.1], [0.2, 0.1]])
    np.testing.assert_array_equal(hits(outputs, jnp.array([1, 1, 0])), [1, 0, 1])
