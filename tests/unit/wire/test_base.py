import json
import math
from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import pytest
from domain import quick
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hpsearch.errors import InvalidInput
from hpsearch.validation import parse
from hpsearch.wire.base import Answer, Number, Page, Request, Time, encode_number


class Body(Request):
    value: Number


class Moment(Answer):
    at: Time


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


@given(st.floats())
@quick
def test_numbers_survive_the_wire_bit_for_bit(value):
    travelled = Body(value=value).model_dump_json()
    assert same(Body.model_validate_json(travelled).value, value)
    document = json.loads(travelled, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert same(parse(Body, document).value, value)
    assert same(parse(Body, {"value": encode_number(value)}).value, value)
    jsonschema.Draft202012Validator(Body.model_json_schema(mode="validation")).validate(document)


@pytest.mark.parametrize(("value", "word"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")])
def test_non_finite_numbers_travel_as_words(value, word):
    assert encode_number(value) == word
    assert json.loads(Body(value=value).model_dump_json()) == {"value": word}
    assert Body(value=value).model_dump(mode="json") == {"value": word}


@pytest.mark.parametrize("value", ["nan", "inf", "1", "", "+Infinity", True, None, [1]])
def test_nothing_else_is_a_number(value):
    with pytest.raises(InvalidInput) as error:
        parse(Body, {"value": value})
    assert [found.field for found in error.value.fields] == ["value"]


def test_whole_numbers_are_numbers():
    assert parse(Body, {"value": 3}).value == 3.0


def test_requests_refuse_fields_that_they_do_not_know_and_answers_ignore_them():
    with pytest.raises(InvalidInput) as error:
        parse(Body, {"value": 1, "valeu": 2})
    assert [found.field for found in error.value.fields] == ["valeu"]
    assert parse(Moment, {"at": "2026-01-01T00:00:00Z", "new": 1}).at.year == 2026


def test_bodies_are_frozen():
    with pytest.raises(ValidationError):
        Body(value=1.0).value = 2.0


@given(
    st.datetimes(
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=3))])
    )
)
@quick
def test_times_travel_as_rfc_3339_in_utc(at):
    if not datetime(1, 1, 2, tzinfo=UTC) < at < datetime(9999, 12, 30, tzinfo=UTC):
        return
    written = json.loads(Moment(at=at).model_dump_json())["at"]
    assert written.endswith("Z")
    assert "T" in written
    assert Moment.model_validate_json(json.dumps({"at": written})).at == at


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValidationError):
        Moment(at=datetime(2026, 1, 1))  # noqa: DTZ001  # the point of the test


def test_the_last_page_has_no_cursor():
    assert json.loads(Page[int](items=[1, 2]).model_dump_json()) == {"items": [1, 2], "next_cursor": None}
