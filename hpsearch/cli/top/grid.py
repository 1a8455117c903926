"""A table that fits its place: as the width shrinks, the least important columns go first."""

from collections.abc import Sequence
from dataclasses import dataclass

from hpsearch.cli.canvas import Row
from hpsearch.cli.formats import NOTHING

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Of two, the one of the greater `rank` goes first; those of rank 0 stay, cut off where need be.

    One of long texts may be cut down to `least` characters (0: it may not) before any column goes. One that is `optional` is not drawn where
    no row has a value for it.
    """

    name: str
    rank: int = 0
    right: bool = False
    least: int = 0
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Cells a row, one a column; `styles` (in rich's words) has one a row, or is empty."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    styles: Sequence[str] = ()

    def names(self) -> list[str]:
        """Of the columns."""
        return [column.name for column in self.columns]

    def right(self) -> list[str]:
        """Names of the columns of numbers."""
        return [column.name for column in self.columns if column.right]

    def drawn(self, width: int, first: int, count: int) -> list[Row]:
        """The line of names and `count` rows from `first` on, each at most `width` wide."""
        from rich.cells import cell_len

        cells = [self.names(), *self.rows]
        full = [max(cell_len(row[place]) for row in cells) for place in range(len(self.columns))]
        widths = self._fitted(full, width)
        styles = self.styles or [""] * len(self.rows)
        shown = zip(self.rows[first : first + count], styles[first : first + count], strict=True)
        return [self._line(self.names(), widths, "bold"), *(self._line(row, widths, style) for row, style in shown)]

    def _fitted(self, full: Sequence[int], width: int) -> dict[int, int]:
        """The widths of the columns that there is room for, by place; long texts shrink first, then columns go, then rank 0 shrinks."""
        least = [min(size, column.least or size) for column, size in zip(self.columns, full, strict=True)]
        kept = [place for place, column in enumerate(self.columns) if not column.optional or self._has_values(place)]
        while _total([least[place] for place in kept]) > width:
            place = max(kept, key=lambda place: (self.columns[place].rank, place))
            if self.columns[place].rank == 0:
                break
            kept.remove(place)
        while len(kept) > 1 and _total([1] * len(kept)) > width:
            kept.pop()
        widths = {place: least[place] for place in kept}
        for place in kept:  # what is left is for long texts; what is missing is cut from the last ones
            spare = width - _total(list(widths.values()))
            widths[place] = min(full[place], widths[place] + max(spare, 0))
        for place in reversed(kept):
            missing = _total(list(widths.values())) - width
            widths[place] -= min(max(missing, 0), widths[place] - 1)
        return widths

    def _has_values(self, place: int) -> bool:
        return any(row[place] != NOTHING for row in self.rows)

    def _line(self, cells: Sequence[str], widths: dict[int, int], style: str) -> Row:
        return [
            (_GAP.join(_fit(cells[place], size, self.columns[place].right) for place, size in widths.items()), style)
        ]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _fit(text: str, width: int, right: bool) -> str:
    """The text in exactly so many columns of the terminal."""
    from rich.cells import cell_len

    text = cut(text, width)
    room = " " * (width - cell_len(text))
    return room + text if right else text + room


def cut(text: str, width: int) -> str:
    """The text in at most so many columns of the terminal, with an ellipsis where it is cut off. What a terminal might obey is made visible."""
    from rich.cells import cell_len, set_cell_size

    text = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return text if cell_len(text) <= width else set_cell_size(text, max(width - 1, 0)) + "…"[:width]


def shares(wanted: Sequence[int], room: int) -> list[int]:
    """How many lines each gets of `room`: what it wants where that is little, and else as much as the others."""
    given = [0] * len(wanted)
    for _ in range(max(room, 0)):
        hungry = [place for place, want in enumerate(wanted) if given[place] < want]
        if not hungry:
            break
        given[min(hungry, key=lambda place: (given[place], place))] += 1
    return given
