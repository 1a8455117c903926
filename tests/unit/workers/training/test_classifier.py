"""The training of the built-in networks, against a plain loop of flax and optax."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from hpsearch import objectives
from hpsearch_workers.data import Normalisation
from hpsearch_workers.population.lane import Goal, Samples, Trainer
from hpsearch_workers.training.classifier import Classifier
from hpsearch_workers.training.hyper import hyper

TRAIN, VALIDATION, SHAPE, CLASSES, BATCH = 10, 7, (2, 3, 1), 3, 4
RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.integers(0, 256, (TRAIN + VALIDATION, *SHAPE)).astype(np.uint8)
LABELS = RANDOM.integers(0, CLASSES, TRAIN + VALIDATION).astype(np.int32)
ROWS = np.arange(TRAIN + VALIDATION, dtype=np.int32)
DATA = Samples(
    (jnp.asarray(INPUTS), jnp.asarray(LABELS)), jnp.asarray(ROWS[None, :TRAIN]), jnp.asarray(ROWS[None, TRAIN:])
)
SETTINGS = {"hidden_units": [4], "activation": "tanh", "batch_size": BATCH, "optimizer": "sgd", "max_epochs": 5}
PARAMS = {"learning_rate": 0.3, "momentum": 0.5, "schedule": "cosine", "l2": 0.01, "weight_decay": 0.02}
GOAL = Goal(np.int32(5), np.int32(9), np.float32(0), np.int32(0), np.float32(1))


class Reference(nnx.Module):
    """The same network as flax's users write it."""

    def __init__(self):
        self.hidden = nnx.Linear(6, 4, rngs=nnx.Rngs(0))
        self.output = nnx.Linear(4, CLASSES, rngs=nnx.Rngs(0))

    def __call__(self, inputs):
        return self.output(nnx.tanh(self.hidden(inputs)))


def test_two_epochs_are_what_a_plain_loop_of_flax_and_optax_does():
    chosen = objectives.get("flax/mlp").configure(SETTINGS, PARAMS)
    numbers = hyper(chosen, Normalisation(np.float32([10]), np.float32([1 / 255])))
    trainer = Trainer(Classifier(chosen.signature("flax/mlp"), SHAPE, CLASSES), BATCH, 1024, TRAIN, 1, 1)
    names = trainer.names(numbers, DATA)
    init, step, end = jax.jit(trainer.init), jax.jit(trainer.step), jax.jit(trainer.end)
    lane = init(GOAL, numbers, jnp.uint32(3), DATA)
    start, orders, found = lane, [], []
    for _ in range(2):
        orders.append(np.asarray(lane.state.replicas.order[0]))
        for _ in range(trainer.steps):
            lane = lane._replace(state=step(lane.hyper, lane.state, DATA))
        lane, epoch = end(lane, DATA)
        found.append(dict(zip(names, np.asarray(epoch.metrics), strict=True)))

    network = Reference()
    for layer, path in ((network.hidden, "layers.0.linear"), (network.output, "output")):
        params = start.state.replicas.weights[0]
        layer.kernel[...], layer.bias[...] = params[f"{path}.kernel"][0], params[f"{path}.bias"][0]
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
    def plain_step(params, moments, inputs, labels):
        gradient = jax.grad(penalised)(params, inputs, labels)
        norm = jnp.sqrt(sum(jnp.sum(array**2) for array in jax.tree.leaves(gradient)))
        updates, moments = transformation.update(gradient, moments, params)
        return loss(params, inputs, labels)[0], norm, optax.apply_updates(params, updates), moments

    for number, order in enumerate(orders):
        seen, norms = [], []
        for first in range(0, TRAIN, BATCH):
            rows = [row for row in order[first : first + BATCH] if row >= 0]
            mean, norm, params, moments = plain_step(params, moments, INPUTS[rows], LABELS[rows])
            seen.append(mean * len(rows))
            norms.append(norm * len(rows))
        val, outputs = loss(params, INPUTS[TRAIN:], LABELS[TRAIN:])
        metrics = found[number]
        np.testing.assert_allclose(metrics["train_loss"], sum(seen) / TRAIN, rtol=1e-4)
        np.testing.assert_allclose(metrics["grad_norm"], sum(norms) / TRAIN, rtol=1e-4)
        np.testing.assert_allclose(metrics["val_loss"], val, rtol=1e-4)
        np.testing.assert_allclose(metrics["val_accuracy"], np.mean(outputs.argmax(-1) == LABELS[TRAIN:]), rtol=1e-6)
        np.testing.assert_allclose(metrics["learning_rate"], schedule(3 * (number + 1) - 1), rtol=1e-5)
    kernel = lane.state.replicas.weights[0]["output.kernel"][0]
    np.testing.assert_allclose(kernel, nnx.merge(graph, params).output.kernel[...], rtol=1e-3, atol=1e-5)
