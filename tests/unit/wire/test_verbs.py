import math
from typing import Any

import pytest
from pydantic import BaseModel

from hpsearch.errors import InvalidInput
from hpsearch.validation import parse
from hpsearch.wire.base import MAX_ITEMS
from hpsearch.wire.studies import Enqueue
from hpsearch.wire.verbs import Ask, Asked, Lease, Renew, Report, Reported, Tell, Told

ASK: dict[str, Any] = {"worker": "w-1", "request_id": "r"}
REPORT: dict[str, Any] = {"lease": "a", "step": 1, "value": 0.5}
COMPLETED: dict[str, Any] = {"lease": "a", "state": "completed", "values": [0.5]}
FAILED: dict[str, Any] = {"lease": "a", "state": "failed", "error": {"reason": "io", "message": "disk"}}
RENEW: dict[str, Any] = {"worker": "w-1", "leases": ["a"]}


def items(*found: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(found)}


@pytest.mark.parametrize(
    ("model", "document", "field"),
    [
        (Ask, {"request_id": "r"}, "worker"),
        (Ask, {"worker": "w"}, "request_id"),
        (Ask, ASK | {"worker": "a b"}, "worker"),
        (Ask, ASK | {"request_id": ""}, "request_id"),
        (Ask, ASK | {"request_id": "x" * 101}, "request_id"),
        *(
            (Ask, ASK | {"request_id": f"a{mark}b"}, "request_id")
            for mark in "\0\t\n\x1b\x7f\u200b\u202e\ufeff\U000e0041"
        ),
        (Enqueue, {"request_id": "a\u202eb", "params": {}}, "request_id"),
        (Ask, ASK | {"count": 0}, "count"),
        (Ask, ASK | {"count": 1001}, "count"),
        (Ask, ASK | {"count": "3"}, "count"),
        (Ask, ASK | {"count": True}, "count"),
        (Ask, ASK | {"studies": []}, "studies"),
        (Ask, ASK | {"studies": "digits"}, "studies"),
        (Ask, ASK | {"studies": ["digits", "a b"]}, "studies.1"),
        (Ask, ASK | {"objectives": ["mlp"]}, "objectives.0"),
        (Ask, ASK | {"wait_seconds": 61}, "wait_seconds"),
        (Ask, ASK | {"wait_seconds": -1}, "wait_seconds"),
        (Ask, ASK | {"wait_seconds": "NaN"}, "wait_seconds"),
        (Ask, ASK | {"wait": 1}, "wait"),
        (Ask, ASK | {"host": ""}, "host"),
        (Ask, ASK | {"host": "h" * 256}, "host"),
        (Ask, ASK | {"host": "a\tb"}, "host"),
        (Ask, ASK | {"host": "a\nb"}, "host"),
        (Ask, ASK | {"host": "a\n"}, "host"),
        (Ask, ASK | {"host": "\u202eb"}, "host"),
        (Ask, ASK | {"host": 1}, "host"),
        (Report, {}, "items"),
        (Report, items(), "items"),
        (Report, items(*[REPORT] * (MAX_ITEMS + 1)), "items"),
        (Report, items(REPORT, REPORT | {"lease": ""}), "items.1.lease"),
        (Report, items(REPORT | {"lease": "x" * 101}), "items.0.lease"),
        (Report, items(REPORT | {"step": -1}), "items.0.step"),
        (Report, items(REPORT | {"step": 1.5}), "items.0.step"),
        (Report, items(REPORT | {"step": 2**53}), "items.0.step"),
        (Report, items(REPORT | {"value": None}), "items.0.value"),
        (Report, items(REPORT | {"values": [1]}), "items.0.values"),
        (Report, items(REPORT | {"metrics": {"a b": 1}}), "items.0.metrics.a b"),
        (Report, items(REPORT | {"metrics": {f"m{n}": 1 for n in range(201)}}), "items.0.metrics"),
        (Report, items(REPORT | {"checkpoint": {"ref": "x"}}), "items.0.checkpoint.step"),
        (Tell, items(COMPLETED | {"values": None}), "items.0.values"),
        (Tell, items(COMPLETED | {"values": []}), "items.0.values"),
        (Tell, items(COMPLETED | {"values": [1] * 9}), "items.0.values"),
        (Tell, items(COMPLETED | {"state": "pruned"}), "items.0.state"),
        (Tell, items(FAILED | {"error": None}), "items.0.error"),
        (Tell, items(FAILED | {"error": {"reason": "Bad Reason", "message": ""}}), "items.0.error.reason"),
        (Tell, items(FAILED | {"error": {"reason": "io", "message": "x" * 64_001}}), "items.0.error.message"),
        (Tell, items(COMPLETED | {"device_seconds": -1}), "items.0.device_seconds"),
        (Tell, items(COMPLETED | {"artifacts": {"log": "x" * 256_000}}), "items.0.artifacts"),
        (Tell, items(COMPLETED | {"trace": {"log": "x" * 4_000}}), "items.0.trace"),
        (Renew, RENEW | {"leases": ["a"] * (MAX_ITEMS + 1)}, "leases"),
        (Renew, RENEW | {"leases": [1]}, "leases.0"),
        (Renew, RENEW | {"status": {"host": "x" * 4_000}}, "status"),
    ],
)
def test_a_malformed_body_is_refused_by_the_path_of_its_field(model: type[BaseModel], document, field):
    with pytest.raises(InvalidInput) as error:
        parse(model, document)
    assert [found.field for found in error.value.fields] == [field]


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (Ask, ASK),
        (Ask, ASK | {"host": "höst 1" + "x" * 249}),
        (
            Ask,
            ASK
            | {"count": 1000, "studies": ["digits"], "objectives": ["flax/mlp", "my_code:train"], "wait_seconds": 60},
        ),
        (Report, items(*[REPORT] * MAX_ITEMS)),
        (
            Report,
            items(REPORT | {"value": "NaN", "metrics": {"loss": "Infinity"}, "checkpoint": {"ref": "x", "step": 0}}),
        ),
        (Tell, items(COMPLETED, FAILED, {"lease": "a", "state": "released"})),
        (Tell, items(FAILED | {"error": {"reason": "a_word_of_its_own", "message": "", "traceback": "x"}})),
        (Renew, RENEW | {"leases": [], "status": {"host": "h", "lanes": 16}}),
    ],
)
def test_a_body_survives_the_wire(model: type[BaseModel], document):
    body = parse(model, document)
    again = model.model_validate_json(body.model_dump_json())
    assert again.model_dump(mode="json") == body.model_dump(mode="json")


def test_params_keep_their_types():
    params = {"a": 1, "b": 1.0, "c": True, "d": "1", "e": None, "f": 0.1}
    lease = Lease(lease="t", study="s", trial=0, attempt=1, params=params, seed=3)
    again = Lease.model_validate_json(lease.model_dump_json()).params
    assert [(name, value, type(value)) for name, value in again.items()] == [
        (name, value, type(value)) for name, value in params.items()
    ]


def test_answers_may_gain_fields():
    lease = {"lease": "t", "study": "s", "trial": 0, "attempt": 1, "params": {}, "seed": 3, "priority": 1}
    work = {"objective": "flax/mlp", "settings": {}, "metric": "val_loss", "direction": "minimize", "gpu": True}
    asked = {"leases": [lease], "studies": {"s": work}, "lease_seconds": 120, "renew_seconds": 30, "finished": False}
    assert parse(Asked, asked | {"news": 1}).leases[0].trial == 0
    assert parse(Reported, items({"lease": "t", "decision": "stop", "since": 3})).items[0].decision == "stop"
    told = items({"lease": "t", "accepted": False, "trial_state": None, "code": "lease_unknown", "x": 1})
    assert parse(Told, told).items[0].code == "lease_unknown"


def test_a_value_that_is_no_number_is_kept_as_such():
    body = parse(Tell, items(COMPLETED | {"values": ["NaN", "-Infinity", 1]}))
    values = body.items[0].values
    assert math.isnan(values[0])
    assert values[1:] == (-math.inf, 1.0)
