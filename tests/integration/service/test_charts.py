"""Charts: what the analyses say of the trials as they stand, computed once for each state of the study."""

from math import inf

import pytest

from hpsearch.analysis import Against
from hpsearch.errors import InvalidInput, StudyNotFound
from hpsearch.service import drawings
from hpsearch.service.kept import Kept

pytestmark = pytest.mark.anyio

SPACE = {
    "rate": {"type": "float", "low": 0.001, "high": 1.0, "log": True},
    "kind": {"type": "categorical", "choices": ["a", "b"]},
}


async def complete(lab, *values, name="s"):
    """A trial for each value, one after the other, a second apart."""
    for value in values:
        await lab.complete(await lab.ask_one(studies=[name]), value, device_seconds=2.0)
        lab.clock.forward(1.0)


async def test_a_history_goes_on_with_the_study(lab):
    await lab.create(space=SPACE)
    drawing = drawings.History()
    empty = await lab.service.chart("s", drawing)
    assert (empty.number, empty.best.x, empty.of) == ([], [], 0)
    await complete(lab, 0.5, 0.75, 0.25)
    chart = await lab.service.chart("s", drawing)
    assert (chart.number, chart.y, chart.state) == ([0, 1, 2], [0.5, 0.75, 0.25], ["completed"] * 3)
    assert (chart.best.x, chart.best.y) == ([0, 2], [0.5, 0.25])
    in_time = await lab.service.chart("s", drawings.History(Against.SECONDS))
    assert in_time.x == [0.0, 1.0, 2.0]
    by_cost = await lab.service.chart("s", drawings.History(Against.DEVICE_SECONDS))
    assert by_cost.x == [2.0, 4.0, 6.0]


async def test_every_drawing_of_every_kind_of_study(lab):
    """None, one, only failed ones, and many: each has an answer."""
    every = [
        drawings.Importances(),
        drawings.History(),
        drawings.Slice("rate"),
        drawings.Contour("rate", "kind"),
        drawings.Rank("rate", "kind"),
        drawings.Edf(),
        drawings.Pareto(),
    ]
    await lab.create(space=SPACE, attempts={"errors": 1})
    for values in ((), (0.5,), (0.5, -inf, inf, *(number / 7 % 1 for number in range(30)))):
        await complete(lab, *values)
        await lab.fail(await lab.ask_one(), "io")
        for drawing in every:
            chart = await lab.service.chart("s", drawing)
            assert chart.model_validate_json(chart.model_dump_json()) == chart


async def test_categories_are_places_and_numbers_are_themselves(lab):
    await lab.create(space=SPACE)
    await lab.enqueue(params={"rate": 0.01, "kind": "b"})
    await complete(lab, 0.5)
    contour = await lab.service.chart("s", drawings.Contour("rate", "kind"))
    assert (contour.number, contour.trial_x, contour.trial_y, contour.trial_value) == ([0], [0.01], [1.0], [0.5])
    assert (contour.y.name, contour.y.is_ordered, contour.y.centres) == ("kind", False, [0.0, 1.0])
    assert [row.count(None) == len(row) for row in contour.values] == [True, False]
    rank = await lab.service.chart("s", drawings.Rank("rate", "kind"))
    assert (rank.x, rank.y, rank.rank) == ([0.01], [1.0], [0.5])
    edf = await lab.service.chart("s", drawings.Edf())
    assert (edf.values, edf.shares) == ([0.5], [[1.0]])


async def test_the_front_is_whole_and_the_rest_is_thinned(lab):
    await lab.create(direction=["minimize", "maximize"], metric=["loss", "acc"])
    for loss, acc in ((0.5, 0.5), (0.25, 0.25), (0.75, 0.25), (0.5, 0.25), (0.25, 9.0)):
        await lab.complete(await lab.ask_one(), loss, acc)
    chart = await lab.service.chart("s", drawings.Pareto(most=1))
    assert chart.of == 5
    assert [number for number, best in zip(chart.number, chart.is_best, strict=True) if best] == [4]
    assert len(chart.number) == 2
    assert [len(column) for column in chart.values] == [2, 2]


@pytest.mark.parametrize(
    ("drawing", "field"),
    [
        (drawings.Importances(1), "objective"),
        (drawings.Slice("none"), "parameter"),
        (drawings.Contour("rate", "none"), "y"),
        (drawings.Rank("none", "rate"), "x"),
        (drawings.History(objective=9), "objective"),
    ],
)
async def test_what_is_not_there_cannot_be_drawn(lab, drawing, field):
    await lab.create(space=SPACE)
    with pytest.raises(InvalidInput, match=f"^{field}: "):
        await lab.service.chart("s", drawing)
    with pytest.raises(StudyNotFound):
        await lab.service.chart("none", drawing)


async def test_a_chart_is_computed_once_for_each_state_of_the_study(lab, monkeypatch):
    drawn = []
    draw = drawings.Edf.draw
    monkeypatch.setattr(drawings.Edf, "draw", lambda self, table: drawn.append(table.seq) or draw(self, table))
    await lab.create(space=SPACE)
    for _ in range(2):
        await lab.service.chart("s", drawings.Edf())
    await complete(lab, 0.5)
    for _ in range(2):
        await lab.service.chart("s", drawings.Edf())
    await lab.service.chart("s", drawings.Edf(most=7))
    assert len(drawn) == 3


def test_what_is_kept_makes_room(monkeypatch):
    monkeypatch.setattr("hpsearch.service.kept.MOST", 2)
    kept, computed = Kept(), []

    def get(key):
        return kept.get(key, 1, lambda: computed.append(key) or key)

    assert [get(key) for key in "abacab"] == list("abacab")
    assert computed == list("abcb")


async def test_studies_are_compared_on_one_chart(lab):
    for name, values in (("a", (0.5, 0.25)), ("b", (0.75, 0.5, 0.125)), ("empty", ())):
        await lab.create(name, space=SPACE)
        await complete(lab, *values, name=name)
    chart = await lab.service.compare(["b", "a", "empty", "a"])
    assert chart.studies == ["b", "a", "empty"]
    assert [line.y for line in chart.lines] == [[0.75, 0.5, 0.125], [0.5, 0.25], []]
    assert (chart.spread.x, chart.spread.lines) == ([0, 1, 2], [2, 2, 2])
    assert chart.spread.median == [0.625, 0.375, 0.1875]
    with pytest.raises(StudyNotFound, match="'none'"):
        await lab.service.compare(["a", "none"])
    await lab.create("up", space=SPACE, direction="maximize")
    with pytest.raises(InvalidInput, match="study: some are minimized and others maximized"):
        await lab.service.compare(["a", "up"])
    with pytest.raises(InvalidInput, match="objective: a has 1 objectives"):
        await lab.service.compare(["a"], objective=1)


# Curves and advice


async def train(lab, lease, *values, **metrics):
    """A curve: a report a step, and its end."""
    items = [
        {
            "lease": lease.lease,
            "step": step,
            "value": value,
            "metrics": {name: column[step - 1] for name, column in metrics.items()},
        }
        for step, value in enumerate(values, 1)
    ]
    await lab.report_all(*items)
    await lab.complete(lease, min(values))


async def test_curves_are_those_that_are_asked_for(lab):
    await lab.create(space=SPACE)
    leases = await lab.ask(4)
    await train(lab, leases[0], 3.0, 2.0, 1.0, acc=[0.1, 0.2, 0.3])
    await train(lab, leases[1], 3.0, 2.5)
    await lab.report(leases[2], 7, inf)
    chart = await lab.service.curves("s")
    assert [(curve.number, curve.state, curve.step, curve.value) for curve in chart.curves] == [
        (0, "completed", [1, 2, 3], [3.0, 2.0, 1.0]),
        (1, "completed", [1, 2], [3.0, 2.5]),
        (2, "running", [7], [inf]),
    ]
    assert chart.of == 3
    named = await lab.service.curves("s", [1, 3, 99])
    assert [curve.number for curve in named.curves] == [1]
    best = await lab.service.curves("s", most=1)
    assert ([curve.number for curve in best.curves], best.of) == ([0], 3)
    accuracy = await lab.service.curves("s", metric="acc")
    assert [(curve.number, curve.value) for curve in accuracy.curves] == [(0, [0.1, 0.2, 0.3])]
    assert (await lab.service.curves("s", metric="none")).curves == []
    assert (chart.metrics, named.metrics, accuracy.metrics) == (["acc"], [], ["acc"])


async def test_the_latest_attempt_s_word_on_a_step_is_shown_and_long_curves_keep_their_extremes(lab):
    await lab.create(space=SPACE)
    lease = await lab.ask_one()
    await lab.report(lease, 1, 9.0)
    await lab.report(lease, 2, 8.0)
    await lab.release(lease)
    again = await lab.ask_one()
    await lab.report(again, 2, 7.0)
    chart = await lab.service.curves("s")
    assert [(curve.step, curve.value) for curve in chart.curves] == [([1, 2], [9.0, 7.0])]
    items = [{"lease": again.lease, "step": step, "value": 99.0 if step == 777 else 1.0} for step in range(3, 1003)]
    await lab.report_all(*items)
    (curve,) = (await lab.service.curves("s")).curves
    assert len(curve.step) <= 200
    assert (curve.step[0], curve.step[-1], max(curve.value)) == (1, 1002, 99.0)


async def test_a_study_without_fault_needs_no_advice(lab):
    await lab.create(space=SPACE)
    assert (await lab.service.advice("s")).advice == []
    with pytest.raises(StudyNotFound):
        await lab.service.advice("none")


async def test_curves_failures_and_hosts_are_advised_on(lab):
    await lab.create(space=SPACE, attempts={"errors": 1}, budget={"max_trials": 100})
    leases = await lab.ask(12)
    for lease in leases:  # up and down all the way
        await train(lab, lease, *(1.0 + (0.5 if step // 3 % 2 else -0.5) for step in range(60)))
    for lease in await lab.ask(4, host="gpu-9"):
        await lab.fail(lease, "exception", "no such file: /data/a")
    found = (await lab.service.advice("s")).advice
    assert {one.code for one in found} >= {"oscillation", "shared_failure"}
    (failure,) = [one for one in found if one.code == "shared_failure"]
    assert (failure.count, failure.trials) == (4, [12, 13, 14, 15])
    assert "gpu-9" in failure.detail + failure.action


DEEPEST = 64
"""What the objective takes at most."""


@pytest.mark.parametrize(("crowded", "is_allowed"), [("learning_rate", True), ("depth", False)])
async def test_a_range_that_the_objective_refuses_is_not_proposed(lab, crowded, is_allowed):
    settings = {"data": {"name": "digits"}, "max_epochs": 1}
    space = {
        "learning_rate": {"type": "float", "low": 1e-4, "high": 1e-1, "log": True},
        "depth": {"type": "int", "low": 1, "high": DEEPEST},
    }
    await lab.create(objective="flax/mlp", settings=settings, space=space)
    for number in range(60):
        share = number / 60
        rising = {"learning_rate": 1e-4 * 1000**share, "depth": 1 + round((DEEPEST - 1) * share)}
        steady = {"learning_rate": 1e-3, "depth": 2}
        await lab.enqueue(params=steady | {crowded: rising[crowded]})
        await lab.complete(await lab.ask_one(), 1.0 - share)
    (bound,) = [one for one in (await lab.service.advice("s")).advice if one.code == "bound_crowded"]
    assert bound.parameter == crowded
    assert bound.severity == ("warning" if is_allowed else "hint")
    assert (bound.space is not None and bound.space[crowded]["high"] > 1e-1) == is_allowed
