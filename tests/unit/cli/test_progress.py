import io

import pytest
from cli_views import study_view
from rich.console import Console

from hpsearch.cli import progress


def view(budget=None, **rest):
    return study_view(definition={"budget": budget or {}}, **rest)


def test_the_time_left_follows_the_pace_since_a_trial_was_first_seen_to_run():
    estimate = progress.Estimate(began=70.0)
    assert estimate.seconds_left(view(budget={"max_trials": 20}, completed=10), 80.0) is None
    assert estimate.seconds_left(view(budget={"max_trials": 20}, completed=10, running=1), 100.0) is None
    assert estimate.seconds_left(view(budget={"max_trials": 20}, completed=12), 110.0) == pytest.approx(40.0)
    assert estimate.seconds_left(view(budget={"max_trials": 20}, completed=15, failed=5), 150.0) == 0.0


def test_the_nearest_limit_counts():
    estimate = progress.Estimate(began=0.0)
    budget = {"max_trials": 100, "max_seconds": 30.0}
    assert estimate.seconds_left(view(budget=budget, active_seconds=10.0, running=1), 0.0) == 20.0
    assert estimate.seconds_left(view(budget=budget, active_seconds=11.0, completed=99), 10.0) == pytest.approx(10 / 99)
    assert progress.Estimate(0.0).seconds_left(view(), 10.0) is None


def test_a_grid_is_a_limit_too():
    assert progress.total_trials(view(grid_size=12)) == 12
    assert progress.total_trials(view(budget={"max_trials": 5}, grid_size=12)) == 5
    assert progress.total_trials(view()) is None


def test_the_summary_names_what_there_is():
    found = progress.summary(view(budget={"max_trials": 30}, completed=4, pruned=2, failed=1, running=3))
    assert found == "7 of 30 trials, 3 running, 2 pruned, 1 failed"
    assert progress.summary(view()) == "0 trials"


def test_lines_come_when_something_changed_and_not_too_often(capsys):
    shown = progress.progress(began=0.0)  # standard error is no terminal here
    with shown:
        shown.show(view(completed=1, best=0.5), None, 1.0)
        shown.show(view(completed=2, best=0.5), None, 2.0)
        shown.show(view(completed=3, best=0.25), None, 12.0)
        shown.show(view(completed=3, best=0.25), None, 50.0)
        shown.show(view(completed=3, best=0.25, state="finished"), None, 51.0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "[1.0 s] s active: 1 trials; best val_loss 0.5 (trial 3)",
        "[12.0 s] s active: 3 trials; best val_loss 0.25 (trial 3)",
        "[51.0 s] s finished: 3 trials; best val_loss 0.25 (trial 3)",
    ]


def test_the_live_display_tells_the_same():
    live = progress.LiveProgress(began=0.0)
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(live._drawn(view(budget={"max_trials": 4}, completed=2, best=0.5), None, 10.0))
    text = console.export_text()
    assert "active  10.0 s" in text
    assert "2 of 4 trials" in text
    assert "best val_loss 0.5" in text
