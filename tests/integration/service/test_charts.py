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
