"""An objective of one's own: a network on scikit-learn's digits, in plain JAX and Flax.

hpsearch calls `train` once for each trial, in one process, one trial after the other. So what is loaded or compiled once stays: here
the data, and one program for each number of hidden units. The learning rate and the weight decay are arguments of the program.
"""

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from hpsearch.errors import InvalidSettings
from hpsearch_workers.objective import Outcome, TrialRun


class Network(nnx.Module):
    """64 pixels, hidden units, 10 classes."""

    def __init__(self, hidden_units: int, rngs: nnx.Rngs) -> None:
        self.hidden = nnx.Linear(64, hidden_units, rngs=rngs)
        self.out = nnx.Linear(hidden_units, 10, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.out(jax.nn.relu(self.hidden(x)))


@lru_cache
def digits() -> tuple[np.ndarray, ...]:
    """Images and labels to train on, images and labels to validate on."""
    images, labels = load_digits(return_X_y=True)
    x, x_val, y, y_val = train_test_split(images / 16, labels, test_size=0.25, random_state=0, stratify=labels)
    return x.astype(np.float32), y, x_val.astype(np.float32), y_val


@lru_cache
def program(hidden_units: int, batch_size: int):
    """Two compiled functions for networks of this width: (seed, learning rate, weight decay) -> state, and state -> state, numbers."""
    x, y, x_val, y_val = map(jnp.asarray, digits())
    graph, _ = nnx.split(nnx.eval_shape(lambda: Network(hidden_units, nnx.Rngs(0))))  # its shape alone
    # The numbers live in the optimizer's state, so one program serves them all.
    optimizer = optax.inject_hyperparams(optax.adamw)(learning_rate=0.0, weight_decay=0.0)
    batches = len(x) // batch_size

    def loss(weights, x, y):
        logits = nnx.merge(graph, weights)(x)
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean(), (logits.argmax(-1) == y).mean()

    def step(carry, rows):
        weights, optimizer_state = carry
        value, gradient = jax.value_and_grad(lambda weights: loss(weights, x[rows], y[rows])[0])(weights)
        updates, optimizer_state = optimizer.update(gradient, optimizer_state, weights)
        return (optax.apply_updates(weights, updates), optimizer_state), value

    @jax.jit
    def init(seed, learning_rate, weight_decay):
        _, weights = nnx.split(Network(hidden_units, nnx.Rngs(jax.random.key(seed))))
        optimizer_state = optimizer.init(weights)
        optimizer_state.hyperparams.update(learning_rate=learning_rate, weight_decay=weight_decay)
        return weights, optimizer_state

    @jax.jit
    def epoch(state, key):
        rows = jax.random.permutation(key, len(x))[: batches * batch_size].reshape(batches, batch_size)
        state, losses = jax.lax.scan(step, state, rows)
        val_loss, val_accuracy = loss(state[0], x_val, y_val)
        return state, {"val_loss": val_loss, "val_accuracy": val_accuracy, "train_loss": losses.mean()}

    return init, epoch


def train(trial: TrialRun) -> Outcome:
    """Trains one trial. Returning the value alone (`return val_loss`) would do too."""
    epochs = trial.settings.get("epochs", 10)
    if not isinstance(epochs, int) or epochs < 1:
        # Told as invalid_settings: the study pauses with this message, instead of failing trial after trial.
        raise InvalidSettings.at("settings.epochs", f"must be a whole number from 1, got {epochs!r}")
    init, epoch = program(int(trial.params["hidden_units"]), int(trial.settings.get("batch_size", 64)))
    # Of float32 like the results of a step: a Python float would be of another type, and compile the program twice.
    state = init(trial.seed, np.float32(trial.params["learning_rate"]), np.float32(trial.params["weight_decay"]))
    best = Outcome((float("inf"),))
    for number, key in enumerate(jax.random.split(jax.random.key(trial.seed), epochs), start=1):
        state, result = epoch(state, key)
        metrics = {name: float(value) for name, value in result.items()}
        # Raises TrialStopped when the pruner, or somebody, has ended the trial: let it through.
        trial.report(number, metrics["val_loss"], metrics)
        if metrics["val_loss"] < best.values[0]:
            best = Outcome((metrics["val_loss"],), metrics=metrics, best_step=number)
    return best
