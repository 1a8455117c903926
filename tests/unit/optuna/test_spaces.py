import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from hpsearch.errors import InvalidInput
from hpsearch.optuna import infer_space

optuna.logging.set_verbosity(optuna.logging.WARNING)


def trials_of(*suggestions):
    """Finished trials: of each a mapping of names to (value, distribution)."""
    study = optuna.create_study()
    for one in suggestions:
        params = {name: value for name, (value, _) in one.items()}
        distributions = {name: distribution for name, (_, distribution) in one.items()}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=distributions, value=0.0))
    return study.trials


def fields(trials):
    with pytest.raises(InvalidInput) as caught:
        infer_space(trials)
    return {one.field: one.message for one in caught.value.fields}


@pytest.mark.parametrize(
    ("distribution", "value", "parameter"),
    [
        (FloatDistribution(0, 1), 0.5, {"type": "float", "low": 0.0, "high": 1.0}),
        (FloatDistribution(0.1, 1, log=True), 0.5, {"type": "float", "low": 0.1, "high": 1.0, "log": True}),
        (FloatDistribution(0, 1, step=0.25), 0.5, {"type": "float", "low": 0.0, "high": 1.0, "step": 0.25}),
        (IntDistribution(1, 9), 5, {"type": "int", "low": 1, "high": 9}),
        (IntDistribution(1, 9, log=True), 5, {"type": "int", "low": 1, "high": 9, "log": True}),
        (IntDistribution(1, 9, step=4), 5, {"type": "int", "low": 1, "high": 9, "step": 4}),
        (
            CategoricalDistribution(["a", None, False, 2.5]),
            None,
            {"type": "categorical", "choices": ("a", None, False, 2.5)},
        ),
    ],
)
def test_each_distribution_has_its_parameter(distribution, value, parameter):
    space = infer_space(trials_of({"x": (value, distribution)}))
    assert space["x"].model_dump(exclude_defaults=True) == parameter
    assert space.check({"x": value}) == {"x": value}


def test_a_range_that_changes_is_named_with_both():
    found = fields(trials_of({"x": (0.5, FloatDistribution(0, 1))}, {"x": (0.5, FloatDistribution(0, 2))}))
    assert list(found) == ["space.x"]
    assert "in trial 0" in found["space.x"]
    assert "in trial 1" in found["space.x"]
    assert "space={...}" in found["space.x"]


def test_an_absence_that_nothing_explains_is_named():
    unit = FloatDistribution(0, 1)
    found = fields(trials_of({"x": (0.5, unit), "y": (0.5, unit)}, {"x": (0.5, unit)}))
    assert list(found) == ["space.y"]
    assert "trial 0" in found["space.y"]
    assert "trial 1" in found["space.y"]


def test_a_name_that_is_none_here_is_named():
    assert list(fields(trials_of({"a b": (0.5, FloatDistribution(0, 1))}))) == ["space.a b"]


def test_a_study_without_parameters_says_so():
    assert list(fields([])) == ["space"]


def test_a_choice_of_another_type_is_named():
    with pytest.warns(UserWarning, match="persistent storage"):
        trials = trials_of({"x": ((1, 2), CategoricalDistribution([(1, 2), (3, 4)]))})
    assert "tuple" in fields(trials)["space.x"]


def test_the_parent_with_the_fewest_values_explains_an_absence():
    kind, count, unit = CategoricalDistribution(["a", "b"]), IntDistribution(0, 99), FloatDistribution(0, 1)
    space = infer_space(
        trials_of(
            *(
                {"n": (number, count), "kind": ("ab"[number % 2], kind)} | ({"y": (0.5, unit)} if number % 2 else {})
                for number in range(10)
            )
        )
    )
    assert space["y"].when == {"kind": ("b",)}


def test_conditions_nest():
    yes, unit = CategoricalDistribution([True, False]), FloatDistribution(0, 1)
    space = infer_space(
        trials_of(
            {"a": (True, yes), "b": (True, yes), "c": (0.5, unit)},
            {"a": (True, yes), "b": (False, yes)},
            {"a": (False, yes)},
        )
    )
    assert (space["b"].when, space["c"].when) == ({"a": (True,)}, {"b": (True,)})


@given(st.integers(0, 2**16), st.integers(2, 30))
def test_every_trial_fits_the_space_that_was_found(seed, count):
    def objective(trial):
        layers = trial.suggest_int("layers", 1, 3)
        for layer in range(layers):
            if trial.suggest_categorical(f"drop{layer}", [True, False, None]):
                trial.suggest_float(f"rate{layer}", 0.0, 0.9, step=0.3)
        return 0.0

    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    study.optimize(objective, n_trials=count)
    space = infer_space(study.trials)
    for trial in study.trials:
        assert space.check(trial.params) == trial.params
