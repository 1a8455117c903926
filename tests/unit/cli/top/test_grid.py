import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hpsearch.cli.top.grid import Column, Table, cut, shares

COLUMNS = (Column("name"), Column("least", 3, right=True), Column("more", 1), Column("text", 1, least=4))
ROWS = [["alpha", "1", "x", "words that may be cut"], ["b", "22", "yy", ""]]
texts = st.text(max_size=30)


def lines(table, width, first=0, count=9):
    return ["".join(text for text, _ in row) for row in table.drawn(width, first, count)]


@given(st.lists(st.tuples(texts, texts, texts, texts), max_size=5), st.integers(1, 120))
def test_no_line_is_wider_than_its_place(rows, width):
    drawn = lines(Table(COLUMNS, rows), width)
    assert len(drawn) == len(rows) + 1
    assert all(cell_len(line) <= width and line.isprintable() for line in drawn)


def test_columns_go_in_the_order_of_their_rank_and_long_texts_shrink_before():
    assert [line.rstrip() for line in lines(Table(COLUMNS, ROWS), 60)] == [
        "name   least  more  text",
        "alpha      1  x     words that may be cut",
        "b         22  yy",
    ]
    assert lines(Table(COLUMNS, ROWS), 30)[1] == "alpha      1  x     words tha…"
    assert lines(Table(COLUMNS, ROWS), 20)[:2] == ["name   more  text   ", "alpha  x     words …"]
    assert lines(Table(COLUMNS, ROWS), 12)[:2] == ["name   more", "alpha  x   "]
    assert lines(Table(COLUMNS, ROWS), 8)[1] == "alpha"
    assert lines(Table(COLUMNS, ROWS), 3) == ["na…", "al…", "b  "]


def test_rows_from_the_middle_keep_their_styles():
    table = Table(COLUMNS[:1], [["a"], ["b"], ["c"]], ["red", "green", "blue"])
    assert table.drawn(9, 1, 1) == [[("name", "bold")], [("b   ", "green")]]
    assert (table.names(), Table(COLUMNS, ROWS).right()) == (["name"], ["least"])


def test_what_a_terminal_might_obey_is_made_visible():
    assert cut("a\x1b[2Jb\nc", 20) == "a�[2Jb�c"


@pytest.mark.parametrize(
    ("text", "width", "expected"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 4, "日 …"), ("ab", 0, "")]
)
def test_cut_counts_columns_of_the_terminal(text, width, expected):
    assert cut(text, width) == expected


@given(st.lists(st.integers(0, 50), max_size=5), st.integers(-3, 100))
def test_shares_are_fair(wanted, room):
    given_ = shares(wanted, room)
    assert all(0 <= share <= want for share, want in zip(given_, wanted, strict=True))
    assert sum(given_) == min(max(room, 0), sum(wanted))
    for share, want in zip(given_, wanted, strict=True):
        assert share == want or all(other <= share + 1 for other in given_)


def test_an_optional_column_without_a_value_is_not_drawn():
    columns = (Column("a"), Column("b", 1, optional=True), Column("c", 2))
    assert lines(Table(columns, [["1", "-", "-"], ["2", "-", "3"]]), 40)[0] == "a  c"
    assert lines(Table(columns, [["1", "-", "-"], ["2", "x", "3"]]), 40)[0] == "a  b  c"
