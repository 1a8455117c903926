"""Functions of a network that do not fit each other are named before anything is compiled."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from populations import DATA, Line

from hpsearch.errors import InvalidSettings
from hpsearch_workers.population.layout import Layout
from hpsearch_workers.population.rehearsal import rehearse

NUMBERS = Layout.of({"rate": np.float32(0.1), "noise": np.float32(0)})
SAMPLES = Layout.of(DATA.samples)


@dataclass(frozen=True)
class Changed(Line):
    """`function` of `Line` with another result."""

    function: str = ""
    change: Any = None

    def init(self, key, hyper):
        return self._changed("init", super().init(key, hyper))

    def step(self, now, hyper, weights, memory, batch):
        return self._changed("step", super().step(now, hyper, weights, memory, batch))

    def evaluate(self, now, hyper, weights, batch):
        return self._changed("evaluate", super().evaluate(now, hyper, weights, batch))

    def watch(self, hyper, epochs):
        return self._changed("watch", super().watch(hyper, epochs))

    def _changed(self, function, found):
        return self.change(found) if function == self.function else found


def weights_with(**arrays):
    return lambda found: ({**found[0], **arrays}, *found[1:])


def sums_with(**sums):
    return lambda found: (*found[:2], {**found[2], **sums})


@pytest.mark.parametrize(
    ("function", "change", "said"),
    [
        ("init", lambda found: found[0], "`init` of the network must return weights and memory, and returned dict"),
        ("step", lambda found: found[:2], "`step` .* must return weights, memory and sums, and returned 2 values"),
        (
            "step",
            weights_with(w=jnp.ones(4)),
            r"weights like those of `init`: `w` is \(4,\) float32, not \(3,\) float32",
        ),
        ("step", weights_with(w=jnp.ones(3, int)), r"`w` is \(3,\) int32, not \(3,\) float32"),
        ("step", weights_with(b=jnp.ones(3)), r"`b` is \(3,\) float32, not missing"),
        ("step", lambda found: (found[0], {}, found[2]), r"memory like those of `init`: `steps` is missing, not"),
        ("step", lambda found: (found[0], {"steps": (found[1]["steps"],)}, found[2]), "memory like those of `init`"),
        ("step", lambda found: (*found[:2], found[2]["loss"]), "`step` must give numbers by name, and gave"),
        ("step", lambda found: (*found[:2], {}), "`step` must give the sum 'loss', and gave nothing"),
        ("step", sums_with(hits=jnp.int32(1)), r"and 'hits' is \(\) int32"),
        ("step", sums_with(hits=jnp.ones(4)), r"float32 of shape \(\), and 'hits' is \(4,\) float32"),
        ("step", sums_with(val_loss=jnp.float32(1)), "`step` gives val_loss, which is the name of a sum's mean"),
        (
            "evaluate",
            lambda found: {**found, "hits": jnp.float32(1)},
            "`step` must give the sums that `evaluate` gives, and does not give hits",
        ),
        ("evaluate", lambda found: (found, None), "must give what it found of each sample by name, and gave NoneType"),
        (
            "evaluate",
            lambda found: (found, {"p": jnp.ones(3)}),
            r"one number a sample, and 'p' is \(3,\) for 4 samples",
        ),
        ("evaluate", lambda found: {}, "`evaluate` must give the sum 'loss'"),
        ("watch", lambda found: None, "`watch` must give numbers by name, and gave NoneType"),
        ("watch", lambda found: {"val_loss": jnp.float32(0)}, "`watch` gives val_loss, which is the name of a sum's"),
    ],
)
def test_what_does_not_fit_is_named(function, change, said):
    with pytest.raises(InvalidSettings, match=said):
        rehearse(Changed(function=function, change=change), NUMBERS, SAMPLES, 4)


def test_a_step_may_say_more_than_an_evaluation():
    network = Changed(function="step", change=sums_with(grad_norm=jnp.float32(1)))
    rehearse(network, NUMBERS, SAMPLES, 4)


def test_what_fits_is_traced_once():
    traced = []
    network = Changed(function="init", change=lambda found: traced.append(1) or found)
    for rate in (0.1, 0.2):
        rehearse(network, Layout.of({"rate": np.float32(rate), "noise": np.float32(0)}), SAMPLES, 4)
    assert len(traced) == 1
