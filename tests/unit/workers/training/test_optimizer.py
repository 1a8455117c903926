from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from hpsearch import objectives
from hpsearch.objectives.network import Optimizer
from hpsearch_workers.data import Normalisation
from hpsearch_workers.training.hyper import hyper
from hpsearch_workers.training.optimizer import optimizer, penalty

NAMES = get_args(Optimizer)
PARAMS = {"layer.kernel": jnp.linspace(-1, 1, 12).reshape(3, 4), "layer.bias": jnp.arange(4.0)}
WEIGHTS = {"layer.kernel": True, "layer.bias": False}


STEPS = 8
RANDOM = np.random.default_rng(0)
GRADIENTS = {
    path: jnp.asarray(RANDOM.normal(size=(STEPS, *array.shape)), jnp.float32) for path, array in PARAMS.items()
}


def trained(transformation):
    """The params after a step along each of the gradients."""

    def step(now, gradient):
        params, state = now
        updates, state = transformation.update(gradient, state, params)
        return (optax.apply_updates(params, updates), state), None

    (params, _), _ = jax.lax.scan(step, (PARAMS, transformation.init(PARAMS)), GRADIENTS)
    return params


def same(settings, transformation):
    chosen = objectives.get("flax/mlp").configure(settings, {})
    numbers = hyper(chosen, Normalisation(np.float32(0), np.float32(1)))
    signature = chosen.signature("flax/mlp")

    @jax.jit
    def both(numbers):
        return trained(optimizer(signature, numbers, numbers.learning_rate)), trained(transformation)

    ours, theirs = both(numbers)
    for path, array in ours.items():
        np.testing.assert_allclose(array, theirs[path], rtol=2e-5, atol=1e-6, err_msg=path)


@pytest.mark.parametrize("name", NAMES)
def test_optaxs_defaults(name):
    expected = optax.adamw(0.03, mask=WEIGHTS) if name == "adamw" else getattr(optax, name)(0.03)
    same({"optimizer": name, "learning_rate": 0.03}, expected)


def test_penalties_count_weights_alone_and_leave_0_at_0():
    chosen = objectives.get("flax/mlp").configure({"l1": 0.5, "l2": 3.0}, {})
    numbers = hyper(chosen, Normalisation(np.float32(0), np.float32(1)))
    params = {"layer.kernel": jnp.array([[-2.0, 0.0, 1.0]]), "layer.bias": jnp.array([7.0])}
    signature = chosen.signature("flax/mlp")
    value, gradient = jax.value_and_grad(lambda params: penalty(signature, numbers, params))(params)
    assert value == 0.5 * 3 + 3.0 / 2 * 5
    np.testing.assert_array_equal(gradient["layer.kernel"], [[-0.5 - 6.0, 0.0, 0.5 + 3.0]])
    np.testing.assert_array_equal(gradient["layer.bias"], [0.0])


ADAM = {"b1": 0.7, "b2": 0.95, "eps": 1e-3}


@pytest.mark.parametrize(
    ("settings", "transformation"),
    [
        ({"optimizer": "sgd", "momentum": 0.9}, optax.sgd(0.1, 0.9)),
        ({"optimizer": "sgd", "momentum": 0.8, "nesterov": True}, optax.sgd(0.1, 0.8, nesterov=True)),
        ({"optimizer": "rmsprop", "decay": 0.5, "eps": 1e-3}, optax.rmsprop(0.1, 0.5, 1e-3)),
        ({"optimizer": "adagrad", "eps": 1e-2}, optax.adagrad(0.1, eps=1e-2)),
        ({"optimizer": "adadelta", "rho": 0.5, "eps": 1e-2}, optax.adadelta(0.1, 0.5, 1e-2)),
        ({"optimizer": "adam"} | ADAM, optax.adam(0.1, **ADAM)),
        ({"optimizer": "adamax"} | ADAM, optax.adamax(0.1, **ADAM)),
        ({"optimizer": "nadam"} | ADAM, optax.nadam(0.1, **ADAM)),
        ({"optimizer": "adamw", "weight_decay": 0.3} | ADAM, optax.adamw(0.1, weight_decay=0.3, mask=WEIGHTS, **ADAM)),
        (
            {"optimizer": "sgd", "weight_decay": 0.3},
            optax.chain(optax.add_decayed_weights(0.3, WEIGHTS), optax.sgd(0.1)),
        ),
        ({"optimizer": "sgd", "clip_value": 0.2}, optax.chain(optax.clip(0.2), optax.sgd(0.1))),
        ({"optimizer": "sgd", "clip_norm": 0.2}, optax.chain(optax.clip_by_global_norm(0.2), optax.sgd(0.1))),
        ({"optimizer": "sgd", "clip_norm": None, "clip_value": None}, optax.sgd(0.1)),
    ],
)
def test_searched_values(settings, transformation):
    same({"learning_rate": 0.1} | settings, transformation)
