"""The usual search with Optuna and Flax, as their tutorials write it: a model and an optimizer per trial, a jitted step.

The step is jitted once for the module, yet each trial compiles it anew: dropout rate and optimizer are part of what flax's jit sees.
"""

from functools import partial

import jax
import numpy as np
import optax
import optuna
from flax import nnx

from fitting.task import BATCH, EPOCHS, WIDTHS, Measured, samples, timed


class Network(nnx.Module):
    def __init__(self, dropout: float, rngs: nnx.Rngs) -> None:
        self.first = nnx.Linear(64, WIDTHS[0], rngs=rngs)
        self.second = nnx.Linear(WIDTHS[0], WIDTHS[1], rngs=rngs)
        self.output = nnx.Linear(WIDTHS[1], 10, rngs=rngs)
        self.dropout = nnx.Dropout(dropout, rngs=rngs)

    def __call__(self, inputs: jax.Array) -> jax.Array:
        hidden = self.dropout(nnx.relu(self.first(inputs)))
        hidden = self.dropout(nnx.relu(self.second(hidden)))
        return self.output(hidden)


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


def search(configurations: list[dict[str, float]]) -> Measured:
    """Trains each configuration as a trial of Optuna, reporting after every epoch."""
    data = samples()
    train, val = (
        (part.inputs.reshape(len(part), -1) / np.float32(16), part.labels) for part in (data.train, data.validation)
    )
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    for configuration in configurations:
        study.enqueue_trial(configuration)

    def objective(trial: optuna.Trial) -> float:
        dropout = trial.suggest_float("dropout", 0.0, 0.9)
        rate = trial.suggest_float("learning_rate", 1e-5, 1.0, log=True)
        decay = trial.suggest_float("weight_decay", 1e-6, 1.0, log=True)
        model = Network(dropout, nnx.Rngs(trial.number))
        optimizer = nnx.Optimizer(model, optax.adamw(rate, weight_decay=decay), wrt=nnx.Param)
        random = np.random.default_rng(trial.number)
        for epoch in range(EPOCHS):
            model.train()
            order = random.permutation(len(train[1]))
            for first in range(0, len(order), BATCH):
                rows = order[first : first + BATCH]
                train_step(model, optimizer, train[0][rows], train[1][rows])
            model.eval()
            loss = float(evaluate(model, *val))
            trial.report(loss, epoch)
        return loss

    def run(number: int) -> float:
        study.optimize(objective, n_trials=1)
        return study.trials[number].value

    return timed("Optuna + Flax, compiled per trial", [partial(run, number) for number in range(len(configurations))])
