import json
import signal

import optuna
import pytest
from cli_views import study_view, trial_detail
from peer import Answer, problem

from hpsearch.cli import extras

optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'optuna.db'}"


@pytest.fixture
def study(url):
    study = optuna.create_study(storage=url, study_name="mine")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    return study


@pytest.fixture
def known(peer, study):
    """A server that has all three trials already."""
    peer.on("POST", "/api/v1/studies", Answer(200, study_view()))
    peer.on("POST", "/api/v1/studies/mine/enqueue", Answer(200, trial_detail()))
    return peer


def test_it_says_what_became_of_the_trials(cli, known, study, url):
    study.ask()
    outcome = cli("import", "optuna", url)
    assert outcome.code == 0
    assert outcome.out.splitlines() == ["study     mine", "already   3, ended here before", "left out  1 running"]


def test_as_json(cli, known, url):
    outcome = cli("import", "optuna", url, "--json")
    counts = {"completed": 0, "pruned": 0, "diverged": 0, "already": 3}
    assert json.loads(outcome.out) == {"study": "mine", **counts, "left_out": {}}


def test_options_reach_the_study(cli, known, url):
    known.on("POST", "/api/v1/studies/yours/enqueue", Answer(200, trial_detail()))
    known.on("PATCH", "/api/v1/studies/yours", Answer(200, study_view()))
    options = ["--as", "yours", "--objective", "m:f", "--sampler", "random", "--max-trials", "9"]
    assert cli("import", "optuna", url, "--study", "mine", *options).code == 0
    created = known.requests("POST", "/api/v1/studies")[0].json
    assert (created["name"], created["objective"], created["sampler"]["name"]) == ("yours", "m:f", "random")
    assert known.requests("PATCH", "/api/v1/studies/yours")[0].json["budget"]["max_trials"] == 9


def test_several_studies_need_a_name(cli, peer, study, url):
    optuna.create_study(storage=url, study_name="other")
    outcome = cli("import", "optuna", url)
    assert (outcome.code, outcome.out) == (2, "")
    assert "--study" in outcome.err
    assert "mine, other" in outcome.err
    assert cli("import", "optuna", url, "--study", "none").code == 3
    assert peer.seen == []


def test_a_database_that_cannot_be_opened(cli, peer, url):
    outcome = cli("import", "optuna", url)
    assert outcome.code == 2
    assert outcome.err.startswith("error: URL: there is no file")


def test_a_name_that_is_taken(cli, peer, study, url):
    peer.on("POST", "/api/v1/studies", problem(409, "study_exists", "mine exists"))
    assert cli("import", "optuna", url).code == 4


@pytest.fixture
def _heeds_ctrl_c():
    """Whoever runs the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heeds_ctrl_c")
def test_ctrl_c_says_how_to_go_on(cli, known, url):
    def interrupted(request):
        import _thread

        _thread.interrupt_main()
        return Answer(200, trial_detail())

    known.on("POST", "/api/v1/studies/mine/enqueue", Answer(200, trial_detail()), interrupted)
    outcome = cli("import", "optuna", url)
    assert outcome.code == 130
    assert "The same command goes on" in outcome.err


def test_without_optuna_it_says_what_to_install(cli, monkeypatch, url):
    monkeypatch.setitem(extras.EXTRAS, "optuna", ("no_such_package",))
    outcome = cli("import", "optuna", url)
    assert outcome.code == 1
    assert "pip install '.[optuna]'" in outcome.err
