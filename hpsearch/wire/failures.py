"""What is told of an attempt that an exception ended."""

import traceback

from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch.trial import ErrorReason
from hpsearch.validation import UNSHOWABLE
from hpsearch.wire.verbs import TellError

MAX_MESSAGE = 4_000
MAX_TRACEBACK = 56_000
"""Characters kept; the wire takes 64,000 of each."""


def reason_of(error: BaseException) -> ErrorReason:
    """Why an attempt failed, by the exception that escaped from its objective."""
    if isinstance(error, InvalidSettings):
        return ErrorReason.INVALID_SETTINGS
    if isinstance(error, InvalidInput):
        return ErrorReason.INVALID_PARAMETERS
    # XLA raises one class for everything; its message begins with the status.
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in _text(error):
        return ErrorReason.OUT_OF_MEMORY
    if isinstance(error, OSError):
        return ErrorReason.IO
    return ErrorReason.EXCEPTION


def failure_of(error: BaseException) -> TellError:
    """What to tell of an exception: its reason, `Type: text`, and the end of its traceback, which says most."""
    text = _text(error)
    message = f"{type(error).__name__}: {text}" if text else type(error).__name__
    lines = "".join(traceback.format_exception(error))
    return TellError(
        reason=reason_of(error).value,
        message=printable(message[:MAX_MESSAGE]),
        traceback=printable(lines[-MAX_TRACEBACK:]),
    )


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as second:  # of a class that cannot show itself; the first error is what counts
        return f"(its text cannot be shown: {type(second).__name__})"


def printable(text: str) -> str:
    """Text that can be stored and shown: without lone surrogates, controls and marks of direction. `\\r` begins a line."""
    whole = text.encode("utf-8", "replace").decode()
    return UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", whole.replace("\r\n", "\n").replace("\r", "\n"))
