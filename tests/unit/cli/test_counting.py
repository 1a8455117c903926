import sys

from hpsearch.cli import counting


def test_lines_are_written_now_and_then(capsys, monkeypatch):
    moments = iter([0.0, 1.0, 11.0, 11.0, 12.0])
    monkeypatch.setattr(counting.time, "monotonic", lambda: next(moments))
    with counting.counting("trials") as progress:
        for done in (1, 2, 3):
            progress(done, 3)
    assert capsys.readouterr().err == "2 of 3 trials\n"


def test_a_terminal_gets_a_bar(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with counting.counting("trials") as progress:
        progress(1, 3)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "1/3" in captured.err
