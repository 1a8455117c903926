import math

from hypothesis import given
from hypothesis import strategies as st

from hpsearch.cli.axis import Axis, Scale
from hpsearch.cli.curve import Series, draw, plot

values = st.floats(allow_nan=True, allow_infinity=True)
curves = st.dictionaries(st.integers(0, 2**53), values, max_size=50).map(lambda found: sorted(found.items()))


def dots(lines: list[str]) -> list[str]:
    return [line.split("┤", 1)[1] for line in lines if "┤" in line]


@given(curves, st.integers(1, 80), st.integers(1, 20))
def test_any_curve_fits_its_frame(points, width, height):
    lines = plot(points, width, height)
    if not any(math.isfinite(value) for _, value in points):
        assert lines == []
        return
    assert len(lines) == height + 2
    assert all(len(row) <= width for row in dots(lines))
    assert any(character > "⠀" for row in dots(lines) for character in row)


def test_a_falling_curve_starts_at_the_top_left_and_ends_at_the_bottom_right():
    rows = dots(plot([(1, 3.0), (2, 2.0), (3, 1.0)], width=10, height=4))
    assert rows[0][0] > "⠀"
    assert len(rows[-1]) == 10
    assert len(rows[0]) < 10


def test_the_extremes_and_the_steps_are_written_beside_the_axes():
    lines = plot([(1, 2.0), (5, 0.5)], width=20, height=3)
    assert lines[0].startswith("  2 ┤")
    assert lines[2].startswith("0.5 ┤")
    assert lines[-1].split() == ["1", "5"]


def test_values_that_are_not_finite_leave_a_gap():
    rows = dots(plot([(0, 1.0), (1, math.nan), (2, 1.0)], width=9, height=1))
    assert rows == ["⠄⠀⠀⠀⠀⠀⠀⠀⠠"]


def text(rows):
    return ["".join(span for span, _ in row) for row in rows]


@given(st.lists(curves, min_size=1, max_size=4), st.integers(10, 80), st.integers(2, 20))
def test_several_series_fit_one_frame(found, width, height):
    series = [Series(points, letter=letter) for points, letter in zip(found, "abcd", strict=False)]
    x, y = Axis.of(x for one in found for x, _ in one), Axis.of((y for one in found for _, y in one), Scale.AUTO)
    if x is None or y is None:
        return
    rows = text(draw(series, x, y, width, height))
    assert len(rows) == height + 2
    assert all(len(row) <= width for row in dots(rows))
    shown = {one.letter for one in series if any(math.isfinite(value) for _, value in one.points)}
    assert {character for row in dots(rows) for character in row if character in "abcd"} <= shown


def test_curves_that_meet_at_their_ends_keep_their_letters_and_styles():
    both = [
        Series([(0, high), (9, 0.0)], style=style, letter=letter)
        for high, style, letter in ((4, "s", "a"), (2, "t", "b"))
    ]
    rows = draw(both, Axis(0, 9), Axis(0.0, 4.0), 40, 8)
    spans = [span for row in rows for span in row if span[1]]
    assert {
        style: {letter for text, style_ in spans if style_ == style for letter in text if letter in "ab"}
        for style in "st"
    } == {
        "s": {"a"},
        "t": {"b"},
    }


def test_points_that_are_not_joined_are_single_dots():
    [row, *_] = draw([Series([(0, 1.0), (1, 1.0)], joined=False)], Axis(0, 1), Axis(1.0, 1.0), 4, 1)
    assert row == [("1 ┤", ""), ("⠄⠀⠀⠠", "")]


def test_a_value_without_a_place_on_a_logarithmic_axis_leaves_a_gap():
    points = [(0, 1.0), (1, -1.0), (2, 1.0)]
    y = Axis.of((value for _, value in points), Scale.LOG)
    assert dots(text(draw([Series(points)], Axis(0, 2), y, 9, 1))) == ["⠄⠀⠀⠀⠀⠀⠀⠀⠠"]
