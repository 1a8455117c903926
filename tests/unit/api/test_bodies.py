import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpsearch.errors import BodyTooLarge, InvalidInput
from hpsearch.validation import MOST_FINDINGS
from hpsearch.wire.base import MAX_BODY_BYTES
from hpsearch_api import bodies

fit = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | fit,
    lambda below: st.lists(below) | st.dictionaries(fit, below),
    max_leaves=20,
)


def flaws(raw):
    with pytest.raises(InvalidInput) as caught:
        bodies.decode(raw)
    return {found.field: found.message for found in caught.value.fields}


@given(documents, st.booleans())
def test_what_json_writes_is_read_back(document, escaped):
    assert bodies.decode(json.dumps(document, ensure_ascii=escaped).encode()) == document


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw):
    with suppress(InvalidInput):
        bodies.decode(raw)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is required"),
        (b"{", "is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        (b'{"a": 1}}', "is not JSON: Extra data"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        (b'{"a": "\xff"}', "is not UTF-8: invalid start byte at byte 7"),
        ('{"a": 1}'.encode("utf-16"), "is not UTF-8"),
        (b"[" * 200_000, "is nested too deeply"),
        (b'{"a":' * 200_000, "is nested too deeply"),
        (b"[" + b"9" * 5000 + b"]", "too many digits"),
        (b"NaN", 'must be sent as the string "NaN"'),
    ],
)
def test_a_body_that_is_no_document(raw, said):
    assert said in flaws(raw)["body"]


@pytest.mark.parametrize(
    ("raw", "field", "said"),
    [
        (b'{"a": [1, {"b": 1, "b": 2}]}', "a.1.b", "is given twice"),
        (b'{"a": {"b": -Infinity}}', "a.b", 'must be sent as the string "-Infinity"'),
        (b'{"a": [0.5, 1e999]}', "a.1", "beyond the range of a double: 1e999"),
        (b'{"a": [0.5, -1' + b"0" * 309 + b"]}", "a.1", "beyond the range of a double: -10000"),
        (rb'{"a": "x\u0000y"}', "a", "cannot be kept"),
        (rb'{"a": ["\ud83d"]}', "a.0", "cannot be kept"),
        (rb'{"a": ["\uDE00"]}', "a.0", "cannot be kept"),
        (rb'{"a\u0000": 1}', "a\ufffd", "cannot be kept"),
        (rb'{"": "\u0000"}', '""', "cannot be kept"),
    ],
)
def test_a_flaw_is_named_by_its_path(raw, field, said):
    found = flaws(raw)
    assert said in found[field]
    assert len(found) == 1


def test_a_name_given_very_often_is_found_in_one_pass():
    raw = b"{" + b'"a":1,' * 200_000 + b'"b":1}'
    assert flaws(raw) == {"a": "is given twice"}


def test_all_flaws_are_named_at_once():
    assert set(flaws(rb'{"a": NaN, "b": {"c": 1e999}, "d": "\u0000", "e": 1, "e": 2}')) == {"a", "b.c", "d", "e"}


def test_only_the_first_of_very_many_flaws_are_named():
    assert len(flaws(b"[" + b"NaN," * 9999 + b"NaN]")) == MOST_FINDINGS


def test_escapes_of_what_can_be_kept_are_no_flaws():
    assert bodies.decode(rb'["\ud83d\ude00", "\\u0000", "\u00e9"]') == ["😀", "\\u0000", "é"]


class Request:
    """As much of a request as `bodies.read` looks at; counts what it was made to send."""

    def __init__(self, chunks, **headers):
        self.headers = headers
        self.chunks = chunks
        self.sent = 0

    async def stream(self):
        for chunk in self.chunks:
            self.sent += 1
            yield chunk


@pytest.mark.anyio
class TestRead:
    async def test_the_limit_itself_is_read(self):
        half = b"x" * (MAX_BODY_BYTES // 2)
        assert len(await bodies.read(Request([half, half, b""]))) == MAX_BODY_BYTES

    async def test_one_byte_more_is_refused_before_the_rest_has_come(self):
        request = Request([b"x" * MAX_BODY_BYTES, b"x", b"never", b"asked for"])
        with pytest.raises(BodyTooLarge):
            await bodies.read(request)
        assert request.sent == 2

    async def test_an_announced_excess_is_refused_unread(self):
        request = Request([b"x"], **{"content-length": str(MAX_BODY_BYTES + 1)})
        with pytest.raises(BodyTooLarge):
            await bodies.read(request)
        assert request.sent == 0

    async def test_an_announcement_that_is_too_low_is_not_believed(self):
        with pytest.raises(BodyTooLarge):
            await bodies.read(Request([b"x" * (MAX_BODY_BYTES + 1)], **{"content-length": "1"}))


@pytest.mark.parametrize(
    ("after", "said"),
    [(b"'", "is not JSON"), (b"[" * 100_000, "nested too deeply"), (b"1" * 5000, "too many digits")],
)
def test_what_is_no_json_after_a_flaw_is_refused_too(after, said):
    for flaw in (b'{"a":1,"a":2}', b"NaN", b"1e999"):
        with pytest.raises(InvalidInput, match=said):
            bodies.decode(b'{"x":' + flaw + b',"y":' + after)


def test_a_body_of_too_many_values_is_refused_before_it_is_decoded():
    with pytest.raises(InvalidInput, match="more than 250000 values"):
        bodies.decode(b"[" + b"{}," * 250_001)
    with pytest.raises(InvalidInput, match="more than 250000 values"):
        bodies.decode(b'{"a":1,"a":' + b"[[[" * 100_000)
    assert len(bodies.decode(b"[" + b"1," * 249_999 + b"1]")) == 250_000
