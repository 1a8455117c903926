"""Networks that follow from a loss, against the same training written out."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from populations import DATA, Crew, engine, finish

from hpsearch.errors import InvalidSettings
from hpsearch.study import Direction
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.population import Data, FromLoss, Now, Training
from hpsearch_workers.population.contract import Contract
from hpsearch_workers.population.rehearsal import rehearse
from hpsearch_workers.population.trial import Trial

HYPER = {"rate": np.float32(0.1), "noise": np.float32(0.0)}


@dataclass(frozen=True)
class Plane:
    """Fits y = w x with Adam, noise on the inputs, and a rate that halves every epoch."""

    gives: str = ""

    def init(self, key, hyper):
        return {"w": jax.random.normal(key, (3,))}

    def loss(self, weights, hyper, batch, key):
        inputs, targets = batch
        if key is not None:
            inputs = inputs + hyper["noise"] * jax.random.normal(key, inputs.shape)
        errors = inputs @ weights["w"] - targets
        match self.gives:
            case "mean":
                return jnp.mean(errors**2)
            case "second loss":
                return errors**2, {"loss": errors}
            case "inputs":
                return errors**2, {"inputs": inputs}
            case "infinite":
                return jnp.where(targets == DATA.samples[1][0], jnp.inf, errors**2)
        return errors**2, {"absolute": jnp.abs(errors)}

    def optimizer(self, hyper, epochs):
        return optax.adam(hyper["rate"] * 0.5**epochs)


def now(present, epochs=0.0):
    return Now(jax.random.key(1), jnp.float32(epochs), jnp.asarray(present), jnp.int32(0))


def batch(rows):
    return tuple(array[np.array(rows)] for array in DATA.samples)


def test_a_step_is_optaxs_on_the_mean_of_the_samples_present():
    network = FromLoss(Plane())
    weights, memory = jax.jit(network.init)(jax.random.key(0), HYPER)
    inputs, targets = batch([0, 1, 2, 0])

    @jax.jit
    def expected(weights):
        optimizer = optax.adam(0.1 * 0.5**2)
        gradient = jax.grad(lambda weights: jnp.mean((inputs[:3] @ weights["w"] - targets[:3]) ** 2))(weights)
        updates, _ = optimizer.update(gradient, optimizer.init(weights))
        return optax.apply_updates(weights, updates)

    found, memory, sums = jax.jit(network.step)(now([1, 1, 1, 0], 2.0), HYPER, weights, memory, (inputs, targets))
    np.testing.assert_allclose(found["w"], expected(weights)["w"], rtol=1e-6)
    errors = inputs[:3] @ weights["w"] - targets[:3]
    np.testing.assert_allclose(sums["loss"], np.sum(errors**2), rtol=1e-6)
    np.testing.assert_allclose(sums["absolute"], np.sum(np.abs(errors)), rtol=1e-6)


def test_nothing_is_random_where_it_is_measured():
    network, noisy = FromLoss(Plane()), {**HYPER, "noise": np.float32(1)}
    weights, memory = jax.jit(network.init)(jax.random.key(0), noisy)
    evaluate = jax.jit(network.evaluate)
    calm = evaluate(now([True] * 3), HYPER, weights, batch([0, 1, 2]))
    assert evaluate(now([True] * 3), noisy, weights, batch([0, 1, 2])) == calm
    assert jax.jit(network.step)(now([True] * 3), noisy, weights, memory, batch([0, 1, 2]))[2] != calm


def test_a_sample_that_only_fills_up_counts_nothing():
    network = FromLoss(Plane("infinite"))
    weights, _ = jax.jit(network.init)(jax.random.key(0), HYPER)
    assert np.isfinite(network.evaluate(now([0, 1]), HYPER, weights, batch([0, 1]))["loss"])
    assert np.isinf(network.evaluate(now([1, 1]), HYPER, weights, batch([0, 1]))["loss"])


@pytest.mark.parametrize(
    ("gives", "said"),
    [
        ("mean", r"`loss` must give one number a sample, and gave 'loss' of shape \(\) for 4 samples"),
        ("inputs", r"and gave 'inputs' of shape \(4, 3\) for 4 samples"),
        ("second loss", "`loss` must give the losses first, and no other number called 'loss'"),
    ],
)
def test_losses_of_another_shape_are_named(gives, said):
    with pytest.raises(InvalidSettings, match=said):
        rehearse(FromLoss(Plane(gives)), HYPER, DATA.samples, 4)


def test_a_population_of_them_trains_with_early_stopping():
    crew, contract = Crew(), Contract()
    running = engine(crew)
    for number in range(6):
        run = TrialRun("s", "plane", number, 1, {}, {}, number, "val_absolute", Direction.MINIMIZE, print)
        hyper = {"rate": 0.3 if number else 1e20, "noise": 0.01 * number}
        own = Data(DATA.samples, DATA.train, DATA.validation)
        training = Training(FromLoss(Plane()), hyper, own, batch=4, max_epochs=15, patience=3)
        running.add(Trial(str(number), run, contract.checked(training, run), 0.0), None, None)
    finish(running)
    assert sorted(crew.ended) == list(range(6))
    assert np.isnan(crew.ended[0].values[0]) or crew.ended[0].values[0] > 1e10
    for number in range(1, 6):
        assert crew.ended[number].values[0] < crew.reports[number][0][1]["val_absolute"]
        assert set(crew.ended[number].metrics) == {
            f"{part}_{name}" for part in ("train", "val") for name in ("loss", "absolute")
        }
        assert len(crew.reports[number]) == min(crew.ended[number].best_step + 3, 15)
