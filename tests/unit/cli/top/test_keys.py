import pytest

from hpsearch.cli.top.keys import Key, keys


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("q", [Key.QUIT]),
        ("Q", [Key.QUIT]),
        ("jk", [Key.DOWN, Key.UP]),
        ("\x1b[A\x1b[Bq", [Key.UP, Key.DOWN, Key.QUIT]),
        ("\x1bOA\x1bOB", [Key.UP, Key.DOWN]),
        ("\x1b[1;5A\x1b[3~x\n", []),
        ("\x1b", []),
        ("", []),
    ],
)
def test_keys_are_told_from_what_a_terminal_sends(typed, found):
    assert keys(typed) == found
