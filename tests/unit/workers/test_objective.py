import numpy as np
import pytest

from hpsearch.errors import TrialStopped
from hpsearch.study import Direction
from hpsearch_workers.objective import Outcome, TrialRun, outcome_of


def run(reporter, **changes):
    fields = {
        "study": "s",
        "objective": "module:function",
        "number": 0,
        "attempt": 1,
        "params": {},
        "settings": {},
        "seed": 0,
        "metric": "val_loss",
        "direction": Direction.MINIMIZE,
    }
    return TrialRun(**{**fields, **changes}, reporter=reporter)


def test_report_hands_over_plain_numbers():
    seen = []
    run(lambda *args: seen.append(args)).report(3, np.float32(0.5), {"val_accuracy": 0.9})
    assert seen == [(3, 0.5, {"val_accuracy": 0.9})]
    assert type(seen[0][1]) is float


def test_report_lets_the_decision_through():
    def stop(step, value, metrics):
        raise TrialStopped("stop", "asha")

    with pytest.raises(TrialStopped, match="stop: asha"):
        run(stop).report(1, 0.0)


def test_metrics_and_directions_are_always_lists():
    assert run(print).metrics == ("val_loss",)
    several = run(print, metric=("a", "b"), direction=(Direction.MINIMIZE, Direction.MAXIMIZE))
    assert several.metrics == ("a", "b")
    assert several.directions == (Direction.MINIMIZE, Direction.MAXIMIZE)


@pytest.mark.parametrize(
    ("returned", "values"),
    [(1, (1.0,)), (np.float32(0.5), (0.5,)), ([1, 2.5], (1.0, 2.5)), ((0.5,), (0.5,)), (np.ones(()), (1.0,))],
)
def test_a_plain_return_becomes_an_outcome(returned, values):
    assert outcome_of(returned) == Outcome(values)


def test_an_outcome_stays_itself():
    outcome = Outcome((0.5,), best_step=3)
    assert outcome_of(outcome) is outcome


@pytest.mark.parametrize("returned", [None, "0.5", {}, [], [None], object()])
def test_anything_else_is_refused_with_what_was_found(returned):
    with pytest.raises(TypeError, match="an objective returns a number"):
        outcome_of(returned)
