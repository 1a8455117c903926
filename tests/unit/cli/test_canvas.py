from hpsearch.cli.canvas import Canvas


def test_dots_share_a_character_and_its_style_is_the_last_ones():
    canvas = Canvas(3, 2)
    canvas.dot(2, 0, "cyan")
    canvas.dot(3, 3, "red")
    canvas.dot(0, 7)
    assert canvas.rows() == [[("⠀", ""), ("⢁", "red")], [("⡀", "")]]


def test_a_letter_stands_over_dots_and_the_first_one_stays():
    canvas = Canvas(2, 1)
    canvas.dot(0, 0)
    assert canvas.letter(0, 0, "a", "cyan")
    assert not canvas.letter(0, 0, "b", "red")
    assert canvas.rows() == [[("a", "cyan")]]


def test_an_empty_canvas_has_empty_rows():
    assert Canvas(4, 2).rows() == [[], []]
