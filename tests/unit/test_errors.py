import re

import pytest

from hpsearch import errors
from hpsearch.errors import BY_CODE, FieldError, HpsearchError, InvalidInput, TrialStopped


def every_class() -> list[type[HpsearchError]]:
    found = [
        member for member in vars(errors).values() if isinstance(member, type) and issubclass(member, HpsearchError)
    ]
    assert len(found) > 20
    return found


def test_every_class_has_a_code_of_its_own():
    assert sorted(BY_CODE.values(), key=id) == sorted(every_class(), key=id)
    assert all(BY_CODE[error.code] is error for error in every_class())


@pytest.mark.parametrize("error", every_class())
def test_codes_are_the_class_names_in_words(error):
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", error.__name__).lower()
    assert error.code == {"hpsearch_error": "error"}.get(words, words)


@pytest.mark.parametrize("error", every_class())
def test_an_error_has_a_message_even_when_nothing_is_said(error):
    assert error().message.endswith((".", "?"))
    assert str(error("said")) == error("said").message == "said"


def test_the_drawn_tree_is_the_tree():
    drawn = re.findall(r"^    ([│├└─ ]*)(\w+)", errors.__doc__ or "", re.MULTILINE)
    parents: list[str] = []
    edges = {}
    for indent, name in drawn:
        depth = len(indent) // 4
        parents[depth:] = [name]
        edges[name] = parents[depth - 1] if depth else "Exception"
    assert edges == {error.__name__: error.__bases__[0].__name__ for error in every_class()}


def test_fields_make_the_message():
    error = InvalidInput(fields=[FieldError("space.x.low", "must be at most high"), FieldError("", "is empty")])
    assert error.message == "space.x.low: must be at most high; is empty"
    assert InvalidInput.at("name", "is required").fields == (FieldError("name", "is required"),)
    assert InvalidInput("said", [FieldError("a", "b")]).message == "said"


def test_a_field_error_of_a_subclass_is_of_that_class():
    assert type(errors.InvalidSettings.at("settings", "are wrong")) is errors.InvalidSettings


def test_a_stop_is_no_error():
    stop = TrialStopped("stop", "asha rung 9")
    assert not isinstance(stop, HpsearchError)
    assert (stop.decision, stop.reason, str(stop)) == ("stop", "asha rung 9", "stop: asha rung 9")
    assert str(TrialStopped("lost")) == "lost"
