from dataclasses import replace

import numpy as np
import pytest
from curves import CLEAN, LENGTHS, curve_of, decay, diverged, noisy, over_fitted, plateau, waves, with_spikes
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from trial_tables import table_of

from hpsearch.analysis.advice import Code, Failure, Severity, curve_advice, study_advice

SPACE = {
    "learning_rate": {"type": "float", "low": 1e-4, "high": 10.0, "log": True},
    "units": {"type": "int", "low": 16, "high": 64},
}


def codes(advice):
    return [one.code for one in advice]


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.03, 0.1])
@pytest.mark.parametrize("number", [1, 2, 3, 5, *LENGTHS])
@pytest.mark.parametrize("shape", CLEAN)
def test_trainings_that_go_well_are_left_in_peace(shape, number, noise):
    """Of the losses and accuracies of each kind, length and noise, at most one gets advice."""
    found = []
    for seed in range(10 if number < 1000 else 3):
        validated, trained = (
            noisy(CLEAN[shape](number), noise, seed),
            noisy(0.8 * CLEAN[shape](number), noise, seed + 100),
        )
        found += codes(curve_advice(curve_of(validated, train_loss=trained)))
        rising = {"train_accuracy": 1.0 - trained / 4.0, "train_loss": trained}
        accuracy = curve_of(1.0 - validated / 4.0, metric="val_accuracy", direction="maximize", **rising)
        found += codes(curve_advice(accuracy))
    assert len(found) <= 1


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.03])
@pytest.mark.parametrize("number", LENGTHS)
def test_of_a_steady_fall_is_said_that_it_was_cut_off_at_most(number, noise):
    for seed in range(10):
        found = codes(curve_advice(curve_of(noisy(np.linspace(2.0, 1.0, number), noise, seed))))
        assert found in ([], [Code.UNDERFITTING])


@pytest.mark.parametrize("length", range(6))
def test_short_curves_get_no_advice(length):
    assert curve_advice(curve_of([2.0, 9.0, 0.1, 5.0, 3.0][:length])) == ()


@pytest.mark.parametrize(
    ("curve", "code"),
    [
        (curve_of(diverged(100, 0.4, 5.0)), Code.DIVERGENCE),
        (curve_of(plateau(100, 0.4)), Code.PLATEAU),
        (curve_of(waves(100, 0.8, 6)), Code.OSCILLATION),
        (curve_of(with_spikes(100, 1.0, range(6, 100, 7))), Code.SPIKES),
        (curve_of(over_fitted(100, 0.3, 1.0), train_loss=0.5 * decay(100)), Code.OVERFITTING),
        (curve_of(decay(100, 1.0)), Code.UNDERFITTING),
    ],
)
def test_each_fault_has_its_own_word(curve, code):
    assert codes(curve_advice(curve)) == [code]


extreme = st.floats() | st.sampled_from([0.0, 5e-324, 1.7e308, -1.7e308, float("nan"), float("inf")])


@quick
@given(st.lists(extreme, max_size=40), st.sampled_from(["minimize", "maximize"]), st.data())
def test_any_floats_are_taken_without_a_warning(values, direction, data):
    """Warnings of numpy are errors in these tests."""
    trained = data.draw(st.lists(extreme, min_size=len(values), max_size=len(values)))
    for one in curve_advice(curve_of(values, direction=direction, train_loss=trained)):
        assert one.title
        assert one.action


@quick
@given(st.lists(st.tuples(extreme, extreme), min_size=20, max_size=60), st.data())
def test_any_study_is_taken_without_a_warning(rows, data):
    states = data.draw(st.lists(st.sampled_from(["completed", "pruned", "failed", "running"]), min_size=len(rows), max_size=len(rows)))  # fmt: skip
    space = {
        "x": {"type": "float", "low": -1e307, "high": 1e307},
        "y": {"type": "int", "low": 1, "high": 3, "log": True},
    }
    points = [{"x": float(np.clip(np.nan_to_num(x), -1e307, 1e307)), "y": 1 + n % 3} for n, (x, _) in enumerate(rows)]
    table = table_of(points, [value for _, value in rows], states, space=space)
    failures = {number: Failure("exception", "same") for number, state in enumerate(states) if state == "failed"}
    study_advice(table, failures=failures, hosts={0: "a", 1: "b"}, importances={"x": 0.99, "y": 0.01})


@pytest.mark.parametrize("number", [0, 1])
def test_a_study_of_hardly_any_trials_gets_no_advice(number):
    table = table_of([{"learning_rate": 0.1, "units": 32}] * number, [1.0] * number, space=SPACE)
    assert study_advice(table, importances={"learning_rate": 1.0, "units": 0.0}) == ()


def searched(number=60, seed=0):
    """A study with its best learning rate at 0.01."""
    random = np.random.default_rng(seed)
    points = [
        {"learning_rate": 10 ** random.uniform(-4, 1), "units": int(random.integers(16, 65))} for _ in range(number)
    ]
    return table_of(points, [abs(np.log10(point["learning_rate"]) + 2) for point in points], space=SPACE)


def test_curves_that_share_a_fault_and_its_cause_are_put_together():
    table = searched()
    rates = table.params["learning_rate"]
    curves = [
        replace(curve_of(waves(80, 1.0, 3.5) if rate > 0.3 else decay(80)), trial=trial)
        for trial, rate in enumerate(rates.tolist())
    ]
    (found,) = study_advice(table, curves=curves)
    swinging = np.flatnonzero(rates > 0.3)
    assert found.code is Code.OSCILLATION
    assert found.count == len(swinging)
    assert found.trials == tuple(swinging[:20].tolist())
    assert found.title == f"{len(swinging)} of the 60 trials looked at oscillate"
    assert found.parameter == "learning_rate"
    assert found.space
    assert found.space["learning_rate"]["high"] == pytest.approx(rates[rates <= 0.3].max(), rel=0.05)
    assert f"{len(swinging)} of the {len(swinging)} have learning_rate >=" in found.detail


def test_a_fault_of_all_curves_has_no_cause():
    table = searched()
    curves = [replace(curve_of(plateau(80, 0.5)), trial=trial) for trial in range(60)]
    (found,) = study_advice(table, curves=curves)
    assert found.code is Code.PLATEAU
    assert found.count == 60
    assert found.parameter is None


def test_a_fault_of_few_curves_is_left_out():
    table = searched()
    curves = [replace(curve_of(waves(80, 1.0, 3.5) if trial < 5 else decay(80)), trial=trial) for trial in range(60)]
    assert study_advice(table, curves=curves) == ()
    assert codes(study_advice(table, curves=curves[:20])) == [Code.OSCILLATION]
    assert study_advice(table, curves=curves[:2]) == ()


def test_what_makes_trials_fail_is_not_said_to_be_without_effect():
    random = np.random.default_rng(3)
    points = [{"x": random.uniform(), "y": random.uniform()} for _ in range(150)]
    space = {name: {"type": "float", "low": 0.0, "high": 1.0} for name in "xy"}
    states = ["failed" if point["x"] > 0.8 else "completed" for point in points]
    table = table_of(points, [abs(point["y"] - 0.5) for point in points], states, space=space)
    failures = {number: Failure("killed", "") for number, state in enumerate(states) if state == "failed"}
    importances = {"x": 0.0, "y": 1.0}
    assert codes(study_advice(table, importances=importances)) == [Code.PARAMETER_WITHOUT_EFFECT]
    assert codes(study_advice(table, importances=importances, failures=failures)) == [Code.SHARED_FAILURE]


def test_divergence_is_said_once():
    points = [{"learning_rate": 0.1, "units": 32}] * 30
    states = ["failed"] * 10 + ["completed"] * 20
    table = table_of(points, [1.0] * 30, states, space=SPACE)
    failures = {number: Failure("diverged", "val_loss is nan") for number in range(10)}
    curves = [replace(curve_of([1.0, float("nan")] if trial < 10 else decay(20)), trial=trial) for trial in range(30)]
    assert codes(study_advice(table, failures=failures, curves=curves)) == [Code.SHARED_FAILURE]
    assert codes(study_advice(table, curves=curves)) == [Code.DIVERGENCE]


def test_over_and_under_fitting_matter_in_the_best_trials_alone():
    table = searched()
    ranked = np.argsort(table.values[:, 0])
    cut_off, ended = decay(80, 1.0), decay(80)

    def said(short):
        curves = [replace(curve_of(cut_off if trial in short else ended), trial=trial) for trial in range(60)]
        return study_advice(table, curves=curves)

    assert said(set(ranked[20:].tolist())) == ()
    (found,) = said(set(ranked[:20].tolist()))
    assert found.title == "20 of the 20 best trials end while they still get better"
    assert found.severity is Severity.HINT


def test_of_few_trials_the_better_half_counts():
    table = table_of([{"learning_rate": 0.1, "units": 32}] * 10, list(range(10)), space=SPACE)

    def said(short):
        curves = [replace(curve_of(decay(80, 1.0 if trial in short else 6.0)), trial=trial) for trial in range(10)]
        return [one.title for one in study_advice(table, curves=curves)]

    assert said(range(5, 10)) == []
    assert said(range(5)) == ["5 of the 5 best trials end while they still get better"]


def test_all_is_in_order():
    points = [{"x": float(x)} for x in np.linspace(0.1, 2.0, 60)]
    space = {"x": {"type": "float", "low": 0.1, "high": 2.0}}
    states = ["failed" if number in {2, 5, 8} else "completed" for number in range(60)]
    table = table_of(points, [-point["x"] for point in points], states, space=space)
    failures = {number: Failure("io", "full") for number in (2, 5, 8)}
    curves = [replace(curve_of(decay(80, 1.0)), trial=trial) for trial in range(60)]
    found = study_advice(table, failures=failures, curves=curves)
    assert codes(found) == [Code.BOUND_CROWDED, Code.SHARED_FAILURE, Code.UNDERFITTING]
