from functools import reduce
from math import nan
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from hpsearch.errors import FieldError, InvalidInput
from hpsearch.study import Study
from hpsearch.validation import (
    LONGEST_PATH,
    MOST_FINDINGS,
    UNSHOWABLE,
    Definition,
    at_most,
    check_shown,
    check_shown_within,
    parse,
    problem,
    problems,
    shown,
    unknown,
)


class Cat(Definition):
    kind: Literal["cat"]
    lives: Annotated[int, Field(strict=True, ge=1)] = 9


class Dog(Definition):
    kind: Literal["dog"]
    name: str | Annotated[tuple[str, ...], Field(min_length=2)] = "Rex"


class Parrot(Definition):
    name: Literal["parrot"]
    parrot: int = 1
    words: int = Field(default=0, ge=0)


class Stray(Definition):
    name: Literal["stray"]


class House(Definition):
    pet: Annotated[Parrot | Stray, Field(discriminator="name")] | None = None
    pets: dict[str, Annotated[Cat | Dog, Field(discriminator="kind")]] = Field(default_factory=dict)
    guests: Annotated[list[Cat], Field(min_length=1)] | None = None


def found_in(document: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as error:
        parse(House, document)
    return [(found.field, found.message) for found in error.value.fields]


@pytest.mark.parametrize(
    ("document", "field", "message"),
    [
        (3, "", "must be a mapping of fields, got '3'"),
        ({"pets": []}, "pets", "must be a mapping, got '[]'"),
        ({"pets": {"": {}}}, 'pets."".kind', "is required"),
        ({"pets": {"a": {}}}, "pets.a.kind", "is required"),
        ({"pets": {"a": {"kind": "cow"}}}, "pets.a.kind", "must be one of 'cat', 'dog', got 'cow'"),
        ({"pets": {"a": {"kind": "cat", "lives": 0}}}, "pets.a.lives", "must be greater than or equal to 1"),
        ({"pets": {"a": {"kind": "cat", "lives": "9"}}}, "pets.a.lives", "must be a valid integer"),
        (
            {"pets": {"cat": {"kind": "cat", "livs": 1}}},
            "pets.cat.livs",
            "is not known here; did you mean lives? There are kind, lives",
        ),
        ({"pets": {"a": {"kind": "cat", "zzz": 1}}}, "pets.a.zzz", "is not known here. There are kind, lives"),
        (
            {"pets": {"a": {"kind": "dog", "name": 3}}},
            "pets.a.name",
            "must be a valid string or must be a list, got '3'",
        ),
        ({"pet": {"name": "parrot", "parrot": 1, "words": -1}}, "pet.words", "must be greater than or equal to 0"),
        ({"pet": {"name": "parrot", "parrot": []}}, "pet.parrot", "must be a valid integer"),
        (
            {"pet": {"name": "parrot", "parrot": 1, "wrds": 1}},
            "pet.wrds",
            "is not known here; did you mean words? There are name, parrot, words",
        ),
        ({"guests": []}, "guests", "must have at least 1 item(s), got '[]'"),
        ({"guests": [{}]}, "guests.0.kind", "is required"),
        ({"guests": [{"kind": "cat", "extra": 1}]}, "guests.0.extra", "is not known here. There are kind, lives"),
    ],
)
def test_a_finding_has_the_path_of_its_field_and_says_what_would_be_right(document, field, message):
    assert found_in(document) == [(field, message)]


def test_everything_wrong_is_said_at_once():
    document = {"pets": {"a": {"kind": "cat", "lives": 0}, "b": {}}, "garden": 1}
    assert [field for field, _ in found_in(document)] == ["pets.a.lives", "pets.b.kind", "garden"]


def test_a_document_wrong_in_a_million_places_is_refused_briefly():
    assert len(found_in({f"field{number}": 1 for number in range(5000)})) == MOST_FINDINGS
    assert len(found_in({"guests": [{}] * 5000})) == MOST_FINDINGS


def test_long_values_are_shown_in_part():
    assert len(found_in({"pets": {"a": {"kind": "x" * 10_000}}})[0][1]) < 200


def test_of_a_list_that_is_too_long_no_item_is_looked_at():
    class Model(BaseModel):
        items: Annotated[tuple[int, ...], Field(max_length=3), at_most(3)]

    with pytest.raises(InvalidInput) as error:
        parse(Model, {"items": ["a", "b", "c", "d"]})
    [found] = error.value.fields
    assert (found.field, found.message) == ("items", "must have at most 3 item(s), got \"['a', 'b', 'c', 'd']\"")


class Span(Definition):
    low: int
    high: int

    def model_post_init(self, context: object) -> None:
        if self.low > self.high:
            raise problem("low", "must be {at most} high")
        if self.low < 0:
            raise problems([FieldError("low", "is negative"), FieldError("", "is below zero")])


class Spans(BaseModel):
    first: Span


def test_a_validator_names_fields_below_its_own_model():
    with pytest.raises(InvalidInput) as error:
        parse(Spans, {"first": {"low": 2, "high": 1}})
    assert error.value.fields == (FieldError("first.low", "must be {at most} high"),)
    with pytest.raises(InvalidInput) as error:
        parse(Spans, {"first": {"low": -1, "high": 1}})
    assert error.value.fields == (FieldError("first.low", "is negative"), FieldError("first", "is below zero"))


def test_the_nearest_name_is_offered():
    assert unknown("learnin_rate", ["depth", "learning_rate"]) == (
        "is not known here; did you mean learning_rate? There are depth, learning_rate"
    )


UNSHOWN = ["\0", "\x07", "\x1b[31m", "\r", "\x7f", "\x85", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\ufeff"]
UNSHOWN += ["\u200b", "\u200e", "\u202a", "\u2060", "\u2064", "\u206f", "\ufff9", "\uffff", "\U000e0001", "\U000e007f"]


@pytest.mark.parametrize("mark", UNSHOWN)
def test_what_makes_a_reader_see_something_else_is_refused(mark):
    with pytest.raises(ValueError, match=rf"U\+{ord(mark[0]):04X} at 1"):
        check_shown(f"a{mark}b")
    for value in ({"a": [f"a{mark}b"]}, {f"a{mark}b": 1}):
        with pytest.raises(ValueError, match="control, direction or invisible"):
            check_shown_within(value)


def test_text_of_every_language_is_shown():
    text = "tab\tand\nnewline, Ünïcödé, עברית, العربية, क\u094d\u200cष, 中文, 👩‍👩‍👧, ☺\ufe0f, \ufffd"
    assert check_shown(text) == text
    assert check_shown_within({"a": [text, 1, None, {"b": text}]})


@pytest.mark.parametrize("document", [{"x" * 7_000_000: 1}, {"pets": {"x" * 7_000_000: {}}}, {"pets": "x" * 7_000_000}])
def test_of_a_very_long_name_or_text_the_beginning_is_shown(document):
    [(field, message)] = found_in(document)
    assert len(field) < 120
    assert len(message) < 200


def test_a_very_deep_path_is_shown_in_part():
    deep = reduce(lambda below, _: {"x" * 99: below}, range(50), nan)
    with pytest.raises(InvalidInput) as error:
        parse(
            Study, {"name": "s", "objective": "m:f", "space": {"x": {"type": "constant", "value": 1}}, "settings": deep}
        )
    [found] = error.value.fields
    assert found.field.startswith("settings.xxx")
    assert len(found.field) <= LONGEST_PATH + 1


def test_names_that_show_as_something_else_are_escaped():
    document = {"a\u202eb": 1, "pets": {"\x1b[2J": {}}, "guests": [{"kind": "\u2066\n"}]}
    assert [field for field, _ in found_in(document)] == ["pets.\\x1b[2J.kind", "guests.0.kind", "a\\u202eb"]
    assert not any(UNSHOWABLE.search(message) for _, message in found_in(document))


def test_what_is_shown_can_be_read():
    assert shown("tab\tand\nnewline \ud800 \U000e0041 é 👩‍👩‍👧") == "tab\\tand\\nnewline \\ud800 \\U000e0041 é 👩‍👩‍👧"
    assert shown("a" * 101) == "a" * 100 + "…"
    assert shown("a" * 100) == "a" * 100
