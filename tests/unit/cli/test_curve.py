import math

from hypothesis import given
from hypothesis import strategies as st

from hpsearch.cli.curve import plot

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
