"""What people and dashboards read: lists of trials, the best, curves, exports."""

import base64
import json
from functools import cmp_to_key
from math import inf, nan

import pytest

from hpsearch.errors import InvalidInput, TrialNotFound
from hpsearch.trial import TrialState

pytestmark = pytest.mark.anyio

SPACE = {
    "rate": {"type": "float", "low": 0, "high": 1},
    "width": {"type": "int", "low": 1, "high": 64},
    "kind": {"type": "categorical", "choices": ["sgd", "adam", "1", 1, 1.5, True, None, 'q"\\\N{SNOWMAN}']},
    "momentum": {"type": "float", "low": 0, "high": 1, "when": {"kind": ["sgd"]}},
    "fixed": {"type": "constant", "value": "x"},
    "dotted.name-1": {"type": "int", "low": 0, "high": 3},
}
POINTS = [  # rate, width, kind, dotted; how it ends
    (0.5, 1, "sgd", 0, 0.25),
    (0.25, 2, "adam", 1, 0.25),
    (0.125, 3, "1", 2, -1.5),
    (0.5, 4, 1, 3, 3),
    (0.75, 5, 1.5, 0, "pruned nan"),
    (1.0, 6, True, 1, "pruned nan"),
    (0.0, 7, None, 2, "pruned inf"),
    (0.1, 8, 'q"\\\N{SNOWMAN}', 3, "pruned -inf"),
    (0.2, 9, "sgd", 0, "failed"),
    (0.3, 64, "adam", 1, "failed"),
    (0.4, 10, "adam", 2, "running"),
    (0.6, 11, "adam", 3, "queued"),
    (0.7, 12, "adam", 0, 0.25),
    (0.8, 13, "adam", 0, "cancelled"),
]


async def fill(lab, name="s"):
    """A trial a point, ended at different and at equal times, and out of order."""
    await lab.create(
        name, space=SPACE, pruner={"name": "threshold", "lower": -2.0, "upper": 9.0}, attempts={"errors": 1}
    )
    leases = {}
    for rate, width, kind, dotted, _ in POINTS:
        params = {"rate": rate, "width": width, "kind": kind, "fixed": "x", "dotted.name-1": dotted}
        await lab.enqueue(name, params=params | ({"momentum": 0.9} if kind == "sgd" else {}))
    for lease in await lab.ask(len(POINTS), studies=[name]):
        leases[lease.trial] = lease
    for number in (3, 0, 1, 2, 5, 4, 7, 6, 9, 8, 13, 12, 11, 10):
        if number % 3 == 0:
            lab.clock.forward(0.000001)
        how = POINTS[number][4]
        if isinstance(how, int | float):
            await lab.complete(leases[number], how, metrics={"acc": how / 2}, device_seconds=number % 4)
        elif how.startswith("pruned"):
            assert (await lab.report(leases[number], 1, float(how.split()[1]))).decision == "stop"
            await lab.release(leases[number])
        elif how == "failed":
            await lab.fail(leases[number])
        elif how == "queued":
            await lab.release(leases[number])
        elif how == "cancelled":
            await lab.cancel(number, name)
            await lab.release(leases[number])
    return [trial for page in await lab.pages(name) for trial in page]


async def numbers(lab, limit=100, **fields):
    """The numbers of all pages, and how many pages there were."""
    found, cursor, pages = [], None, 0
    while True:
        page = await lab.service.list_trials("s", limit=limit, cursor=cursor, **fields)
        found += [trial.number for trial in page.items]
        pages += 1
        assert len(page.items) == limit or page.next_cursor is None
        cursor = page.next_cursor
        if cursor is None:
            return found, pages


def in_order(trials, key, *, falling):
    """By the key, missing ones last, equal ones by their number."""

    def by_key(one, other):
        a, b = key(one), key(other)
        if a is None or b is None:
            return (a is None) - (b is None)
        a_nan, b_nan = a != a, b != b
        found = (a_nan > b_nan) - (a_nan < b_nan) if a_nan or b_nan else (a > b) - (a < b)
        return -found if falling else found

    return [trial.number for trial in sorted(trials, key=cmp_to_key(by_key))]


SORTS = {
    "number": lambda trial: trial.number,
    "value": lambda trial: trial.value,
    "finished_at": lambda trial: trial.finished_at,
    "values.val_loss": lambda trial: trial.value,
    "params.rate": lambda trial: trial.params["rate"],
    "params.momentum": lambda trial: trial.params.get("momentum"),
    "params.kind": lambda trial: list(map(repr, SPACE["kind"]["choices"])).index(repr(trial.params["kind"])),
    "metrics.acc": lambda trial: trial.metrics.get("acc"),
    "metrics.never": lambda trial: None,
    "last_step": lambda trial: trial.last_step,
    "created_at": lambda trial: trial.created_at,
    "seq": lambda trial: trial.seq,
}


async def test_the_pages_of_every_order_have_every_trial_once(lab):
    trials = await fill(lab)
    values = [trial.value for trial in trials]
    assert repr(values) == repr([0.25, 0.25, -1.5, 3.0, nan, nan, inf, -inf, None, None, None, None, 0.25, None])
    for sort, key in SORTS.items():
        for falling in (False, True):
            wanted = in_order(trials, key, falling=falling)
            for limit in (1, 2, 3, 5, len(trials) - 1, len(trials), 100):
                found, pages = await numbers(lab, limit, sort=f"-{sort}" if falling else sort)
                assert found == wanted, (sort, falling, limit)
                assert pages == max(1, -(-len(trials) // limit))


async def test_pages_of_a_filtered_order(lab):
    trials = [
        trial for trial in await fill(lab) if trial.state in ("completed", "pruned") and trial.params["rate"] > 0.1
    ]
    for sort, key in SORTS.items():
        wanted = in_order(trials, key, falling=True)
        states = (TrialState.COMPLETED, TrialState.PRUNED)
        found, _ = await numbers(lab, 2, sort=f"-{sort}", states=states, where=["params.rate>0.1"])
        assert found == wanted


def has(name, test):
    return lambda trial: name in trial.params and test(trial.params[name])


WHERE = {
    "params.rate>=0.5": has("rate", lambda rate: rate >= 0.5),
    "params.rate > 0.5": has("rate", lambda rate: rate > 0.5),
    "params.rate<0.25": has("rate", lambda rate: rate < 0.25),
    "params.rate<=0.25": has("rate", lambda rate: rate <= 0.25),
    "params.rate=0.1": has("rate", lambda rate: rate == 0.1),
    "params.rate!=0.5": has("rate", lambda rate: rate != 0.5),
    "params.rate=nan": lambda trial: False,
    "params.rate<inf": lambda trial: True,
    "params.width=64": has("width", lambda width: width == 64),
    "params.width<6.5": has("width", lambda width: width < 6.5),
    "params.momentum>0": has("momentum", lambda _: True),
    "params.dotted.name-1=3": has("dotted.name-1", lambda value: value == 3),
    "params.kind=adam": has("kind", lambda kind: kind == "adam"),
    'params.kind="adam"': has("kind", lambda kind: kind == "adam"),
    "params.kind!=adam": has("kind", lambda kind: kind != "adam"),
    'params.kind="1"': has("kind", lambda kind: kind == "1"),
    "params.kind=1": has("kind", lambda kind: kind == "1" or (kind == 1 and kind is not True)),
    "params.kind=1.5": has("kind", lambda kind: kind == 1.5),
    "params.kind=true": has("kind", lambda kind: kind is True),
    "params.kind=null": has("kind", lambda kind: kind is None),
    'params.kind=q"\\\N{SNOWMAN}': has("kind", lambda kind: kind == 'q"\\\N{SNOWMAN}'),
    "params.fixed=x": lambda trial: True,
    "value=0.25": lambda trial: trial.value == 0.25,
    "value<0.25": lambda trial: trial.value is not None and trial.value < 0.25,
    "value<=3": lambda trial: trial.value is not None and trial.value <= 3,
    "values.val_loss<-1e300": lambda trial: trial.value == -inf,
    "metrics.acc<1": lambda trial: trial.metrics.get("acc", inf) < 1,
    "attempts>=1": lambda trial: True,
    "device_seconds>=2": lambda trial: trial.number in (2, 3),  # of the completed 0, 1, 2, 3 and 12
    "finished_at>1893456000": lambda trial: trial.finished_at is not None,
    "value<-1e300": lambda trial: trial.value == -inf,
}


async def test_trials_by_condition(lab):
    trials = await fill(lab)
    for condition, holds in WHERE.items():
        found, _ = await numbers(lab, where=[condition])
        assert found == [trial.number for trial in trials if holds(trial)], condition
    both, _ = await numbers(lab, where=["params.kind=adam", "value=0.25"], states=[TrialState.COMPLETED])
    assert both == [1, 12]


async def test_nan_and_infinity_compare_alike_on_each_database(lab):
    """NaN counts as the greatest number, as in the order of lists."""
    await fill(lab)
    found = {
        condition: (await numbers(lab, where=[condition]))[0]
        for condition in ("value>3", "value=nan", "value>=inf", "value!=0.25")
    }
    assert found == {
        "value>3": [4, 5, 6],
        "value=nan": [4, 5],
        "value>=inf": [4, 5, 6],
        "value!=0.25": [2, 3, 4, 5, 6, 7],
    }


def packed(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


NO_PLACES = [
    *([None, number] for number in (True, False, None, 1.0, "1", [1], 2**31, -(2**63), 10**300)),
    *(None, True, 1, "ab", [], [None], [None, 1, 1], {"a": 1, "b": 2}),
]
"""What no cursor of a list of trials holds."""


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sort": "loss"}, "sort: must be one of number, value, values.METRIC"),
        ({"where": [">1"]}, "where.0: must be like"),
        ({"where": ["rate>1"]}, "where.0: must compare one of number, value"),
        ({"where": ["value>1", "params.nothing=1"]}, "where.1: there is no parameter 'nothing'"),
        ({"where": ["value>x"]}, "where.0: must compare with a number"),
        ({"where": ["params.kind>adam"]}, "where.0: kind has no order"),
        ({"where": ["params.kind=rmsprop"]}, "where.0: kind is never 'rmsprop'"),
        ({"cursor": "x"}, "cursor: must be the next_cursor"),
        ({"cursor": "W10"}, "cursor: must be the next_cursor"),
        ({"cursor": "WyJ4IiwxXQ", "sort": "value"}, "cursor: must be the next_cursor"),
        ({"cursor": "WzEsOTk5OTk5OTk5OTldiI"}, "cursor: must be the next_cursor"),
        *(({"cursor": packed(last)}, "cursor: must be the next_cursor") for last in NO_PLACES),
        *(({"cursor": packed([last, 1]), "sort": "value"}, "cursor: must be") for last in (True, "x", [], {}, 10**400)),
        *(
            ({"cursor": packed([last, 1]), "sort": "finished_at"}, "cursor: must be")
            for last in (False, "x", [], 10**400)
        ),
    ],
)
async def test_what_cannot_be_asked_of_a_list_is_refused(lab, fields, message):
    await lab.create(space=SPACE)
    with pytest.raises(InvalidInput, match=message):
        await lab.service.list_trials("s", **{"limit": 1, "cursor": None} | fields)


async def test_lists_show_one_study(lab):
    await lab.create("other")
    await lab.ask(3)
    await lab.create()
    await lab.ask(2, studies=["s"])
    assert await numbers(lab) == ([0, 1], 1)
    assert (await numbers(lab, where=["params.x>=0"]))[0] == [0, 1]


async def test_a_trial_with_its_attempts(lab):
    await lab.create()
    await lab.fail(await lab.ask_one(worker="a"), "io")
    lab.clock.forward(10)
    await lab.ask_one(worker="b")
    trial = await lab.trial(0)
    assert [(one.number, one.worker, one.end) for one in trial.history] == [(1, "a", "failed"), (2, "b", None)]
    for number in (-1, 1, 10**30):
        with pytest.raises(TrialNotFound):
            await lab.trial(number)


async def test_a_curve_is_paged_by_step(lab):
    await lab.create()
    lease = await lab.ask_one()
    for step in (5, 1, 3, 0):
        await lab.report(lease, step, step / 10)
    found, cursor = [], None
    while True:
        page = await lab.service.list_reports("s", 0, 3, cursor)
        found.append([report.step for report in page.items])
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [[0, 1, 3], [5]]
    with pytest.raises(InvalidInput, match="cursor"):
        await lab.service.list_reports("s", 0, 3, "-1")


async def test_an_export_has_every_trial_in_pages(lab):
    await lab.create()
    await lab.ask(1000)
    await lab.ask(1)
    pages = await lab.pages()
    assert [len(page) for page in pages] == [500, 500, 1]
    assert [trial.number for page in pages for trial in page] == list(range(1001))


async def test_the_names_of_all_metrics(lab):
    await lab.create()
    assert await lab.service.metric_names("s") == []
    leases = await lab.ask(5)
    await lab.complete(leases[4], 0.5, metrics={"b": 1.0, "a": float("nan")})
    await lab.complete(leases[0], 0.5, metrics={"c": 2.0})
    assert await lab.service.metric_names("s") == ["a", "b", "c"]


async def test_the_history_of_a_study_is_read_from_its_end(lab):
    await lab.create()
    leases = await lab.ask(3)
    await lab.complete(leases[1], 0.5)
    await lab.patch(state="paused")
    found, cursor = [], None
    while True:
        page = await lab.service.study_history("s", 2, cursor)
        found += [(event.trial, event.to_state, event.cause) for event in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found[0][:2] == (None, "paused")
    assert found[1:-1] == [(1, "completed", "completed"), *((number, "running", "ask") for number in (2, 1, 0))]
    assert found[-1][:2] == (None, "active")
    with pytest.raises(InvalidInput, match="cursor"):
        await lab.service.study_history("s", 2, "x")


# The best


@pytest.mark.parametrize(("direction", "best"), [("minimize", 2), ("maximize", 1)])
async def test_the_best_is_the_first_of_the_best_completed_trials(lab, direction, best):
    await lab.create(direction=direction, pruner={"name": "threshold", "upper": 90.0, "lower": -90.0})
    assert (await lab.service.best("s")).trials == []
    leases = await lab.ask(8)
    for lease, value in zip(leases, [0.5, 0.7, 0.3, 0.7, 0.3, nan], strict=False):
        await lab.complete(lease, value)
    for lease, value in zip(leases[6:], [-99.0, 99.0], strict=True):
        await lab.report(lease, 1, value)
        await lab.release(lease)
    assert [trial.number for trial in (await lab.service.best("s")).trials] == [best]
    study = await lab.study()
    assert (study.best_trial, study.best_value) == (best, 0.3 if direction == "minimize" else 0.7)


async def test_the_best_of_several_objectives_is_the_front(lab):
    await lab.create(direction=["minimize", "maximize"], metric=["loss", "accuracy"])
    values = [(0.5, 0.5), (0.4, 0.4), (0.6, 0.9), (0.4, 0.4), (0.4, 0.3), (0.7, 0.9), (0.1, nan)]
    for lease, pair in zip(await lab.ask(len(values)), values, strict=True):
        await lab.complete(lease, *pair)
    found = (await lab.service.best("s")).trials
    assert [trial.number for trial in found] == [0, 1, 2, 3]
    study = await lab.study()
    assert (study.best_trial, study.best_value) == (None, None)
