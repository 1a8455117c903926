"""Studies of a real server as event files."""

import pytest
from event_files import hparams, scalars

from hpsearch import tensorboard
from hpsearch.errors import InvalidInput, StudyNotFound


@pytest.fixture(scope="module")
def name(place):
    return place.search(trials=20)


@pytest.fixture(scope="module")
def folder(place, name, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    assert tensorboard.write(name, folder, place.client) == 20
    return folder


@pytest.fixture(scope="module")
def trials(place, name):
    return [trial for trial in place.client.list_trials(name) if trial.started_at]


def run(folder, trial):
    return folder / f"trial-{trial.number:05d}"


def test_each_trial_that_ran_is_a_run(folder, trials):
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [
        run(folder, trial).name for trial in trials
    ]


def test_the_parameters_of_a_run_are_those_of_the_trial(folder, trials):
    for trial in trials:
        told = hparams(run(folder, trial), "session_start_info").session_start_info.hparams
        shown = {name: getattr(value, value.WhichOneof("kind")) for name, value in told.items()}
        texts = {"decay": {None: "null", True: "true", 0.5: "0.5", "cosine": '"cosine"'}[trial.params["decay"]]}
        mixed = "true" if trial.params["mixed"] is True else {1: "1", "one": '"one"'}[trial.params["mixed"]]
        assert shown == {**trial.params, **texts, "mixed": mixed, "(state)": trial.state.value}
        assert hparams(run(folder, trial), "session_end_info").session_end_info.status > 0


def test_the_experiment_has_all_columns(folder):
    experiment = hparams(folder, "experiment").experiment
    assert {info.name for info in experiment.hparam_infos} >= {"lr", "momentum", "epochs", "(state)"}
    assert [info.name.tag for info in experiment.metric_infos] == ["val_loss", "val_accuracy"]


def test_values_and_metrics_are_at_their_step(folder, trials):
    for trial in trials:
        told = {**trial.metrics, **({"val_loss": trial.values[0]} if trial.values else {})}
        for metric in ("val_loss", "val_accuracy"):
            found = scalars(run(folder, trial), metric)
            assert len(found) == (metric in told)
            for step, value, at in found:
                assert (step, value) == (trial.best_step, pytest.approx(told[metric], rel=1e-6))
                assert at == pytest.approx(trial.finished_at.timestamp())


def test_curves_are_what_was_reported_when_it_was(place, name, folder, trials):
    for trial in trials:
        found = scalars(run(folder, trial), "curves/val_loss")
        reports = list(place.client.reports(name, trial.number))
        assert [(step, value) for step, value, _ in found] == [
            (report.step, pytest.approx(report.value, rel=1e-6)) for report in reports
        ]
        assert [at for *_, at in found] == [pytest.approx(report.at.timestamp()) for report in reports]


def test_a_folder_with_something_in_it_is_left_alone(place, name, tmp_path):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(InvalidInput, match="new or empty"):
        tensorboard.write(name, tmp_path, place.client)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_study_that_is_not_there_leaves_no_folder(place, tmp_path):
    with pytest.raises(StudyNotFound):
        tensorboard.write("none", tmp_path / "runs", place.client)
    assert not (tmp_path / "runs").exists()
