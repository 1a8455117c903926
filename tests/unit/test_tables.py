from types import SimpleNamespace

from tables import Tables, drawn


def _report(seconds, say):
    properties = []
    say(Tables(properties))
    return SimpleNamespace(user_properties=properties, duration=seconds)


def test_counts_add_up_over_tests_and_processes():
    reports = [
        _report(1.0, lambda tables: tables.add("kills", {("worker", "ask"): 1, ("server", "ask"): 2})),
        _report(2.5, lambda tables: tables.add("kills", {("worker", "tell"): 1_000, ("worker", "ask"): 4})),
        _report(9.0, lambda tables: None),
    ]
    assert list(drawn(reports)) == [
        "## kills (4 s)",
        "| | ask | tell | all |",
        "| --- | --- | --- | --- |",
        "| server | 2 | 0 | 2 |",
        "| worker | 5 | 1,000 | 1,005 |",
    ]


def test_a_table_of_one_column_needs_no_name_for_it():
    report = _report(1.0, lambda tables: tables.add("cuts", {("cuts", ""): 7}))
    assert list(drawn([report])) == ["## cuts (1 s)", "| |  |", "| --- | --- |", "| cuts | 7 |"]


def test_notes_follow():
    report = _report(1.0, lambda tables: [tables.note("ugly", "slowest 0.1 s"), tables.note("ugly", "no 5xx")])
    assert list(drawn([report])) == ["## ugly (1 s)", "slowest 0.1 s", "no 5xx"]
