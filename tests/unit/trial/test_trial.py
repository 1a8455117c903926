from dataclasses import replace
from datetime import UTC, datetime

from hpsearch.trial import Attempt, Trial, TrialState, trial_seed

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_seed_of_a_trial_is_a_function_of_the_studys_seed_and_the_number():
    seeds = {trial_seed(study, number) for study in range(20) for number in range(50)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert trial_seed(7, 3) == trial_seed(7, 3)
    assert trial_seed(1, 11) != trial_seed(11, 1)


def test_seeds_stay_the_same_from_release_to_release():
    assert [trial_seed(7, number) for number in range(3)] == [331541237, 1976908954, 673777523]


def test_the_value_of_a_trial_is_that_of_its_first_objective():
    trial = Trial(1, 0, TrialState.RUNNING, {}, seed=0, seq=1, view_seq=0, created_at=NOW)
    assert trial.value is None
    assert replace(trial, values=(0.5, 2.0)).value == 0.5
    assert trial.key == (1, 0)


def test_a_token_is_not_shown():
    attempt = Attempt(1, 0, 1, "secret", "w", "r", 0, "digest", NOW, NOW)
    assert "secret" not in repr(attempt)
    assert attempt.is_open
    assert not replace(attempt, ended_at=NOW).is_open
    assert attempt.key == (1, 0, 1)
