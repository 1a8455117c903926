"""What `study plot` asks a server for, and what it draws of the answer."""

import io
import json
import math
import sys

import pytest
from cli_views import study_view
from peer import Answer

from hpsearch.wire.charts import BestLine, CurvesChart, CurveView, HistoryChart

BASE = "/api/v1/studies/s"
HISTORY = HistoryChart(
    number=[0, 1, 2],
    x=[0.0, 1.0, 2.0],
    y=[4.0, 5.0, 2.0],
    state=["completed", "pruned", "completed"],
    of=3,
    best=BestLine(x=[0.0, 2.0], y=[4.0, 2.0]),
)
NOTHING = HistoryChart(number=[], x=[], y=[], state=[], of=0, best=BestLine(x=[], y=[]))


def curve(number, *values, state="completed"):
    return CurveView(number=number, state=state, step=list(range(1, len(values) + 1)), value=list(values))


@pytest.fixture
def draw(cli, peer, monkeypatch):
    """Plots of a scripted study, in a terminal of 60 columns."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "20")

    def run(chart, *options, view=None):
        kind = "history" if isinstance(chart, HistoryChart) else "curves"
        peer.on("GET", BASE, Answer(body=view or study_view(completed=2, pruned=1, best=2.0)))
        peer.on("GET", f"{BASE}/charts/{kind}", Answer(body=chart))
        return cli("study", "plot", "s", "--kind", kind, *options)

    return run


def test_a_history_is_as_wide_as_the_terminal(draw, peer):
    found = draw(HISTORY)
    assert (found.code, found.err) == (0, "")
    title, *rows, below, legend = found.out.splitlines()
    assert title == "s: val_loss by trial"
    assert max(map(len, rows)) == 60
    assert rows[0].startswith("  5 ┤")
    assert rows[-2].startswith("  2 ┤")
    assert (below.split(), len(below)) == (["0", "2"], 60)
    assert legend == "⠂ 2 completed  ⠂ 1 pruned  ⠒⠒ best so far: 2 (trial 3)"
    assert len(found.out.splitlines()) == 19  # and the prompt
    assert peer.requests("GET", f"{BASE}/charts/history")[0].query == {"against": ["number"], "objective": ["0"]}


def test_the_best_so_far_goes_down_in_steps(draw):
    best = HISTORY.model_copy(update={"number": [], "x": [], "y": [], "state": []})
    rows = [line.split("┤", 1)[1] for line in draw(best).out.splitlines() if "┤" in line]
    assert set(rows[0].rstrip("⠀")) == {"⠉", "⢹"}  # all along the top, and down at the last trial
    assert {row.lstrip("⠀") for row in rows[1:]} == {"⢸"}
    assert len({len(row) for row in rows}) == 1


def test_time_is_written_as_time(draw, peer):
    chart = HISTORY.model_copy(update={"x": [0.0, 30.0, 75.0]})
    assert draw(chart, "--x", "seconds", "--objective", 0).out.splitlines()[-2].split() == ["0.0", "s", "1:15"]
    found = draw(
        HISTORY.model_copy(update={"x": [0.0] * 3, "best": BestLine(x=[0.0], y=[2.0])}), "--x", "device-seconds"
    )
    assert found.err == "No worker told device seconds; so all trials are at 0.\n"
    asked = [request.query["against"] for request in peer.requests("GET", f"{BASE}/charts/history")]
    assert asked == [["seconds"], ["device_seconds"]]


def test_the_scale(draw):
    wide = HISTORY.model_copy(update={"y": [0.01, 5.0, 1.0], "best": BestLine(x=[0.0], y=[0.01])})
    assert draw(wide).out.startswith("s: val_loss by trial, logarithmic\n")
    assert draw(wide, "--scale", "linear").out.startswith("s: val_loss by trial\n")
    assert draw(HISTORY, "--scale", "log").out.startswith("s: val_loss by trial, logarithmic\n")
    mixed = HISTORY.model_copy(update={"y": [-1.0, 5.0, 1.0], "best": BestLine(x=[0.0], y=[-1.0])})
    found = draw(mixed, "--scale", "log")
    assert "5 ┤" in found.out
    assert found.err == "1 of 3 values are not above 0 and have no place on a logarithmic axis.\n"
    below = HISTORY.model_copy(update={"y": [-1.0, -2.0, -3.0], "best": BestLine(x=[0.0], y=[-1.0])})
    found = draw(below, "--scale", "log")
    assert (found.out, "use --scale linear" in found.err) == ("", True)


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({}, "s has no value to draw yet: 0 trials.\n"),
        ({"running": 2}, "s has no value to draw yet: 0 trials, 2 running.\n"),
        (
            {"failed": 3},
            "s has no value to draw yet: 3 trials, 3 failed.\nSee why they failed: hpsearch trial list s --state failed\n",
        ),
    ],
)
def test_without_a_value_a_sentence_says_so(draw, counts, told):
    found = draw(NOTHING, view=study_view(**counts))
    assert (found.code, found.out, found.err) == (0, "", told)
    assert json.loads(draw(NOTHING, "--json").out)["of"] == 0


def test_one_trial_is_one_dot(draw):
    one = HistoryChart(number=[0], x=[0.0], y=[0.5], state=["completed"], of=1, best=BestLine(x=[0.0], y=[0.5]))
    found = draw(one, view=study_view(completed=1, best=0.5))
    dots = "".join(line.split("┤", 1)[1] for line in found.out.splitlines() if "┤" in line)
    assert (len(dots), found.err) == (1, "")


def test_thinned_trials_are_told(draw):
    assert draw(HISTORY.model_copy(update={"of": 5000})).err == (
        "3 of 5,000 trials are drawn, the best among them; the line is of all.\n"
    )


def test_curves_have_letters_and_a_legend(draw, peer):
    chart = CurvesChart(curves=[curve(3, 4.0, 2.0, 0.5), curve(12, 4.0, 3.0, state="pruned")], of=9)
    found = draw(chart, "--most", 2)
    assert found.out.splitlines()[0] == "s: val_loss by step"
    assert found.out.splitlines()[-2:] == ["a trial  3  completed  0.5 at step 3", "b trial 12  pruned     3 at step 2"]
    rows = "".join(line.split("┤", 1)[1] for line in found.out.splitlines() if "┤" in line)
    assert {"a", "b"} <= set(rows)
    assert max(map(len, found.out.splitlines())) == 60
    assert found.err == "2 of 9 trials are drawn, the best among them; more with --most, others with --trial.\n"
    assert peer.seen[0].query == {"most": ["2"]}


def test_named_trials_and_metrics(draw, peer):
    chart = CurvesChart(curves=[curve(3, 0.5)], of=9)
    found = draw(chart, "--trial", 12, "--trial", 3, "--trial", 3, "--metric", "acc")
    assert found.out.startswith("s: acc by step\n")
    assert found.err == "Nothing was reported of acc by trial 12.\n"
    assert peer.seen[0].query == {"trial": ["3", "12"], "metric": ["acc"]}


def test_values_that_are_not_finite_leave_gaps_and_are_counted(draw):
    found = draw(CurvesChart(curves=[curve(3, 1.0, None, math.inf, 2.0)], of=1))
    assert found.err == "2 of 4 values are not finite and leave gaps.\n"
    nothing = draw(CurvesChart(curves=[curve(3, None, math.nan)], of=1))
    assert (nothing.out, nothing.err) == ("", "None of the 2 values of val_loss is finite.\n")


def test_without_a_curve_a_sentence_says_so(draw):
    empty = CurvesChart(curves=[], of=0)
    assert (
        draw(empty, view=study_view(running=1)).err == "No trial of s has reported anything yet: 0 trials, 1 running.\n"
    )
    assert "trial list s --state failed" in draw(empty, view=study_view(failed=1)).err
    assert draw(CurvesChart(curves=[], of=4), "--metric", "acc").err == "No trial of s reported acc.\n"


@pytest.mark.parametrize("chart", [HISTORY, CurvesChart(curves=[curve(3, math.nan, 1.0)], of=1)])
def test_json_is_what_the_server_answered(draw, chart):
    assert draw(chart, "--json").out == chart.model_dump_json(indent=2) + "\n"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--kind", "history", "--trial", "3"], "--trial"),
        (["--kind", "history", "--metric", "acc"], "--metric"),
        (["--kind", "curves", "--x", "seconds"], "--x"),
        (["--kind", "curves", "--objective", "1"], "--objective"),
        (["--kind", "curves", *(f"--trial={number}" for number in range(27))], "--trial"),
    ],
)
def test_options_that_do_not_fit_are_refused_by_name(cli, peer, options, field):
    found = cli("study", "plot", "s", *options)
    assert (found.code, found.err.startswith(f"error: {field}: ")) == (2, True)
    assert peer.seen == []


def test_colours_are_for_terminals_that_want_them(draw, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[36m" in draw(HISTORY).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in draw(HISTORY).out


def test_an_encoding_without_braille_is_told(draw, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "latin-1"))
    found = draw(HISTORY)
    assert (found.code, "PYTHONIOENCODING" in found.err) == (1, True)
