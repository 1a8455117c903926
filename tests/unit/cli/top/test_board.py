from datetime import timedelta

from cli_views import MOMENT, study_change, study_view, worker_view

from hpsearch.cli.top.board import Board, Changed, Found, Looked, Lost, Opened


def study(name, **fields):
    age = timedelta(seconds=fields.pop("age", 0))
    seq = fields.pop("seq", 1)
    view = study_view(**fields)
    return view.model_copy(update={"name": name, "created_at": MOMENT - age, "seq": seq})


def names(board):
    return [view.name for view in board.ordered()]


def test_active_studies_come_first_and_new_ones_before_old_ones():
    board = Board()
    states = {"a": "finished", "b": "paused", "c": "active", "d": "active"}
    board.take(Opened([study(name, state=state, age=ord(name)) for name, state in states.items()]))
    assert names(board) == ["c", "d", "b", "a"]
    assert board.shown().name == "c"


def test_a_change_is_taken_in_unless_more_is_known():
    board = Board()
    board.take(Opened([study("a", running=1, seq=5)]))
    now = study(
        "a", completed=1, best=0.5, state="finished", reason="max_trials", definition={"budget": {"max_trials": 9}}
    )
    board.take(Changed(study_change(now, seq=4)))
    assert board.studies["a"].counts.running == 1
    board.take(Changed(study_change(now, seq=6)))
    view = board.studies["a"]
    assert (view.counts.completed, view.best_value, view.best_trial, view.seq) == (1, 0.5, 3, 6)
    assert (view.state.value, view.reason, view.definition.budget.max_trials) == ("finished", "max_trials", 9)


def test_studies_come_and_go():
    board = Board()
    board.take(Opened([study("a"), study("b")]))
    board.take(Found(study("c")))
    board.take(Changed(study_change(study("a", seq=9), deleted=True)))
    board.take(Changed(study_change(study("unknown", seq=9))))
    assert set(board.studies) == {"b", "c"}
    board.take(Opened([study("d")]))
    assert set(board.studies) == {"d"}


def test_the_chosen_study_is_kept_while_it_is_there():
    board = Board(chosen="b")
    assert board.shown() is None
    board.choose(1)
    board.take(Opened([study("a", age=1), study("b", age=2), study("c", age=3)]))
    assert board.shown().name == "b"
    board.choose(1)
    board.choose(1)
    assert board.shown().name == "c"
    board.choose(-9)
    assert board.shown().name == "a"
    board.choose(1)
    board.take(Changed(study_change(study("b"), deleted=True)))
    assert board.shown().name == "a"


def test_a_server_is_gone_since_it_was_first_noticed():
    board = Board()
    board.take(Lost("refused", MOMENT))
    board.take(Lost("timed out", MOMENT + timedelta(seconds=5)))
    assert board.lost == Lost("timed out", MOMENT)
    board.take(Opened([]))
    assert board.lost is None


def test_a_look_brings_workers_and_rungs():
    board = Board()
    board.take(Looked([worker_view("w", "h")], "a", []))
    assert ([worker.name for worker in board.workers], board.rungs_of) == (["w"], "a")
