import numpy as np
import pytest
from trial_tables import table_of

from hpsearch.analysis.advice.failures import Failure, normalised, shared_failures

SPACE = {
    "batch_size": {"type": "int", "low": 16, "high": 1024, "log": True},
    "rate": {"type": "float", "low": 1e-4, "high": 10.0, "log": True},
}


def searched(fails, number=50, seed=0):
    """Random trials; those that `fails` says of (trial, its parameters) have failed."""
    random = np.random.default_rng(seed)
    points = [
        {"batch_size": int(2 ** random.uniform(4, 10)), "rate": float(10 ** random.uniform(-4, 1))}
        for _ in range(number)
    ]
    failed = [fails(trial, point) for trial, point in enumerate(points)]
    values = [None if bad else abs(np.log10(point["rate"]) + 2) for bad, point in zip(failed, points, strict=True)]
    states = ["failed" if bad else "completed" for bad in failed]
    return table_of(points, values, states, space=SPACE), [trial for trial, bad in enumerate(failed) if bad]


def test_a_region_of_a_parameter_explains_failures():
    table, bad = searched(lambda _, point: point["batch_size"] >= 300)
    failures = {trial: Failure("out_of_memory", f"tried to allocate {trial}.5 GiB at 0x{trial:x}") for trial in bad}
    (found,) = shared_failures(table, failures, {})
    assert found.count == len(bad)
    assert found.trials == tuple(bad[:20])
    assert found.parameter == "batch_size"
    high = int(max(table.params["batch_size"][~np.isin(np.arange(50), bad)]))
    assert found.space == {"batch_size": SPACE["batch_size"] | {"high": high}}
    assert f"{len(bad)} of them have batch_size >=" in found.detail
    assert "--lanes" in found.action


def test_memory_runs_out_in_many_words():
    """As numpy says it: the unit differs, and what the array is of."""
    table, bad = searched(lambda _, point: point["batch_size"] >= 300)
    words = [
        "Unable to allocate 141. GiB for an array",
        "Unable to allocate 2.57 PiB for an array",
        "out of memory in fusion.3",
    ]
    (found,) = shared_failures(table, {trial: Failure("out_of_memory", words[trial % 3]) for trial in bad}, {})
    assert found.count == len(bad)
    assert found.parameter == "batch_size"


def test_a_host_explains_failures():
    table, bad = searched(lambda trial, _: trial % 5 == 0)
    failures = {trial: Failure("io", "[Errno 28] No space left on device: '/data/x'") for trial in bad}
    hosts = {trial: "node-3" if trial % 5 == 0 else f"node-{trial % 2}" for trial in range(50)}
    (found,) = shared_failures(table, failures, hosts)
    assert "10 of them ran on node-3; 0 of 40 other trials did." in found.detail
    assert "that host" in found.action
    assert found.space is None


def test_the_only_host_explains_nothing():
    table, bad = searched(lambda trial, _: trial % 5 == 0)
    failures = {trial: Failure("io", "full") for trial in bad}
    (found,) = shared_failures(table, failures, dict.fromkeys(range(50), "laptop"))
    assert "laptop" not in found.detail


def test_each_error_is_a_finding_of_its_own():
    table, bad = searched(lambda trial, _: trial < 12)
    failures = {trial: Failure("exception", "KeyError: 'a'" if trial % 2 else "ValueError: b") for trial in bad}
    found = shared_failures(table, failures, {})
    assert [one.trials for one in found] == [(0, 2, 4, 6, 8, 10), (1, 3, 5, 7, 9, 11)]
    assert "ValueError: b" in found[0].detail
    assert "traceback of trial 0" in found[0].action


@pytest.mark.parametrize("reason", ["exception", "diverged", "lost", "my_own_word"])
def test_any_reason_is_taken(reason):
    table, bad = searched(lambda trial, _: trial < 5)
    (found,) = shared_failures(table, {trial: Failure(reason, "") for trial in bad}, {})
    assert found.detail.startswith(f"5 trials failed with {reason}.")


def test_different_errors_and_few_failures_say_nothing():
    table, bad = searched(lambda trial, _: trial < 3)
    assert shared_failures(table, {trial: Failure("exception", "abc"[trial]) for trial in bad}, {}) == ()
    table, bad = searched(lambda trial, _: trial < 2)
    assert shared_failures(table, {trial: Failure("exception", "a") for trial in bad}, {}) == ()
    assert shared_failures(table, {}, {}) == ()


def test_errors_of_trials_that_went_on_say_nothing():
    table, _ = searched(lambda _trial, _point: False)
    assert shared_failures(table, {trial: Failure("exception", "a") for trial in range(9)}, {}) == ()


def test_where_all_trials_failed_the_error_is_said():
    table, bad = searched(lambda _trial, _point: True)
    (found,) = shared_failures(table, {trial: Failure("exception", "no module named x") for trial in bad}, {})
    assert found.count == 50
    assert len(found.trials) == 20
    assert found.parameter is None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("allocating 1024 bytes", "allocating 2.5e9 bytes"),
        ("object at 0x7f3a", "object at 0xdeadBEEF"),
        ("no file /tmp/a1/b.npy here", "no file /data/c.npy here"),
        ("no file 'C:\\x\\y' here", "no file 'D:\\z' here"),
        ("loss is NaN", "loss is -inf"),
        ("two   blanks\n", "two blanks"),
    ],
)
def test_messages_that_differ_in_numbers_addresses_and_paths_are_the_same(a, b):
    assert normalised(a) == normalised(b)


@pytest.mark.parametrize(("a", "b"), [("KeyError: 'a'", "KeyError: 'b'"), ("info", "nano"), ("", "x")])
def test_other_messages_differ(a, b):
    assert normalised(a) != normalised(b)


def test_a_long_message_is_cut():
    table, bad = searched(lambda trial, _: trial < 5)
    (found,) = shared_failures(table, {trial: Failure("exception", "<b>" * 10_000) for trial in bad}, {})
    assert len(found.detail) < 400
