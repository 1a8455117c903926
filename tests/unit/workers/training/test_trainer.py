from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from hpsearch import objectives
from hpsearch.study import Direction
from hpsearch_workers.data import Normalisation
from hpsearch_workers.training.evaluation import evaluate
from hpsearch_workers.training.hyper import hyper
from hpsearch_workers.training.network import Model
from hpsearch_workers.training.trainer import Data, Trainer

SAMPLES, SHAPE, CLASSES = 10, (2, 3, 1), 3
RANDOM = np.random.default_rng(0)


def data():
    def part(count):
        inputs = RANDOM.integers(0, 256, (count, *SHAPE)).astype(np.uint8)
        return jnp.asarray(inputs), jnp.asarray(RANDOM.integers(0, CLASSES, count), jnp.int32)

    return Data(*part(SAMPLES), *part(7))


DATA = data()
SETTINGS = {"hidden_units": [4], "activation": "tanh", "batch_size": 4, "optimizer": "sgd", "max_epochs": 5}
PARAMS = {"learning_rate": 0.3, "momentum": 0.5, "schedule": "cosine", "l2": 0.01, "weight_decay": 0.02}


def prepared(**params):
    chosen = objectives.get("flax/mlp").configure(SETTINGS, PARAMS | params)
    numbers = hyper(chosen, Normalisation(np.float32(10), np.float32(1 / 255)), "val_loss", Direction.MINIMIZE)
    signature = chosen.signature("flax/mlp")
    return Trainer(signature, Model.of(signature, SHAPE, CLASSES), SAMPLES), numbers


def test_each_epoch_has_an_order_of_its_own_with_every_sample_once():
    trainer, numbers = prepared()
    state = jax.jit(trainer.init)(numbers, jnp.uint32(3))
    orders = [np.asarray(trainer.begin(state._replace(epoch=jnp.int32(epoch)))) for epoch in (0, 1, 0)]
    for order in orders:
        assert sorted(order[:SAMPLES]) == list(range(SAMPLES))
        assert len(order) == 12
    np.testing.assert_array_equal(orders[0], orders[2])
    assert (orders[0] != orders[1]).any()


class Reference(nnx.Module):
    """The same network as flax's users write it."""

    def __init__(self):
        self.hidden = nnx.Linear(6, 4, rngs=nnx.Rngs(0))
        self.output = nnx.Linear(4, CLASSES, rngs=nnx.Rngs(0))

    def __call__(self, inputs):
        return self.output(nnx.tanh(self.hidden(inputs)))


def test_two_epochs_are_what_a_plain_loop_of_flax_and_optax_does():
    trainer, numbers = prepared()
    state = start = jax.jit(trainer.init)(numbers, jnp.uint32(3))
    epoch = jax.jit(trainer.epoch)
    found = []
    for _ in range(2):
        state, result = epoch(numbers, state, DATA)
        found.append(result.metrics)

    network = Reference()
    for layer, path in ((network.hidden, "layers.0.linear"), (network.output, "output")):
        layer.kernel[...], layer.bias[...] = start.params[f"{path}.kernel"], start.params[f"{path}.bias"]
    graph, params = nnx.split(network)

    def loss(params, inputs, labels):
        outputs = nnx.merge(graph, params)((inputs.reshape(-1, 6) - 10.0) / 255.0)
        return optax.softmax_cross_entropy_with_integer_labels(outputs, labels).mean(), outputs

    def weights(params):
        return jax.tree.map(lambda array: array.ndim == 2, params)

    def penalised(params, inputs, labels):
        squares = sum(jnp.sum(array**2) for array in jax.tree.leaves(params) if array.ndim == 2)
        return loss(params, inputs, labels)[0] + 0.01 / 2 * squares

    schedule = optax.cosine_decay_schedule(0.3, 5 * 3)
    transformation = optax.chain(
        optax.trace(0.5), optax.add_decayed_weights(0.02, weights), optax.scale_by_learning_rate(schedule)
    )
    moments = transformation.init(params)

    @jax.jit
    def step(params, moments, inputs, labels):
        updates, moments = transformation.update(jax.grad(penalised)(params, inputs, labels), moments, params)
        return loss(params, inputs, labels)[0], optax.apply_updates(params, updates), moments

    for number in range(2):
        order = trainer.begin(start._replace(epoch=jnp.int32(number)))[:SAMPLES]
        seen = []
        for first in range(0, SAMPLES, 4):
            rows = order[first : first + 4]
            mean, params, moments = step(params, moments, DATA.train_inputs[rows], DATA.train_labels[rows])
            seen.append(mean * len(rows))
        val, outputs = loss(params, DATA.val_inputs, DATA.val_labels)
        metrics = dict(zip(("train", "_", "val", "accuracy", "rate"), found[number], strict=True))
        np.testing.assert_allclose(metrics["train"], sum(seen) / SAMPLES, rtol=1e-4)
        np.testing.assert_allclose(metrics["val"], val, rtol=1e-4)
        np.testing.assert_allclose(metrics["accuracy"], jnp.mean(outputs.argmax(-1) == DATA.val_labels), rtol=1e-6)
        np.testing.assert_allclose(metrics["rate"], schedule(3 * (number + 1) - 1), rtol=1e-5)
    np.testing.assert_allclose(
        state.params["output.kernel"], nnx.merge(graph, params).output.kernel[...], rtol=1e-3, atol=1e-5
    )


def test_lanes_of_vmap_train_as_alone():
    trainer, one = prepared(dropout=0.2)
    _, other = prepared(dropout=0.4, learning_rate=0.05)
    lanes = jax.tree.map(lambda *arrays: jnp.stack(arrays), one, other)
    seeds = jnp.array([1, 2], jnp.uint32)
    states = jax.jit(jax.vmap(trainer.init))(lanes, seeds)
    _, together = jax.jit(jax.vmap(trainer.epoch, in_axes=(0, 0, None)))(lanes, states, DATA)
    init, alone = jax.jit(trainer.init), jax.jit(trainer.epoch)
    for lane, numbers in enumerate((one, other)):
        _, result = alone(numbers, init(numbers, seeds[lane]), DATA)
        np.testing.assert_allclose(together.metrics[lane], result.metrics, rtol=1e-5)


@pytest.mark.parametrize("count", [1, 3, 7])
def test_an_evaluation_in_batches_counts_every_sample_once(count, monkeypatch):
    monkeypatch.setattr("hpsearch_workers.training.evaluation.batch_size", lambda signature: 3)
    trainer, numbers = prepared()
    state = jax.jit(trainer.init)(numbers, jnp.uint32(1))
    inputs, labels = DATA.val_inputs[:count], DATA.val_labels[:count]
    arrays = (numbers.normalisation, state.params, state.stats)
    sums = jax.jit(partial(evaluate, trainer.signature, trainer.model))(arrays, inputs, labels)
    outputs, _ = trainer.model.apply(state.params, state.stats, (inputs - 10.0) / 255.0)
    theirs = optax.softmax_cross_entropy_with_integer_labels(outputs, labels)
    np.testing.assert_allclose(sums.loss, theirs.sum(), rtol=1e-5)
    assert sums.hits == jnp.sum(outputs.argmax(-1) == labels)
