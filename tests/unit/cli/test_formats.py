from datetime import UTC, datetime, timedelta, timezone

import pytest

from hpsearch.cli import formats


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 s"), (59.94, "59.9 s"), (60, "1:00"), (61.6, "1:02"), (3599.6, "1:00:00"), (7384, "2:03:04")],
)
def test_seconds(seconds, text):
    assert formats.seconds(seconds) == text


def test_values():
    assert formats.value(0.123456789) == "0.123457"
    assert formats.value(True) == "true"
    assert formats.value(None) == "-"
    assert formats.value(12345678) == "12345678"
    assert formats.values((0.5, float("nan"))) == "0.5, nan"


def test_parameters_can_be_pasted_into_enqueue():
    assert formats.params({"lr": 0.01, "o": "sgd", "b": True, "n": None}) == "lr=0.01 o=sgd b=true n=null"


def test_times_are_utc():
    moment = datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))
    assert formats.time(moment) == "2025-12-31 23:00:00Z"
    assert formats.time(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01 00:00:00Z"


def test_how_long_ago_is_in_whole_seconds_and_never_before_now():
    assert [formats.ago(seconds) for seconds in (-3.2, 0.4, 59.4, 59.6, 187.0, 7200.2)] == [
        *("0 s", "0 s", "59 s", "1:00", "3:07", "2:00:00")
    ]


def test_shares_are_percent():
    assert [formats.percent(share) for share in (None, 0.0, 0.404, 1.0)] == ["-", "0 %", "40 %", "100 %"]
