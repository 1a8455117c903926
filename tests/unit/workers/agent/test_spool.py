import stat
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpsearch.errors import Conflict
from hpsearch.wire.verbs import Ask, ReportItem, TellError, TellItem
from hpsearch_workers.agent.spool import KEEP_SECONDS, Spool


@pytest.fixture
def spool(tmp_path):
    with Spool(tmp_path / "w") as spool:
        yield spool


def report(lease, step=1):
    return ReportItem(lease=lease, step=step, value=float("inf"), metrics={"accuracy": 0.5})


def tell(lease, state="released"):
    return TellItem(lease=lease, state=state)


def items(spool):
    return [one.item for one in spool.pending()]


def test_items_come_back_as_they_were_in_their_order(spool):
    spool.hold({"a": "s/0", "b": "s/1"})
    error = TellError(reason="killed", message="nö", traceback="x\ny")
    given_items = [report("b"), report("a"), TellItem(lease="a", state="failed", error=error), report("b", 2)]
    spool.add(given_items[:2])
    spool.add(given_items[2:])
    assert items(spool) == given_items
    assert [one.label for one in spool.pending()] == ["s/1", "s/0", "s/0", "s/1"]
    assert [one.item for one in spool.pending(limit=2)] == given_items[:2]


def test_what_is_delivered_is_gone_and_a_told_lease_with_it(spool):
    spool.hold({"a": "s/0", "b": "s/1"})
    spool.add([report("a"), report("b"), tell("a")])
    spool.delivered(one for one in spool.pending() if one.item.lease == "a")
    assert items(spool) == [report("b")]
    assert spool.held() == ["b"]


def test_items_of_leases_that_are_not_held_are_dropped(spool):
    spool.hold({"a": "s/0"})
    spool.add([report("a"), report("stranger")])
    spool.forget("a")
    spool.add([tell("a")])
    assert items(spool) == []
    assert spool.held() == []


def test_everything_survives_the_process(tmp_path):
    """A process that ends without closing its spool leaves it whole to the next."""
    script = f"""
import os
from pathlib import Path
from hpsearch.wire.verbs import Ask, ReportItem, TellItem
from hpsearch_workers.agent.spool import Spool
spool = Spool(Path({str(tmp_path / "w")!r}))
spool.hold({{"a": "s/0", "b": "s/1"}})
spool.add([ReportItem(lease="a", step=1, value=0.5), TellItem(lease="a", state="completed", values=(0.5,))])
spool.asking(Ask(worker="w", request_id="r"))
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    with Spool(tmp_path / "w") as spool:
        assert items(spool) == [
            ReportItem(lease="a", step=1, value=0.5),
            TellItem(lease="a", state="completed", values=(0.5,)),
        ]
        assert spool.untold() == ["b"]
        assert spool.unanswered_ask() == Ask(worker="w", request_id="r")


def test_one_process_alone_uses_it(tmp_path, spool):
    with pytest.raises(Conflict, match="a worker named w is running already"):
        Spool(tmp_path / "w")
    spool.close()
    Spool(tmp_path / "w").close()


def test_it_needs_no_shared_memory_which_network_file_systems_lack(tmp_path, spool):
    spool.hold({"a": "s/0"})
    assert sorted(path.name for path in (tmp_path / "w").iterdir()) == ["lock", "spool.db", "spool.db-wal"]


def test_others_cannot_read_the_tokens(tmp_path, spool):
    assert stat.S_IMODE((tmp_path / "w").stat().st_mode) == 0o700


def test_the_answer_of_an_ask_takes_its_place(spool):
    assert spool.unanswered_ask() is None
    spool.asking(Ask(worker="w", request_id="r1"))
    spool.asking(Ask(worker="w", request_id="r2"))
    assert spool.unanswered_ask().request_id == "r2"
    spool.hold({"a": "s/0"})
    spool.hold({"a": "s/0"})  # the answer to a repeat
    assert spool.unanswered_ask() is None
    assert spool.held() == ["a"]


def test_an_unknown_lease_waits_for_the_next_start(tmp_path):
    with Spool(tmp_path / "w") as spool:
        spool.hold({"a": "s/0", "b": "s/1"})
        spool.add([report("a"), report("b")])
        spool.set_aside("a")
        spool.add([tell("a")])
        assert items(spool) == [report("b")]
        assert spool.held() == ["b"]
    with Spool(tmp_path / "w") as spool:
        assert items(spool) == [report("a"), report("b"), tell("a")]


def test_another_item_takes_the_place_of_a_refused_one(spool):
    spool.hold({"a": "s/0"})
    spool.add([report("a"), tell("a", "released")])
    spool.replace(spool.pending()[0], report("a", 7))
    assert items(spool) == [report("a", 7), tell("a")]


def test_old_ends_are_given_up_and_nothing_else(tmp_path):
    now = [0.0]
    with Spool(tmp_path / "w", clock=lambda: now[0]) as spool:
        spool.hold({"told": "s/0", "running": "s/1", "late": "s/2"})
        spool.add([report("told"), tell("told"), report("running")])
        now[0] = 10.0
        spool.add([tell("late")])
        now[0] = KEEP_SECONDS
        assert spool.give_up_old() == []
        now[0] = KEEP_SECONDS + 5
        assert spool.give_up_old() == ["s/0"]
        assert spool.held() == ["running", "late"]
        assert items(spool) == [report("running"), tell("late")]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["report", "tell", "deliver", "forget", "aside"]))))
def test_a_lease_is_held_from_its_grant_to_its_end(tmp_path_factory, steps):
    """What is pending is always what was added and neither delivered nor forgotten, in order."""
    with Spool(tmp_path_factory.mktemp("spool") / "w") as spool:
        spool.hold(dict.fromkeys("abc", "s/0"))
        held, aside, expected = set("abc"), set(), []
        for number, (lease, step) in enumerate(steps):
            if step in {"report", "tell"}:
                item = report(lease, number) if step == "report" else tell(lease)
                spool.add([item])
                expected += [item] if lease in held else []
            elif step == "deliver":
                done = [one for one in spool.pending() if one.item.lease == lease]
                spool.delivered(done)
                if any(isinstance(one.item, TellItem) for one in done):
                    held.discard(lease)
                if lease not in aside:
                    expected = [item for item in expected if item.lease != lease]
            elif step == "forget":
                spool.forget(lease)
                held.discard(lease)
                expected = [item for item in expected if item.lease != lease]
            else:
                spool.set_aside(lease)
                aside |= {lease} & held
        assert items(spool) == [item for item in expected if item.lease not in aside]
        assert set(spool.held()) == held - aside


def test_every_commit_is_written_through(tmp_path):
    """In this mode SQLite calls fsync before a commit returns; a power cut takes nothing that a method was given."""
    with Spool(tmp_path / "w") as spool:
        assert [spool._db.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous")] == [
            ("wal",),
            (2,),
        ]
