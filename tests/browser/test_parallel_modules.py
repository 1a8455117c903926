"""The geometry of parallel coordinates, in the browser's own JavaScript: axes, ranges, colours, and lines that are added and taken off."""

import math

import pytest

LEARNING_RATE = {"column": "params.lr", "kind": "log", "low": 1e-4, "high": 1e-1, "choices": [], "whole": False}
UNITS = {"column": "params.units", "kind": "linear", "low": 16, "high": 128, "choices": [], "whole": True}
DROPOUT = {"column": "params.dropout", "kind": "linear", "low": 0, "high": 0.5, "choices": [], "whole": False}
KIND = {"column": "params.kind", "kind": "choices", "low": -0.5, "high": 2.5, "choices": ["a", 1, None], "whole": False}


@pytest.fixture
def page(home):
    return home


@pytest.fixture
def script(page):
    """Runs a script in the page with modules at hand, and what it is given."""

    def script(modules, body, given=None):
        names = ", ".join(modules)
        paths = ", ".join(f"import('/static/{path}.js')" for path in modules.values())
        return page.evaluate(f"async (given) => {{ const [{names}] = await Promise.all([{paths}]); {body} }}", given)

    return script


@pytest.fixture
def call(script):
    def call(module, function, *given):
        return script({"found": module}, f"return found.{function}(...given);", list(given))

    return call


def axis(about, flipped=False):
    return about | {"label": about["column"], "flipped": flipped}


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize(
    ("about", "foot", "middle", "top"),
    [(LEARNING_RATE, 1e-4, math.sqrt(1e-5), 1e-1), (DROPOUT, 0, 0.25, 0.5), (UNITS, 16, 72, 128)],
)
def test_numbers_stand_at_shares_of_an_axis(call, about, foot, middle, top, flipped):
    found = axis(about, flipped)
    for value, share in ((foot, 0), (middle, 0.5), (top, 1)):
        turned = 1 - share if flipped else share
        assert call("charts/parallel/axes", "shareOf", found, value) == pytest.approx(turned)
        assert call("charts/parallel/axes", "valueAt", found, turned) == pytest.approx(value)
    assert call("charts/parallel/axes", "shareOf", found, top * 2) == (0 if flipped else 1)


def test_an_axis_over_one_number_or_none_has_an_extent(call):
    for kind in ("linear", "log"):
        for low, high in ((3, 3), (math.inf, -math.inf), (-1e308, 1e308) if kind == "linear" else (1e-300, 1e300)):
            made = call("charts/parallel/axes", "upright", axis(DROPOUT) | {"kind": kind}, low, high)
            assert made["low"] < made["high"]
            if low <= high:
                assert 0 <= call("charts/parallel/axes", "shareOf", made, low) <= 0.501
                assert 0.499 <= call("charts/parallel/axes", "shareOf", made, high) <= 1


def test_what_is_no_number_stands_beyond_the_ends(script):
    body = """
      const into = new Int16Array(6), ends = {};
      const column = [0, 0.5, Infinity, -Infinity, NaN, NaN];
      axes.heights({...given, flipped: false}, column, (row) => row === 4, {top: 100, foot: 200}, into, 1, 0, ends);
      return [[...into].map((height) => height / axes.PARTS), ends];
    """
    heights, ends = script({"axes": "charts/parallel/axes"}, body, axis(DROPOUT))
    foot, top, infinite, least, not_a_number, missing = heights
    assert (foot, top) == (200, 100)
    assert infinite == not_a_number < 100
    assert 200 < least < missing
    assert ends == {"above": True, "below": True, "missing": True}


def test_a_range_is_begun_moved_and_resized(call):
    def dragged(shares, at, to):
        hold = call("charts/parallel/brush", "grab", shares, at, 0.02)
        return hold["part"], call("charts/parallel/brush", "drag", hold, to)

    assert dragged(None, 0.5, 0.2) == ("new", [0.2, 0.5])
    assert dragged([0.2, 0.4], 0.8, 0.9) == ("new", [0.8, 0.9])
    part, moved = dragged([0.2, 0.4], 0.3, 0.5)
    assert (part, moved) == ("whole", pytest.approx([0.4, 0.6]))
    assert dragged([0.2, 0.4], 0.3, 7)[1] == pytest.approx([0.8, 1])
    assert dragged([0.2, 0.4], 0.3, -7)[1] == pytest.approx([0, 0.2])
    assert dragged([0.2, 0.4], 0.39, 0.6) == ("high", [0.2, 0.6])
    assert dragged([0.2, 0.4], 0.21, 0.6) == ("low", [0.4, 0.6]), "ends pass each other"
    assert dragged(None, 0.5, 2) == ("new", [0.5, 1])


def test_a_range_holds_numbers_that_one_would_write(call):
    def range_at(about, low, high, **more):
        return call("charts/parallel/brush", "rangeAt", axis(about, **more), [low, high])

    assert range_at(DROPOUT, 0, 1) == [0, 0.5], "the ends stay what they are"
    assert range_at(DROPOUT, 0.123456789, 1) == [0.0617, 0.5]
    assert range_at(DROPOUT, 0, 0.25, flipped=True) == [0.375, 0.5]
    assert range_at(LEARNING_RATE, 1 / 3, 2 / 3) == [0.001, 0.01]
    assert range_at(UNITS, 0.001, 0.999) == [17, 127]
    assert range_at(UNITS, 0.5001, 0.5002) == [72, 72], "at least one"
    assert range_at(KIND, 0, 0.6) == [0, 1]
    assert range_at(KIND, 0.4, 0.45) == [1, 1]
    for about in (DROPOUT, LEARNING_RATE, UNITS):
        shares = call("charts/parallel/brush", "sharesOf", axis(about, True), [about["low"], about["high"]])
        assert shares == pytest.approx([0, 1])


def test_marks_are_round_and_few(call):
    assert call("charts/ticks", "ticks", 0, 1, 7) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert call("charts/ticks", "ticks", 1, 4, 7, True) == [1, 2, 3, 4]
    assert call("charts/ticks", "logTicks", 1e-4, 1e-1, 7) == [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1]
    assert call("charts/ticks", "logTicks", 16, 256, 7) == [20, 50, 100, 200]
    for low, high in ((-1e308, 1e308), (0, 5e-324), (1, 1 + 1e-12)):
        assert len(call("charts/ticks", "ticks", low, high, 7)) <= 15
    assert len(call("charts/ticks", "logTicks", 1e-300, 1e300, 7)) <= 9


def test_tones_go_by_rank_and_stay_while_they_fit(script):
    body = """
      const values = Float64Array.from({length: 1000}, (_, place) => place).fill(1e9, 999);
      const scale = tones.rankScale(values, false, null);
      const more = tones.rankScale([...values, 5, NaN, Infinity], false, scale);
      const many = tones.rankScale([...values, ...values], false, scale);
      const told = [0, 500, 998, 1e9, NaN, Infinity, -Infinity].map((value) => tones.toneOf(scale, value));
      const up = tones.toneOf(tones.rankScale(values, true, scale), 0);
      return {told, kept: more === scale, renewed: many !== scale, up, none: tones.rankScale([NaN, Infinity], false, null)};
    """
    found = script({"tones": "charts/parallel/tones"}, body)
    assert found["told"][0] == 63
    assert 30 <= found["told"][1] <= 33
    assert found["told"][2:] == [0, 0, 0, 0, 63]
    assert (found["kept"], found["renewed"], found["up"], found["none"]) == (True, True, 0, None)


FIELDS = """
  const [width, height, stops] = [200, 120, [10, 90, 190]];
  let seed = 7;
  const random = () => ((seed = (seed * 16807) % 2147483647), seed / 2147483647);
  const lines = (rows, share) => ({
    rows,
    heights: Int16Array.from({length: rows * 3}, () => Math.floor(random() * 115 * 16)),
    tones: Uint8Array.from({length: rows}, () => Math.floor(random() * 64)),
    shown: Uint8Array.from({length: rows}, () => Number(random() < share)),
  });
  const drawn = (...all) => {
    const field = new fields.Field();
    field.reset(width, height, stops, 2);
    for (const one of all) { field.want(one); while (!field.step(0)) {} }
    return field;
  };
  const equal = (one, other) => one.every((found, at) => found === other[at]);
  const same = (one, other) => equal(one.weights, other.weights) && equal(one.sums, other.sums);
"""


def test_whatever_changes_the_lines_are_as_if_drawn_at_once(script):
    body = f"""{FIELDS}
      const [first, second] = [lines(1500, 0.7), lines(3000, 0.4)];
      const none = {{...second, shown: new Uint8Array(3000)}};
      const empty = drawn(second, none).weights.every((found) => found === 0);
      return [same(drawn(first, second), drawn(second)), same(drawn(second, first), drawn(first)), empty];
    """
    assert script({"fields": "charts/parallel/field"}, body) == [True, True, True]


def test_only_the_lines_that_changed_are_drawn(script):
    body = f"""{FIELDS}
      const first = lines(2000, 1);
      const field = drawn(first);
      let added = 0;
      const line = field.add.bind(field);
      field.add = (row, sign) => (added++, line(row, sign));
      const heights = first.heights.slice();
      heights[30] += 16;
      field.want({{...first, heights}});
      while (!field.step(0)) {{}}
      return added;
    """
    assert script({"fields": "charts/parallel/field"}, body) == 2, "one taken off, one added"


def test_a_line_covers_each_column_between_two_axes_alike(script):
    body = """
      const field = new fields.Field();
      field.reset(60, 80, [10, 50], 1);
      field.want({rows: 1, heights: Int16Array.from([16 * 20 + 5, 16 * 33]), tones: new Uint8Array(1), shown: new Uint8Array(1).fill(1)});
      field.step(Infinity);
      return Array.from({length: 60}, (_, x) => Array.from({length: 80}, (_, y) => field.weights[y * 60 + x]).reduce((one, other) => one + other));
    """
    found = script({"fields": "charts/parallel/field"}, body)
    assert found == [16 if 10 <= column < 50 else 0 for column in range(60)]


def test_the_nearest_line_is_found_among_those_that_are_selected(script):
    body = """
      const heights = Int16Array.from([10, 10, 10, 50, 50, 50, 30, 110, 10].map((height) => height * 16));
      const trials = {rows: 3, axes: 3, heights, known: new Uint8Array(3).fill(1)};
      const stops = [0, 100, 200];
      const near = (x, y, mask = null) => lines.nearestLine(trials, stops, mask, {x, y}, 12);
      return [near(50, 12), near(50, 52), near(100, 105), near(100, 30), near(50, 12, Uint8Array.from([0, 1, 1])), near(-20, 9), near(260, 52)];
    """
    assert script({"lines": "charts/parallel/lines"}, body) == [0, 1, 2, -1, -1, 0, 1]


def test_conditions_of_a_range_and_of_choices(call):
    study = {
        "metric": "loss",
        "space": {
            "units": {"type": "int", "low": 1, "high": 9},
            "kind": {"type": "categorical", "choices": ["a", 1, None]},
        },
    }
    other = {"column": "params.units", "operator": ">", "literal": "3"}
    value = {"column": "value", "operator": "<", "literal": "1"}

    def texts(conditions):
        return [call("trials/selection", "written", condition) for condition in conditions]

    def within(where, column, found):
        return texts(call("trials/selection", "within", study, where, column, found))

    assert within([other], "values.loss", [0.5, 2]) == ["params.units>3", "values.loss>=0.5", "values.loss<=2"]
    assert within([value, other], "values.loss", [0, math.inf]) == ["params.units>3", "values.loss>=0"]
    assert within([other], "params.units", None) == []
    assert within([], "params.kind", [1, 1]) == ["params.kind=1"]
    assert within([], "params.kind", [1, 2]) == ["params.kind!=a"]
    assert call("trials/selection", "rangeOf", study, [value], "values.loss") == [-math.inf, 1]
    only = {"column": "params.kind", "operator": "=", "literal": "null"}
    assert call("trials/selection", "choicesLeft", study, [only], "params.kind") == [False, False, True]
    assert call("trials/selection", "rangeOf", study, [only], "params.kind") == [2, 2]


def test_axes_go_through_the_address_unchanged(call):
    for text in ("params.units", "values.loss:log", "params.a.b:linear:flip", "number:flip"):
        wish = call("pages/study/parallel-axes", "wishOf", text)
        assert call("pages/study/parallel-axes", "textOf", wish) == text
