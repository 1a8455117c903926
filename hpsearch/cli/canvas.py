"""A grid of characters to draw on, in dots of braille: two across and four down in each character."""

from itertools import groupby

Span = tuple[str, str]
"""A text and its style, in rich's words; the empty one is that of the terminal."""
Row = list[Span]

ACROSS, DOWN = 2, 4
"""Dots of a character."""
_BLANK = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille character's dots by row and column (Unicode block U+2800)."""


class Canvas:
    """Dots, and letters over them. A character has one style: that of what was drawn there last."""

    def __init__(self, width: int, height: int) -> None:
        """`width` and `height` in characters."""
        self._dots = [[_BLANK] * width for _ in range(height)]
        self._styles = [[""] * width for _ in range(height)]
        self._letters: dict[tuple[int, int], str] = {}

    def dot(self, x: int, y: int, style: str = "") -> None:
        """A dot, counted from the top left."""
        row, column = y // DOWN, x // ACROSS
        self._dots[row][column] |= _DOTS[y % DOWN][x % ACROSS]
        self._styles[row][column] = style

    def letter(self, column: int, row: int, letter: str, style: str = "") -> bool:
        """A letter in place of the dots there; False where there is one already, which stays."""
        if (column, row) in self._letters:
            return False
        self._letters[column, row] = letter
        self._styles[row][column] = style
        return True

    def rows(self) -> list[Row]:
        """What was drawn, from the top; each row without the blanks at its end."""
        return [self._row(row) for row in range(len(self._dots))]

    def _row(self, row: int) -> Row:
        cells = [
            (self._letters.get((column, row), chr(dots)), self._styles[row][column])
            for column, dots in enumerate(self._dots[row])
        ]
        while cells and cells[-1][0] == chr(_BLANK):
            cells.pop()
        return [("".join(text for text, _ in run), style) for style, run in groupby(cells, key=lambda cell: cell[1])]
