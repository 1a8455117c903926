"""How the user's functions are run."""

import math

import numpy as np
import pytest

from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch.trial import Checkpoint
from hpsearch.wire.verbs import Lease, Work
from hpsearch_workers.agent.channel import Decide, Run
from hpsearch_workers.checkpoints import BestWeights
from hpsearch_workers.functions import FunctionRunner
from hpsearch_workers.objective import Outcome


class Link:
    """A link that wants the trial ended at a step."""

    def __init__(self, stop_at=None):
        self.reported = []
        self._stop_at = stop_at

    def tell(self, event):
        self.reported.append(event.item)

    def decision(self, lease):
        stops = self.reported[-1].step == self._stop_at
        return Decide(lease=lease, decision="stop", reason="asha") if stops else None


@pytest.fixture
def run(tmp_path):
    """Runs one trial of a function; how it ended."""

    def run(function, link=None, metric="v", resume=None, settings=None):
        lease = Lease(lease="t", study="s", trial=3, attempt=2, params={"x": 1.5}, seed=9, resume=resume)
        several = isinstance(metric, tuple)
        direction = ("minimize",) * len(metric) if several else "minimize"
        work = Work(objective="mine:f", settings=settings or {}, metric=metric, direction=direction)
        runner = FunctionRunner(link or Link(), BestWeights(tmp_path, 3))
        return runner.run(function, Run(lease=lease, work=work))

    return run


def test_the_objective_sees_its_trial(run):
    seen = []

    def objective(trial):
        seen.append(trial)
        return 0.5

    item = run(objective, resume={"ref": "r", "step": 4}, settings={"a": [1]})
    assert (item.lease, item.state, item.values) == ("t", "completed", (0.5,))
    [trial] = seen
    assert (trial.study, trial.objective, trial.number, trial.attempt, trial.seed) == ("s", "mine:f", 3, 2, 9)
    assert (trial.params, trial.settings, trial.metric) == ({"x": 1.5}, {"a": [1]}, "v")
    assert trial.resume == Checkpoint("r", 4)


def test_numbers_of_numpy_travel(run):
    link = Link()

    def objective(trial):
        trial.report(np.int64(1), np.float32(0.5), {"accuracy": np.float64(0.25)})
        metrics = {"accuracy": np.float32(0.5)}
        return Outcome(
            (np.float32(0.5),), metrics, best_step=1, artifacts={"matrix": [[1]]}, trace={"p": 1}, device_seconds=2.0
        )

    item = run(objective, link)
    [reported] = link.reported
    assert (reported.step, reported.value, reported.metrics) == (1, 0.5, {"accuracy": 0.25})
    assert (item.values, item.metrics, item.best_step) == ((0.5,), {"accuracy": 0.5}, 1)
    assert (item.artifacts, item.trace, item.device_seconds) == ({"matrix": [[1]]}, {"p": 1}, 2.0)


def test_divergence_is_told_as_it_is(run):
    assert math.isnan(run(lambda trial: float("nan")).values[0])


def test_the_decision_to_end_gives_the_trial_back(run):
    def objective(trial):
        for step in range(1, 100):
            trial.report(step, 0.0)

    link = Link(stop_at=3)
    item = run(objective, link)
    assert (item.state, item.values, len(link.reported)) == ("released", None, 3)


def _raises(error):
    def objective(trial):
        raise error

    return objective


@pytest.mark.parametrize(
    ("objective", "reason", "said"),
    [
        (_raises(InvalidSettings.at("settings.a", "is missing")), "invalid_settings", "settings.a: is missing"),
        (_raises(InvalidInput.at("params.x", "is odd")), "invalid_parameters", "params.x: is odd"),
        (_raises(MemoryError()), "out_of_memory", "MemoryError"),
        (_raises(FileNotFoundError("data")), "io", "data"),
        (_raises(KeyboardInterrupt()), "exception", "KeyboardInterrupt"),
        (lambda trial: None, "exception", "an objective returns a number"),
        (lambda trial: [1.0, 2.0], "exception", "returned 2 value(s), the study needs one each of: v"),
        (lambda trial: trial.report(1, 0.0, {"a b": 1}), "exception", "metrics"),
        (lambda trial: trial.report(1.5, 0.0), "exception", "integer"),
        (lambda trial: Outcome((0.0,), artifacts={"big": "x" * 300_000}), "exception", "256000 bytes"),
    ],
)
def test_what_goes_wrong_is_told_by_its_reason(run, objective, reason, said):
    item = run(objective)
    assert (item.state, item.error.reason) == ("failed", reason)
    assert said in item.error.message


def test_the_best_weights_are_kept_and_named(run, tmp_path):
    item = run(lambda trial: Outcome((0.5,), best_step=7, weights={"w": np.ones(3)}))
    assert (item.checkpoint.ref, item.checkpoint.step) == ("s/3-2", 7)
    assert (tmp_path / "s" / "3-2").is_dir()


def test_a_disk_that_is_full_costs_the_weights_not_the_trial(run, monkeypatch, capsys):
    def full(*arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr(BestWeights, "offer", full)
    item = run(lambda trial: 0.5)
    assert (item.state, item.values, item.checkpoint) == ("completed", (0.5,), None)
    assert "weights of trial 3 are not kept: No space left" in capsys.readouterr().err
