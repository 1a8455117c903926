import pytest

from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch.trial import ErrorReason
from hpsearch.wire.failures import MAX_MESSAGE, MAX_TRACEBACK, failure_of, printable, reason_of


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InvalidSettings.at("settings.data.path", "is missing"), ErrorReason.INVALID_SETTINGS),
        (InvalidInput.at("params.depth", "is too large"), ErrorReason.INVALID_PARAMETERS),
        (MemoryError(), ErrorReason.OUT_OF_MEMORY),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 10 bytes"), ErrorReason.OUT_OF_MEMORY),
        (FileNotFoundError("x"), ErrorReason.IO),
        (ZeroDivisionError(), ErrorReason.EXCEPTION),
    ],
)
def test_reason_of_an_exception(error, reason):
    assert reason_of(error) is reason


def raised(error):
    try:
        raise error
    except BaseException as caught:
        return caught


def test_a_failure_says_type_text_and_where():
    failure = failure_of(raised(ZeroDivisionError("no")))
    assert (failure.reason, failure.message) == ("exception", "ZeroDivisionError: no")
    assert "in raised" in failure.traceback


def test_a_long_failure_keeps_the_end_of_its_traceback():
    failure = failure_of(raised(ValueError("x" * 200_000 + "end")))
    assert len(failure.message) == MAX_MESSAGE
    assert len(failure.traceback) == MAX_TRACEBACK
    assert failure.traceback.endswith("end\n")


def test_text_that_json_or_a_database_cannot_hold_is_replaced():
    failure = failure_of(raised(ValueError("a\0b\udcffc")))
    assert failure.message == "ValueError: a\ufffdb?c"


def test_an_exception_that_cannot_show_itself_is_still_told():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    failure = failure_of(raised(Mute()))
    assert (failure.reason, failure.message) == ("exception", "Mute: (its text cannot be shown: RuntimeError)")


def test_what_a_terminal_would_obey_is_replaced():
    assert printable("50%\r100%\r\n\x1b[31mred\u202e\tend") == "50%\n100%\n\ufffd[31mred\ufffd\tend"
    assert failure_of(raised(ValueError("\x1b[2J"))).message == "ValueError: \ufffd[2J"
