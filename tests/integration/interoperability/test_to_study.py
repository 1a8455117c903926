"""Studies of a real server, in Optuna's own tools."""

import json
import warnings
from datetime import timedelta

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from hpsearch.errors import StudyNotFound
from hpsearch.optuna import to_study


@pytest.fixture(scope="module")
def name(place):
    return place.search(trials=60, left=3)


@pytest.fixture(scope="module")
def study(place, name):
    return to_study(name, place.client, reports=True)


def test_every_trial_is_there_in_its_state(place, name, study):
    ours = list(place.client.list_trials(name))
    assert [trial.number for trial in study.trials] == [trial.number for trial in ours]
    states = {
        "completed": TrialState.COMPLETE,
        "pruned": TrialState.PRUNED,
        "failed": TrialState.FAIL,
        "cancelled": TrialState.FAIL,
        "queued": TrialState.WAITING,
        "running": TrialState.RUNNING,
    }
    assert {trial.state.value for trial in ours} == states.keys()
    for mine, theirs in zip(ours, study.trials, strict=True):
        assert theirs.state is states[mine.state.value]
        assert theirs.user_attrs["state"] == mine.state.value
        assert theirs.values == (mine.values if mine.state.value in {"completed", "pruned"} else None)
        assert theirs.params == {**mine.params, "mixed": json.dumps(mine.params["mixed"])}
        assert theirs.user_attrs.get("metrics.val_accuracy") == mine.metrics.get("val_accuracy")


def test_conditional_parameters_are_absent_where_they_are_inactive(study):
    for trial in study.trials:
        assert ("momentum" in trial.params) == (trial.params["optimizer"] == "sgd")


def test_distributions_are_those_of_the_space(study):
    trial = next(trial for trial in study.trials if "momentum" in trial.params)
    assert trial.distributions == {
        "lr": FloatDistribution(1e-4, 0.1, log=True),
        "dropout": FloatDistribution(0.1, 0.7, step=0.1),
        "layers": IntDistribution(1, 4),
        "batch": IntDistribution(8, 88, step=16),
        "width": IntDistribution(2, 512, log=True),
        "optimizer": CategoricalDistribution(["sgd", "adam"]),
        "momentum": FloatDistribution(0.0, 0.99),
        "decay": CategoricalDistribution([None, True, 0.5, "cosine"]),
        "mixed": CategoricalDistribution(["1", "true", '"one"']),
        "epochs": CategoricalDistribution([20]),
    }


def test_curves_and_times_are_there(place, name, study):
    for trial in study.trials:
        reports = {report.step: report.value for report in place.client.reports(name, trial.number)}
        assert trial.intermediate_values == reports
    view, trial = place.client.get_trial(name, 59), study.trials[59]
    assert trial.datetime_start.astimezone() == view.started_at
    assert trial.datetime_complete.astimezone() == view.finished_at
    assert trial.duration >= timedelta(0)


def test_without_reports_there_are_no_curves(place, name):
    assert not any(trial.intermediate_values for trial in to_study(name, place.client).trials)


def test_the_best_trial_is_the_same(place, name, study):
    assert study.best_trial.number == place.client.get_study(name).best_trial
    assert study.metric_names == ["val_loss"]


@pytest.mark.parametrize(
    "plot",
    [
        "plot_optimization_history",
        "plot_intermediate_values",
        "plot_parallel_coordinate",
        "plot_contour",
        "plot_slice",
        "plot_rank",
        "plot_edf",
        "plot_timeline",
        "plot_param_importances",
    ],
)
def test_optuna_draws_it(study, plot):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of its plots are experimental
        figure = getattr(optuna.visualization, plot)(study)
    assert len(figure.data) > 0
    assert figure.to_plotly_json()["layout"]


def test_the_history_plot_has_our_values(place, name, study):
    figure = optuna.visualization.plot_optimization_history(study)
    ours = [trial.value for trial in place.client.list_trials(name) if trial.state.value == "completed"]
    assert list(figure.data[0].y) == ours


def test_optuna_finds_the_parameter_that_matters(study):
    importances = optuna.importance.get_param_importances(study)
    assert max(importances, key=importances.get) == "lr"


def test_several_objectives(place):
    name = place.search(trials=20, direction=["minimize", "maximize"], metric=["val_loss", "speed"])
    study = to_study(name, place.client)
    front = {trial.number for trial in place.client.best(name).trials}
    assert {trial.number for trial in study.best_trials} == front
    assert study.metric_names == ["val_loss", "speed"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert optuna.visualization.plot_pareto_front(study).data


def test_a_study_that_is_not_there(place):
    with pytest.raises(StudyNotFound):
        to_study("none", place.client)
