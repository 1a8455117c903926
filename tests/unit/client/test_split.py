import json

from hypothesis import given
from hypothesis import strategies as st

from hpsearch.client.split import bodies
from hpsearch.wire.base import MAX_BODY_BYTES, MAX_ITEMS
from hpsearch.wire.verbs import Report, ReportItem, Tell, TellItem


def report(lease, value=0.5):
    return ReportItem(lease=lease, step=1, value=value)


@given(
    st.lists(st.text("aé", min_size=1, max_size=60), max_size=40),
    st.integers(1, 7),
    st.integers(120, 400),
)
def test_all_items_arrive_in_order_within_both_limits(leases, max_items, max_bytes):
    items = [report(lease) for lease in leases]
    arrived = []
    for count, body in bodies(items, max_items, max_bytes):
        part = json.loads(body)["items"]
        assert 1 <= count == len(part) <= max_items
        assert len(body) <= max_bytes or count == 1
        arrived += [item["lease"] for item in part]
    assert arrived == leases


def test_the_limits_are_those_of_the_wire():
    items = [report(str(number), float("nan")) for number in range(MAX_ITEMS * 2 + 1)]
    assert [count for count, _ in bodies(items)] == [MAX_ITEMS, MAX_ITEMS, 1]
    assert sum(len(Report.model_validate_json(body).items) for _, body in bodies(items)) == len(items)


def test_large_items_are_split_by_bytes():
    items = [TellItem(lease=str(n), state="released", artifacts={"log_tail": "x" * 250_000}) for n in range(64)]
    parts = list(bodies(items))
    assert len(parts) == 3
    assert all(len(body) <= MAX_BODY_BYTES for _, body in parts)
    assert [item for _, body in parts for item in Tell.model_validate_json(body).items] == items


def test_no_body_holds_a_null_for_what_was_not_given():
    [(_, body)] = bodies([report("a")])
    assert json.loads(body) == {"items": [{"lease": "a", "step": 1, "value": 0.5}]}
