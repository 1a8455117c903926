"""The usual search with Optuna and Flax, as their tutorials write it: a model and an optimizer per trial, a jitted step.

The step is jitted once for the module, yet each trial compiles it anew: dropout rate and optimizer are part of what flax's jit sees.
"""

from collections.abc import Iterator
from functools import partial

import jax
import numpy as np
import optax
from flax import nnx

from fitting import optuna_search
from fitting.measured import Measured
from fitting.task import BATCH, Configuration, Task


class Network(nnx.Module):
    def __init__(self, task: Task, dropout: float, rngs: nnx.Rngs) -> None:
        height, width, channels = task.parts[0][0].shape[1:]
        convolutions, layers = [], []
        for filters in task.filters:
            convolutions.append(nnx.Conv(channels, filters, (3, 3), rngs=rngs))
            height, width, channels = height // 2, width // 2, filters
        units = height * width * channels
        for wider in task.widths:
            layers.append(nnx.Linear(units, wider, rngs=rngs))
            units = wider
        self.convolutions, self.layers = nnx.List(convolutions), nnx.List(layers)
        self.output = nnx.Linear(units, 10, rngs=rngs)
        self.dropout = nnx.Dropout(dropout, rngs=rngs)

    def __call__(self, values: jax.Array) -> jax.Array:
        for convolution in self.convolutions:
            values = nnx.max_pool(nnx.relu(convolution(values)), (2, 2), strides=(2, 2))
        values = values.reshape(len(values), -1)
        for layer in self.layers:
            values = self.dropout(nnx.relu(layer(values)))
        return self.output(values)


def loss_of(model: Network, inputs: jax.Array, labels: jax.Array) -> jax.Array:
    return optax.softmax_cross_entropy_with_integer_labels(model(inputs), labels).mean()


@nnx.jit
def train_step(model: Network, optimizer: nnx.Optimizer, inputs: jax.Array, labels: jax.Array) -> jax.Array:
    loss, gradients = nnx.value_and_grad(loss_of)(model, inputs, labels)
    optimizer.update(model, gradients)
    return loss


@nnx.jit
def evaluate(model: Network, inputs: jax.Array, labels: jax.Array) -> jax.Array:
    return loss_of(model, inputs, labels)


def search(task: Task, configurations: list[Configuration]) -> Measured:
    """Compiles for every trial, as whoever writes this loop does."""
    return optuna_search.search("Optuna + Flax, compiled per trial", partial(_train, task), configurations)


def _train(task: Task, configuration: Configuration, seed: int) -> Iterator[float]:
    (inputs, labels), validation = task.parts
    model = Network(task, configuration["dropout"], nnx.Rngs(seed))
    transformation = optax.adamw(configuration["learning_rate"], weight_decay=configuration["weight_decay"])
    optimizer = nnx.Optimizer(model, transformation, wrt=nnx.Param)
    random = np.random.default_rng(seed)
    for _ in range(task.epochs):
        model.train()
        order = random.permutation(len(labels))
        for first in range(0, len(order), BATCH):
            rows = order[first : first + BATCH]
            train_step(model, optimizer, inputs[rows], labels[rows])
        model.eval()
        yield float(evaluate(model, *validation))
