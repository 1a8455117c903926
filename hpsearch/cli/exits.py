"""Exit codes of the command line: one a kind of outcome, so that scripts need not read messages."""

from enum import IntEnum

from hpsearch import errors


class ExitCode(IntEnum):
    """What a command ends with; the docstring of each is in `MEANINGS`."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    UNREACHABLE = 5
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed: the message says why",
    ExitCode.USAGE: "bad command line, bad study file or bad value",
    ExitCode.NOT_FOUND: "no such study, trial or stored weights",
    ExitCode.CONFLICT: "not possible in the present state",
    ExitCode.UNREACHABLE: "the server or its database cannot be reached",
    ExitCode.INTERRUPTED: "interrupted by Ctrl-C",
}

_BY_ERROR: tuple[tuple[type[errors.HpsearchError], ExitCode], ...] = (
    (errors.InvalidInput, ExitCode.USAGE),
    (errors.BodyTooLarge, ExitCode.USAGE),
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.Conflict, ExitCode.CONFLICT),
    (errors.Unavailable, ExitCode.UNREACHABLE),
)


def exit_code(error: errors.HpsearchError) -> ExitCode:
    """The exit code of an error that ended a command."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.FAILED)
