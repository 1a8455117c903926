"""What needs no page: numbers, times, progress, addresses, and drafts, in the browser's own JavaScript."""

import math
from itertools import pairwise

import pytest

COUNTS = dict.fromkeys(("queued", "running", "paused", "completed", "pruned", "failed", "cancelled"), 0)


@pytest.fixture
def page(home):
    return home


def study(**fields):
    """A study as the API shows it, as far as it matters here."""
    budget = {"max_trials": None, "max_seconds": None, "target_value": None} | fields.pop("budget", {})
    definition = {"description": "", "objective": "m:f", "budget": budget}
    view = {
        "name": "s",
        "state": "active",
        "grid_size": None,
        "active_seconds": 0,
        "best_value": None,
        "created_at": "2026-01-01T00:00:00Z",
    }
    return view | {"definition": definition, "counts": COUNTS | fields.pop("counts", {})} | fields


@pytest.fixture
def call(page):
    """Calls a function of a module in the page."""

    def call(module, function, *arguments):
        script = "([module, name, values]) => import(`/static/${module}.js`).then((found) => found[name](...values))"
        return page.evaluate(script, [module, function, list(arguments)])

    return call


def test_numbers_times_and_durations(call):
    cases = [
        ("number", ["NaN"], "NaN"),
        ("number", ["-Infinity"], "-Infinity"),
        ("number", [None], "—"),
        ("number", [0], "0"),
        ("number", [-0.0000123456789], "-1.2346e-5"),
        ("number", [0.1 + 0.2], "0.3"),
        ("number", [123456.789], "123457"),
        ("number", [1e300], "1e+300"),
        ("number", [12345678.5], "1.2346e+7"),
        ("duration", [0], "0.0 s"),
        ("duration", [59.6], "1 min"),
        ("duration", [61], "1 min 1 s"),
        ("duration", [7260], "2 h 1 min"),
        ("duration", [190_000], "2 d 4 h"),
        ("duration", [None], "—"),
        ("duration", [math.inf], "—"),
        ("many", [1, "trial"], "1 trial"),
        ("many", [12_000, "trial"], "12,000 trials"),
        ("relative", ["2026-01-01T00:00:00Z", 1_767_225_602_000], "just now"),
        ("relative", ["2026-01-01T00:00:00Z", 1_767_225_600_000 + 7_200_000], "2 hr. ago"),
        ("ago", [4.9], "just now"),
        ("ago", [59.9], "59 s ago"),
        ("ago", [3600], "1 h ago"),
        ("ago", [200_000], "2 d ago"),
        ("bytes", [0], "0 B"),
        ("bytes", [1023], "1020 B"),
        ("bytes", [150_754_820_096], "140 GiB"),
        ("percent", [0.996], "99 %"),
        ("percent", [1], "100 %"),
        ("value", ["text"], "text"),
        ("value", [None], "null"),
        ("value", [[1, "a"]], '[1,"a"]'),
    ]
    assert [(name, given, call("format", name, *given)) for name, given, _ in cases] == cases


def test_where_a_value_is_in_its_range(call):
    linear = {"type": "float", "low": -1, "high": 1}
    log = {"type": "int", "low": 1, "high": 100, "log": True, "step": 1}
    cases = [
        (linear, 0.5, 0.75),
        (linear, 7, 1),
        (log, 10, 0.5),
        (linear | {"high": -1}, -1, None),
        (linear, "NaN", None),
        ({"type": "categorical", "choices": ["a"]}, "a", None),
        ({"type": "constant", "value": None}, None, None),
    ]
    found = [
        (parameter, value, call("pages/trial/range", "shareOf", parameter, value)) for parameter, value, _ in cases
    ]
    assert found == cases
    choices = {"type": "categorical", "choices": [*range(14)], "when": {"a": [1, None], "b": "x"}}
    some = ", ".join(str(choice) for choice in range(12))
    assert call("pages/trial/range", "written", choices) == f"one of {some} and 2 more, where a is 1 or null and b is x"
    assert call("pages/trial/range", "written", linear | {"step": 0.5}) == "-1 to 1, in steps of 0.5"
    assert call("pages/trial/range", "written", log) == "1 to 100, logarithmic"


def test_points_without_a_neighbour(call):
    assert call("pages/trial/series", "alone", [1, math.nan, 2, 3, math.nan, math.nan, 4]) == [0, 6]
    assert call("pages/trial/series", "alone", []) == []
    assert call("pages/trial/series", "handovers", {"step": [1, 2, 5, 6], "attempt": [1, 1, 3, 3]}) == [5]


def test_how_far_a_study_is_and_how_long_it_takes(call):
    def progress(**fields):
        found = call("pages/studies/progress", "progressOf", study(**fields))
        return found["done"], found["total"], found["share"], found["perMinute"], found["secondsLeft"]

    ended = {"completed": 5, "pruned": 2, "failed": 2, "cancelled": 1, "running": 4}
    assert progress() == (0, None, None, None, None)
    by_trials = {"counts": ended, "active_seconds": 60, "budget": {"max_trials": 40}}
    assert progress(**by_trials) == (10, 40, 0.25, 10, 180)
    assert progress(**by_trials, state="paused")[4] is None
    assert progress(counts=ended, active_seconds=60, grid_size=20) == (10, 20, 0.5, 10, 60)
    both = {"max_trials": 40, "max_seconds": 80}
    assert progress(counts=ended, active_seconds=60, budget=both) == (10, 40, 0.75, 10, 20)
    assert progress(counts={"completed": 2}, active_seconds=60, budget={"max_trials": 4})[3:] == (None, None)
    assert progress(counts=ended, active_seconds=90, budget={"max_seconds": 80})[2:] == (1, 10 / 1.5, 0)


def test_an_address_asks_the_server_for_studies(call, page):
    def asked(address):
        script = """([address]) => import("/static/pages/studies/list.js").then(({ searchOf, wantedOf }) =>
            searchOf(wantedOf(new URLSearchParams(address))))"""
        return page.evaluate(script, [address])

    usual = "limit=50&sort=-created_at"
    assert asked("") == usual
    assert asked("sort=best_value&state=paused&q=+a%25b+") == "limit=50&sort=best_value&search=a%25b&state=paused"
    assert asked("tag=b&tag=a&tag=b") == f"{usual}&tag=b&tag=a"
    assert asked("sort=-no-such-order&state=none&q=+") == usual
    assert asked("q=" + "x" * 300) == f"{usual}&search={'x' * 200}"
    assert call("pages/studies/list", "tagPath", "a&b") == "/?tag=a%26b"


def test_a_study_goes_through_the_form_unchanged(call):
    document = {
        "name": "s",
        "description": "d",
        "objective": "m:f",
        "direction": ["minimize", "maximize"],
        "metric": ["a", "b"],
        "space": {
            "x": {"type": "float", "low": 1e-05, "high": 1, "log": True, "when": {"c": ["1"]}},
            "c": {
                "type": "categorical",
                "choices": ["1", 1, True, None, "a, b", " padded", '"quoted"', "", "back\\", "plain"],
            },
            "n": {"type": "constant", "value": None},
        },
        "sampler": {"name": "grid", "seed": 3, "shuffle": True},
        "pruner": {"name": "threshold", "upper": 2},
        "budget": {"max_trials": 3},
        "attempts": {"errors": 1},
        "settings": {"deep": {"list": [1, None]}},
    }
    draft = call("pages/studies/draft", "draftOf", document)
    assert call("pages/studies/draft", "studyOf", draft) == document


def test_spans_of_time_are_packed_into_as_few_lanes_as_it_takes(call):
    names = ["w10", "w2", "w2", "w2", "w10"]
    packed = call("charts/lanes", "pack", names, [0, 0, 5, 10, 3], [3, 10, 20, 12, 4])
    lanes = [(lane["name"], lane["first"]) for lane in packed["lanes"]]
    assert lanes == [("w2", True), ("w2", False), ("w10", True)]
    assert [packed["lane"][place] for place in range(5)] == [2, 0, 1, 0, 2]
    assert call("charts/lanes", "pack", [], [], [])["lanes"] == []


def test_times_on_an_axis_are_round(call):
    begin = 1_767_225_600  # midnight UTC
    for length, most, apart in ((12, 5, 5), (3600, 6, 600), (86_400 * 3, 4, 86_400), (86_400 * 900, 5, 86_400 * 180)):
        ticks = call("charts/lanes", "timeTicks", begin + 0.5, begin + length, most)
        times = [tick["at"] for tick in ticks]
        assert 1 <= len(times) <= most + 1
        assert all(later - sooner == apart for sooner, later in pairwise(times))
        assert all(begin < time <= begin + length for time in times)
        assert all(tick["label"] for tick in ticks)
