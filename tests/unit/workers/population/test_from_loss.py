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
from hpsearch.trial import Decision
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.population import Data, FromLoss, Now, Training
from hpsearch_workers.population.contract import Contract
from hpsearch_workers.population.layout import Layout
from hpsearch_workers.population.rehearsal import rehearse
from hpsearch_workers.population.snapshots import load, save
from hpsearch_workers.population.trial import Trial

HYPER = {"rate": np.float32(0.1), "noise": np.float32(0.0)}


@dataclass(frozen=True)
class Plane:
    """Fits y = w x by momentum, noise on the inputs, and a rate that halves with every epoch."""

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
        return optax.sgd(hyper["rate"] * 0.5**epochs, momentum=0.9)


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
        optimizer = optax.sgd(0.1 * 0.5**2, momentum=0.9)
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
        rehearse(FromLoss(Plane(gives)), Layout.of(HYPER), Layout.of(DATA.samples), 4)


def prepared(contract, number, rate=0.05):
    run = TrialRun("s", "plane", number, 1, {}, {}, number, "val_absolute", Direction.MINIMIZE, print)
    hyper = {"rate": rate, "noise": 0.01 * number}
    own = Data(DATA.samples, DATA.train, DATA.validation)
    training = Training(FromLoss(Plane()), hyper, own, batch=4, max_epochs=15, patience=3)
    return Trial(str(number), run, contract.checked(training, run))


def test_a_population_of_them_trains_with_early_stopping():
    crew, contract = Crew(), Contract()
    running = engine(crew)
    for number in range(6):
        running.add(prepared(contract, number, 0.05 if number else 1e20), None, None)
    finish(running)
    assert sorted(crew.ended) == list(range(6))
    assert np.isnan(crew.ended[0].values[0])
    names = {f"{part}_{name}" for part in ("train", "val") for name in ("loss", "absolute")}
    for number in range(1, 6):
        assert crew.ended[number].values[0] < crew.reports[number][0][1]["val_absolute"]
        assert set(crew.ended[number].metrics) == names
        assert len(crew.reports[number]) == min(crew.ended[number].best_step + 3, 15)
    assert any(len(crew.reports[number]) < 15 for number in crew.reports)


def test_one_goes_on_from_its_snapshot_as_if_it_had_never_stopped(tmp_path):
    whole, cut, later = Crew(), Crew(), Crew()
    cut.on_report = lambda number, step: cut.decisions.update({1: Decision.RELEASE} if step == 2 else {})
    for crew in (whole, cut):
        running, contract = engine(crew), Contract()
        running.add(prepared(contract, 1), None, None)
        finish(running)
    checkpoint = save(tmp_path, cut.given_back[1])
    again = prepared(Contract(), 1)
    stored = load(tmp_path, checkpoint, again)
    again.progress = stored.progress
    running = engine(later)
    running.add(prepared(Contract(), 2), None, None)
    running.add(again, stored.arrays, None)
    finish(running)
    assert cut.reports[1] + later.reports[1] == whole.reports[1]
    assert later.reports[1]
    np.testing.assert_array_equal(later.ended[1].weights["w"], whole.ended[1].weights["w"])
