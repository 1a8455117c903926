from datetime import timedelta

import pytest
from cli_views import MOMENT, host_failures, study_view, worker_view
from rich.cells import cell_len

from hpsearch.cli.top import tables
from hpsearch.cli.top.board import Board, Looked, Lost, Opened
from hpsearch.cli.top.frame import KEYS, frame
from hpsearch.wire.costs import RungView

RUNGS = [RungView(rung=step, reached=9 // step, stopped=1, least=0.25, greatest=2.0) for step in (1, 3, 9)]
STATUS = {
    **{"host": "node-1", "device": "NVIDIA H200", "lanes": 4, "busy": 3, "occupancy": 0.925, "trials_per_minute": 12.0},
    "training": {"s": [[18, 0], [17, 4]], "other": [[2, 9]]},
    "training_left_out": 2,
    "device_memory": [
        {"used_bytes": 2**30, "total_bytes": 2**32, "utilisation_percent": 80},
        {"used_bytes": 2**30, "total_bytes": 2**32, "utilisation_percent": 60},
    ],
}


def worker(name, seen=MOMENT, **status):
    return worker_view(name, "node-1").model_copy(update={"status": STATUS | status, "last_seen": seen})


def board(studies=1, workers=(), rungs=RUNGS, **fields):
    known = Board()
    view = study_view(
        definition={"budget": {"max_trials": 40}}, active_seconds=60.0, **{"completed": 10, "best": 0.5, **fields}
    )
    known.take(Opened([view.model_copy(update={"name": f"s{place}"}) for place in range(studies)]))
    known.take(Looked(workers, "s0", rungs))
    return known


def text(known, width=200, height=None, now=MOMENT):
    return ["".join(span for span, _ in row).rstrip() for row in frame(known, "http://h", width, height, now)]


def test_a_study_a_worker_and_rungs():
    lines = text(board(workers=[worker("w", MOMENT - timedelta(seconds=7))]))
    assert lines[0] == "hpsearch top  00:00:00Z  http://h"
    assert lines[1] == "1 study, 1 active"
    row = "> s0  active  10/40  25 %  3:00  0.5  10  0  0  0  10  0  0  0"
    assert lines[3].split() == row.split()
    assert lines[4] == "1 worker"
    assert lines[6].split() == [
        *(
            "w",
            "7",
            "s",
            "1",
            "3/4",
            "92",
            "%",
            "12",
            "2.0/8.0",
            "GiB",
            "70",
            "%",
            "0",
            "0",
            "node-1",
            "NVIDIA",
            "H200",
        ),
        *("other", "2@9", "s", "17@4", "18@0", "+2"),
    ]
    assert lines[7] == "rungs of s0"
    assert [line.split() for line in lines[8:]] == [
        ["rung", "reached", "stopped", "least", "greatest"],
        ["1", "9", "1", "0.25", "2"],
        ["3", "3", "1", "0.25", "2"],
        ["9", "1", "1", "0.25", "2"],
    ]


def test_a_worker_that_tells_nothing_has_a_row_too():
    assert tables.workers([worker_view("w", None)], MOMENT).rows[0] == [
        "w",
        "0 s",
        "1",
        *["-"] * 5,
        "0",
        "0",
        "-",
        "-",
        "",
    ]


def test_what_is_not_there_is_said():
    lines = text(Board())
    assert lines[1:] == [
        "0 studies, 0 active",
        "There is no study yet: hpsearch study create FILE",
        "0 workers",
        "No worker was heard of in the last 5 minutes: hpsearch worker",
    ]
    assert text(board(rungs=[]))[-1] == "No trial was compared at a rung yet; its pruner is none."


def test_workers_that_are_silent_are_counted():
    lines = text(board(workers=[worker("w"), worker("x", MOMENT - timedelta(minutes=6))]))
    assert lines[4] == "1 worker, 1 more silent for 5 minutes"
    assert not any(line.startswith("x ") for line in lines)


def test_hosts_with_failures_are_listed():
    bad = worker_view("w", "h", host_failures("h", 3, 2, "h fails what others complete."), failed=3)
    lines = text(board(workers=[bad]))
    assert "failures by host" in lines
    assert [line.split("  ")[0] for line in lines if "fails what others complete." in line] == ["h"]


def test_a_server_that_is_gone_is_the_first_that_one_sees():
    known = board()
    known.take(Lost("refused", MOMENT - timedelta(seconds=70)))
    assert text(known)[0] == "THE SERVER IS GONE for 1:10, trying again: refused"
    assert text(known)[3:] == text(board())[3:]


@pytest.mark.parametrize("width", [1, 10, 40, 80, 300])
@pytest.mark.parametrize("height", [1, 2, 5, 9, 14, 24, 100])
def test_it_fits_any_terminal(width, height):
    known = board(studies=30, workers=[worker(f"w{place}") for place in range(20)])
    lines = text(known, width, height)
    assert len(lines) == height
    assert all(cell_len(line) <= width for line in lines)
    assert lines[-1] == (KEYS if width > len(KEYS) else lines[-1])


def test_the_place_is_shared_and_the_chosen_study_is_always_in_it():
    known = board(studies=30, workers=[worker(f"w{place}") for place in range(20)])
    known.choose(25)
    name = known.shown().name
    assert text(known)[-1] == "They are being read."
    known.take(Looked(known.workers, name, RUNGS))
    lines = text(known, 100, 24)
    assert any(line.startswith(f"> {name} ") for line in lines)
    assert [line for line in lines if line.startswith("and ")] == ["and 24 more", "and 15 more"]
    assert [line.split()[0] for line in lines[-4:-1]] == ["1", "3", "9"]
