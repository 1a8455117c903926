import math
from functools import partial
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from hpsearch import objectives
from hpsearch.objectives.network import Activation
from hpsearch_workers.data import Normalisation
from hpsearch_workers.training.hyper import hyper
from hpsearch_workers.training.layers import convolve, dropout
from hpsearch_workers.training.network import BATCH_NORM_MOMENTUM, Model, Training

SHAPE, CLASSES, SAMPLES = (6, 5, 2), 3, 10
IMAGES = jnp.asarray(np.random.default_rng(0).normal(size=(SAMPLES, *SHAPE)), jnp.float32)
ALL = jnp.ones(SAMPLES, bool)
EXACT = {"width_buckets": list(range(1, 41))}


def built(objective="flax/mlp", **settings):
    """A model of exact widths, its numbers, params at random, and stats."""
    chosen = objectives.get(objective).configure(EXACT | settings, {})
    numbers = hyper(chosen, Normalisation(np.float32(0), np.float32(1)))
    model = Model.of(chosen.signature(objective), SHAPE, CLASSES)
    params, stats = jax.eval_shape(model.init, jax.random.key(0), numbers)
    random = np.random.default_rng(1)
    params = {path: jnp.asarray(random.normal(size=leaf.shape) / 3, jnp.float32) for path, leaf in params.items()}
    return model, numbers, params, {path: jnp.zeros(leaf.shape) for path, leaf in stats.items()}


def applied(model, *args):
    return jax.jit(model.apply)(*args)


def dense(params, path, values):
    return values @ params[f"{path}.kernel"] + params[f"{path}.bias"]


@pytest.mark.parametrize("name", get_args(Activation))
def test_every_activation_is_flaxs(name):
    model, _, params, stats = built(hidden_units=[4], activation=name)
    outputs, _ = applied(model, params, stats, IMAGES)
    hidden = dense(params, "layers.0.linear", IMAGES.reshape(SAMPLES, -1))
    slope = params.get("layers.0.activation.negative_slope")
    activated = getattr(nnx, name)(hidden) if slope is None else jnp.where(hidden > 0, hidden, slope * hidden)
    np.testing.assert_allclose(outputs, dense(params, "output", activated), rtol=1e-4, atol=1e-5)


def test_without_hidden_layers_it_is_a_softmax_regression():
    model, _, params, stats = built(depth=0)
    outputs, _ = applied(model, params, stats, IMAGES)
    assert set(params) == {"output.kernel", "output.bias"}
    np.testing.assert_allclose(outputs, dense(params, "output", IMAGES.reshape(SAMPLES, -1)), rtol=1e-4, atol=1e-5)


def test_convolutions_are_flaxs():
    model, _, params, stats = built("flax/cnn", filters=[4, 3], kernel_size=3, hidden_units=[5])
    values = IMAGES
    for place, (inputs, filters) in enumerate([(2, 4), (4, 3)]):
        flax = nnx.Conv(inputs, filters, (3, 3), rngs=nnx.Rngs(0))
        flax.kernel[...] = params[f"convolutions.{place}.linear.kernel"]
        flax.bias[...] = params[f"convolutions.{place}.linear.bias"]
        values = nnx.max_pool(nnx.relu(flax(values)), (2, 2), strides=(2, 2))
    hidden = nnx.relu(dense(params, "layers.0.linear", values.reshape(SAMPLES, -1)))
    outputs, _ = applied(model, params, stats, IMAGES)
    np.testing.assert_allclose(outputs, dense(params, "output", hidden), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("position", ["before", "after"])
def test_batch_normalisation_leaves_padding_out(position):
    model, numbers, params, stats = built(hidden_units=[4], batch_norm=True, batch_norm_position=position)
    present = ALL.at[7:].set(False)
    garbage = IMAGES.at[7:].set(1e3)
    outputs, after = applied(model, params, stats, garbage, Training(numbers, jax.random.key(1), present))
    values = dense(params, "layers.0.linear", IMAGES[:7].reshape(7, -1))
    values = values if position == "before" else nnx.relu(values)
    mean, var = values.mean(axis=0), values.var(axis=0)
    np.testing.assert_allclose(after["layers.0.norm.mean"], (1 - BATCH_NORM_MOMENTUM) * mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(after["layers.0.norm.var"], (1 - BATCH_NORM_MOMENTUM) * var, rtol=1e-4)
    normal = (values - mean) / jnp.sqrt(var + 1e-5) * params["layers.0.norm.scale"] + params["layers.0.norm.bias"]
    hidden = nnx.relu(normal) if position == "before" else normal
    np.testing.assert_allclose(outputs[:7], dense(params, "output", hidden), rtol=1e-3, atol=1e-4)


def test_an_evaluation_uses_running_statistics_and_keeps_them():
    model, _, params, stats = built(hidden_units=[4], batch_norm=True)
    stats = {"layers.0.norm.mean": jnp.full(4, 0.5), "layers.0.norm.var": jnp.full(4, 4.0)}
    outputs, after = applied(model, params, stats, IMAGES)
    hidden = (dense(params, "layers.0.linear", IMAGES.reshape(SAMPLES, -1)) - 0.5) / np.sqrt(4.0 + 1e-5)
    hidden = nnx.relu(hidden * params["layers.0.norm.scale"] + params["layers.0.norm.bias"])
    np.testing.assert_allclose(outputs, dense(params, "output", hidden), rtol=1e-4, atol=1e-5)
    jax.tree.map(np.testing.assert_array_equal, after, stats)


def test_each_dropout_drops_in_training_alone():
    names = ("input_dropout", "conv_dropout", "dropout")
    model, numbers, params, stats = built("flax/cnn", filters=[4], hidden_units=[5], **dict.fromkeys(names, 0.0))
    train = jax.jit(lambda *args: model.apply(params, stats, IMAGES, Training(*args, ALL))[0])
    plain, _ = applied(model, params, stats, IMAGES)
    np.testing.assert_allclose(train(numbers, jax.random.key(1)), plain, rtol=1e-5)
    for name in names:
        dropping = numbers._replace(**{name: jnp.float32(0.4)})
        first, again, other = (train(dropping, jax.random.key(seed)) for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()
        assert (first != plain).any()


def test_dropouts_are_in_their_places_at_50_rates():
    rates = dict.fromkeys(("input_dropout", "conv_dropout", "dropout"), 0.0)
    model, numbers, params, stats = built("flax/cnn", filters=[4], hidden_units=[5], **rates)
    train = jax.jit(lambda *args: model.apply(params, stats, IMAGES, Training(*args, ALL))[0])
    for seed, drawn in enumerate(np.random.default_rng(4).uniform(0.05, 0.95, (50, 3)).astype(np.float32)):
        key = jax.random.key(seed)
        keys = [jax.random.fold_in(key, place) for place in (1, 2, 3)]
        drops = [partial(dropout, key, rate=rate) for rate, key in zip(drawn, keys, strict=True)]
        values = convolve(drops[0](IMAGES), params["convolutions.0.linear.kernel"])
        values = nnx.relu(values + params["convolutions.0.linear.bias"])
        values = drops[1](nnx.max_pool(values, (2, 2), strides=(2, 2))).reshape(SAMPLES, -1)
        values = drops[2](nnx.relu(dense(params, "layers.0.linear", values)))
        found = train(numbers._replace(**dict(zip(rates, drawn, strict=True))), key)
        np.testing.assert_allclose(found, dense(params, "output", values), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("path", "fan_in", "shape"),
    [
        ("convolutions.1.linear.kernel", 9 * 5, (3, 3, 5, 6)),
        ("layers.0.linear.kernel", 1 * 1 * 6, (1, 1, 6, 20)),
        ("layers.1.linear.kernel", 20, (20, 3)),
        ("output.kernel", 3, (3, CLASSES)),
    ],
)
def test_initial_weights_are_those_of_the_true_widths(path, fan_in, shape):
    model, numbers, *_ = built(
        "flax/cnn", filters=[5, 6], hidden_units=[20, 3], width_buckets=[32], initializer="lecun_uniform"
    )
    weights = np.asarray(model.init(jax.random.key(0), numbers)[0][path])
    weights = weights.reshape(*shape[:-2], -1, weights.shape[-1])
    used = weights[..., : shape[-2], : shape[-1]]
    assert np.count_nonzero(weights) == np.count_nonzero(used) == math.prod(shape)
    limit = (3 / fan_in) ** 0.5
    assert 0.9 * limit < abs(used).max() <= limit


def test_initial_params():
    model, numbers, params, stats = built(hidden_units=[40], batch_norm=True, initializer="lecun_normal")
    found, kept = jax.jit(model.init)(jax.random.key(0), numbers)
    assert (set(found), set(kept)) == (set(params), set(stats))
    for path, array in {**found, **kept}.items():
        if path.endswith("kernel"):
            assert float(array.std()) == pytest.approx(array.shape[0] ** -0.5, rel=0.15)
        else:
            np.testing.assert_array_equal(array, 1.0 if path.endswith(("scale", "var")) else 0.0)
