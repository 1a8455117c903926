"""All trials of a study in the browser: columns of numbers that arrive in blocks, and which of them a selection selects."""

from math import inf, isfinite, isnan, nan
from random import Random

import pytest
from domain import study_of
from trial_tables import table_of

from hpsearch.analysis import STATES
from hpsearch.analysis.selection import Selection
from hpsearch.analysis.selection import page as page_of
from hpsearch.trial import TrialState

SPACE = {
    "x": {"type": "float", "low": 0, "high": 1},
    "kind": {"type": "categorical", "choices": ["a", 1, True, None, "null", "a, b=c"]},
}
CHOICES = SPACE["kind"]["choices"]
VALUES = [None, 0.0, 1.0, -1.0, 0.5, inf, -inf, nan]
CONDITIONS = [
    *(f"value{operator}{limit}" for operator in ("=", "!=", "<", "<=", ">", ">=") for limit in ("0", "-1", "inf", "-Infinity", "nan")),
    *(f"params.kind{operator}{choice}" for operator in ("=", "!=") for choice in ("a", "1", "true", "True", "null", '"null"', "a, b=c", "None")),
    *(f"{column}{operator}{limit}" for column in ("number", "params.x") for operator in ("<", ">=") for limit in ("0.5", "3")),
]  # fmt: skip
SELECT = """async ([study, blocks, conditions]) => {
    const { TrialTable } = await import("/static/trials/table.js");
    const { conditionOf, maskOf } = await import("/static/trials/selection.js");
    const table = new TrialTable(study);
    for (const column of ["state", "values.val_loss", "params.x", "params.kind"]) table.need(column);
    for (const block of blocks) table.take(block);
    const mask = (states, where) => [...(maskOf(table, { states, where, picked: [] }) ?? [])];
    return {
        masks: conditions.map((text) => mask([], [conditionOf(text)])),
        completed: mask(["completed"], []),
        nothing: maskOf(table, { states: [], where: [], picked: [] }),
        cells: ["state", "values.val_loss", "params.x", "params.kind"].map((column) =>
            Array.from({ length: table.length }, (_, row) => table.cell(column, row))),
    };
}"""


@pytest.fixture
def page(home):
    return home


def wire(number):
    return str(number).replace("inf", "Infinity").replace("nan", "NaN") if not isfinite(number) else number


def blocks_of(rows, random):
    """The rows as the API sends them: in any order, in several blocks, some of them twice."""
    order = [*range(len(rows)), *random.sample(range(len(rows)), len(rows) // 3)]
    random.shuffle(order)
    for begin in range(0, len(order), 5):
        part = order[begin : begin + 5]
        yield {
            "number": part,
            "state": [rows[number][2] for number in part],
            "values.val_loss": [None if rows[number][1] is None else wire(rows[number][1]) for number in part],
            "params.x": [rows[number][0].get("x") for number in part],
            "params.kind": [rows[number][0].get("kind") for number in part],
        }


@pytest.mark.parametrize("seed", range(4))
def test_the_browser_selects_the_trials_that_the_server_selects(page, seed):
    random = Random(seed)
    states = [state.value for state in STATES]
    rows = [({"x": random.random(), "kind": random.choice(CHOICES)}, random.choice(VALUES), random.choice(states)) for _ in range(40)]  # fmt: skip
    table = table_of(*(list(column) for column in zip(*rows, strict=True)), space=SPACE)
    study = study_of(space=SPACE).model_dump(mode="json")
    found = page.evaluate(SELECT, [study, list(blocks_of(rows, random)), CONDITIONS])
    for condition, mask in zip(CONDITIONS, found["masks"], strict=True):
        expected, _ = page_of(table, Selection(where=[condition]), None, len(rows))
        assert [number for number, one in enumerate(mask) if one] == expected, condition
    expected, _ = page_of(table, Selection(states=[TrialState.COMPLETED]), None, len(rows))
    assert [number for number, one in enumerate(found["completed"]) if one] == expected
    assert found["nothing"] is None


def test_cells_are_what_was_sent(page):
    rows = [({"x": 0.25, "kind": None}, nan, "failed"), ({"kind": True}, None, "queued"), ({"x": 0.5, "kind": 1}, -inf, "completed")]  # fmt: skip
    study = study_of(space=SPACE).model_dump(mode="json")
    states, values, x, kinds = page.evaluate(SELECT, [study, list(blocks_of(rows, Random(1))), []])["cells"]
    assert states == ["failed", "queued", "completed"]
    assert isnan(values[0])
    assert values[1:] == [None, -inf]
    assert x == [0.25, None, 0.5]
    assert [kind is True for kind in kinds] == [False, True, False]
    assert kinds[::2] == [None, 1]


def test_a_range_becomes_conditions_and_conditions_a_range(page):
    script = """async ([study, where, column, range]) => {
        const { conditionOf, rangeOf, within, written } = await import("/static/trials/selection.js");
        const found = within(study, where.map(conditionOf), column, range);
        return [found.map(written), rangeOf(study, found, column)];
    }"""
    study = study_of(space=SPACE).model_dump(mode="json")

    def within(where, column, limits):
        return page.evaluate(script, [study, where, column, limits])

    assert within(["params.x<9", "value>1"], "params.x", [0.25, 0.5]) == [
        ["value>1", "params.x>=0.25", "params.x<=0.5"],
        [0.25, 0.5],
    ]
    assert within([], "params.kind", [1, 2]) == [
        ["params.kind!=a", "params.kind!=null", 'params.kind!="null"', "params.kind!=a, b=c"],
        [1, 2],
    ]
    assert within(["params.x<9", "value>1"], "params.x", None) == [["value>1"], None]
