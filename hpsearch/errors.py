"""Every error that hpsearch raises on purpose.

Each class has a stable `code`, the same in a problem+json answer, in an exported log and in the client, which turns the code
back into the class. HTTP status codes are not known here.

    HpsearchError
    ├── InvalidInput            the caller sent something malformed; `fields` says what and where
    │   └── InvalidSettings     the settings of an objective; fatal for every trial of the study
    ├── NotFound
    │   ├── StudyNotFound
    │   ├── TrialNotFound
    │   ├── ArtifactNotFound
    │   └── CheckpointNotFound
    ├── Conflict                well-formed, but not in the present state
    │   ├── StudyExists
    │   ├── StudyOver
    │   ├── StudyNotFinished
    │   ├── BudgetExhausted
    │   ├── BudgetBelowUse
    │   ├── RequestIdReused
    │   ├── LimitReached
    │   ├── TrialFinal
    │   ├── MigrationNeeded
    │   └── DatabaseHeld
    ├── Unauthorized
    │   └── Forbidden
    ├── HostNotAllowed
    ├── OriginNotAllowed
    ├── SessionHeaderMissing
    ├── BodyTooLarge
    ├── ProtocolError           the other side answered something that is not hpsearch's protocol
    ├── Unavailable             try again later
    │   ├── TooManyRequests
    │   ├── ServerUnreachable
    │   └── DatabaseUnavailable
    └── InternalError

`TrialStopped` is control flow, not an error: it ends a user's training loop when the server decided so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with an input: `field` is a dotted path (`space.learning_rate.low`), `message` says what would be right."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class HpsearchError(Exception):
    """Base of all; `code` is stable across releases, the message is for people."""

    code: ClassVar[str] = "error"
    retry_after: float | None = None
    """Seconds after which the server asked to be tried again; None where it did not say."""

    def __init__(self, message: str = "", fields: Sequence[FieldError] = ()) -> None:
        self.fields = tuple(fields)
        self.message = message or "; ".join(str(field) for field in self.fields) or (self.__doc__ or self.code)
        super().__init__(self.message)


class InvalidInput(HpsearchError):
    """The input is malformed."""

    code = "invalid_input"

    @classmethod
    def at(cls, field: str, message: str) -> "InvalidInput":
        """The error of one field."""
        return cls(fields=[FieldError(field, message)])


class InvalidSettings(InvalidInput):
    """The objective cannot run with these settings."""

    code = "invalid_settings"


class NotFound(HpsearchError):
    """There is no such thing."""

    code = "not_found"


class StudyNotFound(NotFound):
    """There is no study of this name."""

    code = "study_not_found"


class TrialNotFound(NotFound):
    """The study has no trial of this number."""

    code = "trial_not_found"


class ArtifactNotFound(NotFound):
    """The trial has no artifact of this name."""

    code = "artifact_not_found"


class CheckpointNotFound(NotFound):
    """The trial has no stored weights, or they cannot be read from here."""

    code = "checkpoint_not_found"


class Conflict(HpsearchError):
    """The present state does not allow this."""

    code = "conflict"


class StudyExists(Conflict):
    """A study of this name exists with another definition."""

    code = "study_exists"


class StudyOver(Conflict):
    """The study is finished, and the reason still holds."""

    code = "study_over"


class StudyNotFinished(Conflict):
    """The study is not finished yet; its test data stays sealed until then."""

    code = "study_not_finished"


class BudgetExhausted(Conflict):
    """The budget has no trial left; extend it first."""

    code = "budget_exhausted"


class BudgetBelowUse(Conflict):
    """The new budget is below what the study has spent already."""

    code = "budget_below_use"


class RequestIdReused(Conflict):
    """This request_id was sent before with another body."""

    code = "request_id_reused"


class LimitReached(Conflict):
    """A limit of the server is reached; end or delete something first."""

    code = "limit_reached"


class TrialFinal(Conflict):
    """The trial has ended already."""

    code = "trial_final"


class MigrationNeeded(Conflict):
    """The database has another schema version than this release; run `hpsearch db upgrade`."""

    code = "migration_needed"


class DatabaseHeld(Conflict):
    """Another server process holds this SQLite file."""

    code = "database_held"


class Unauthorized(HpsearchError):
    """A valid token is needed: `Authorization: Bearer TOKEN`."""

    code = "unauthorized"


class Forbidden(Unauthorized):
    """The scope of this token does not allow this."""

    code = "forbidden"


class HostNotAllowed(HpsearchError):
    """This server does not answer to that name; HPSEARCH_ALLOWED_HOSTS lists those it does answer to."""

    code = "host_not_allowed"


class OriginNotAllowed(HpsearchError):
    """A page of another site may not call this server."""

    code = "origin_not_allowed"


class SessionHeaderMissing(HpsearchError):
    """A session changes nothing without the header X-Hpsearch, which no page of another site can send."""

    code = "session_header_missing"


class BodyTooLarge(HpsearchError):
    """The request body is above the limit of 8 MB; split the list."""

    code = "body_too_large"


class ProtocolError(HpsearchError):
    """The answer is not one of hpsearch's; is this address an hpsearch server?"""

    code = "protocol_error"


class Unavailable(HpsearchError):
    """Not available at the moment; try again later."""

    code = "unavailable"


class TooManyRequests(Unavailable):
    """This token sends more requests than it may; try again later."""

    code = "too_many_requests"


class ServerUnreachable(Unavailable):
    """The server cannot be reached."""

    code = "server_unreachable"


class DatabaseUnavailable(Unavailable):
    """The server's database cannot be reached."""

    code = "database_unavailable"


class InternalError(HpsearchError):
    """A fault of the server; its log has the details under the request id."""

    code = "internal_error"


class TrialStopped(Exception):
    """Control flow: the server decided to end this attempt. `decision` is one of release, pause, stop, cancel, lost."""

    def __init__(self, decision: str, reason: str | None = None) -> None:
        self.decision = decision
        self.reason = reason
        super().__init__(f"{decision}: {reason}" if reason else decision)


def _tree(base: type[HpsearchError]) -> list[type[HpsearchError]]:
    return [base] + [found for child in base.__subclasses__() for found in _tree(child)]


BY_CODE: dict[str, type[HpsearchError]] = {error.code: error for error in _tree(HpsearchError)}
"""The class of each code; a code of a newer server that is not here stands for its base, HpsearchError."""
