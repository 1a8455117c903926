import pytest
from cli_views import study_view

from hpsearch.cli import pace


def view(budget=None, **rest):
    return study_view(definition={"budget": budget or {}}, **rest)


def test_trials_per_minute_are_of_active_time():
    assert pace.trials_per_minute(view(completed=8, pruned=2, running=5, active_seconds=60.0)) == 10.0
    assert pace.trials_per_minute(view(completed=2, active_seconds=60.0)) is None
    assert pace.trials_per_minute(view(completed=9, active_seconds=4.0)) is None


@pytest.mark.parametrize(
    ("study", "seconds"),
    [
        (view({"max_trials": 40}, completed=10, active_seconds=60.0), 180.0),
        (view({"max_trials": 40, "max_seconds": 70.0}, completed=10, active_seconds=60.0), 10.0),
        (view({"max_seconds": 50.0}, completed=10, active_seconds=60.0), 0.0),
        (view(grid_size=10, completed=10, active_seconds=60.0), 0.0),
        (view({"max_trials": 40}, completed=1, active_seconds=1.0), None),
        (view(completed=10, active_seconds=60.0), None),
        (view({"max_trials": 40}, completed=10, active_seconds=60.0, state="paused"), None),
    ],
)
def test_the_time_left_is_that_of_the_nearest_limit(study, seconds):
    assert pace.seconds_left(study) == seconds


def test_the_share_is_that_of_the_limit_that_ends_it_first():
    assert pace.share(view({"max_trials": 40, "max_seconds": 100.0}, completed=10, active_seconds=60.0)) == 0.6
    assert pace.share(view({"max_trials": 40}, completed=10)) == 0.25
    assert pace.share(view({"max_seconds": 5.0}, active_seconds=60.0)) == 1.0
    assert pace.share(view(completed=3)) is None
