"""Frozen models that refuse unknown fields, and pydantic's findings as hpsearch's field errors."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError, PydanticKnownError, to_json

from hpsearch.errors import FieldError, InvalidInput

Model = TypeVar("Model", bound=BaseModel)

MOST_FINDINGS = 100
"""Findings reported of one document: nobody reads more, and a document of megabytes can be wrong in a million places."""

LONGEST_NAME = 100
"""Characters of a name of the sender's that an error repeats."""
LONGEST_PATH = 1_000
"""Characters of a field's path in an error."""
LONGEST_MESSAGE = 4_000
"""Characters of a field's message in an error."""

LARGEST_DOCUMENT = 256_000
"""Bytes of the settings of a study, and of the artifacts of a trial."""

MOST_LEVELS = 100
"""Of lists and mappings within each other; pydantic writes 255, of which answers and clients need a few around them."""


class Definition(BaseModel):
    """Base of everything that people write by hand: frozen, unknown fields refused with the names that there are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def _say_what_is_known(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            found = error.errors(include_url=False)[:MOST_FINDINGS]
            lines = [_with_known(line, list(cls.model_fields)) for line in found]
            raise ValidationError.from_exception_data(error.title, lines) from None


def _with_known(line: ErrorDetails, known: list[str]) -> InitErrorDetails:
    details = InitErrorDetails(type=line["type"], loc=line["loc"], input=line["input"], ctx=line.get("ctx", {}))
    if line["type"] == "extra_forbidden" and len(line["loc"]) == 1:
        details["type"] = _problem([FieldError("", unknown(str(line["loc"][0]), known))])
    elif "fields" in details["ctx"]:
        details["type"] = _problem(details["ctx"]["fields"])
    return details


def unknown(name: str, known: Iterable[str]) -> str:
    """The message for a name that is none of `known`: the nearest ones, then all."""
    known = list(known)
    close = get_close_matches(name[:LONGEST_NAME], known, n=1)
    return f"is not known here{f'; did you mean {close[0]}?' if close else '.'} There are {', '.join(known)}"


def problems(found: Sequence[FieldError]) -> PydanticCustomError:
    """What a validator raises to name fields below its own model, as many as it found."""
    return _problem(found)


def problem(field: str, message: str) -> PydanticCustomError:
    """What a validator raises to name one field below its own model."""
    return _problem([FieldError(field, message)])


def _problem(found: Sequence[FieldError]) -> PydanticCustomError:
    text = "; ".join(str(one) for one in found).replace("{", "{{").replace("}", "}}")
    return PydanticCustomError("hpsearch", text, {"fields": list(found)})


def at_most(limit: int) -> BeforeValidator:
    """Refuses a list that is too long before anybody looks at its items, of which a body can hold millions."""

    def check(value: Any) -> Any:
        if isinstance(value, list | tuple) and len(value) > limit:
            size = {"field_type": "Tuple", "max_length": limit, "actual_length": len(value)}
            raise PydanticKnownError("too_long", size)
        return value

    return BeforeValidator(check)


def check_depth(value: Any) -> Any:
    """`value`, JSON; raises ValueError when it is nested too deeply for what reads and writes it."""
    if _is_deeper(value, MOST_LEVELS):
        raise ValueError(f"must be nested at most {MOST_LEVELS} levels deep")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    below = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in below if isinstance(item, dict | list))


def json_at_most(limit: int) -> AfterValidator:
    """Refuses JSON that is nested too deeply, or has more than `limit` bytes."""

    def check(value: Any) -> Any:
        if value and len(to_json(check_depth(value))) > limit:
            raise ValueError(f"is above the limit of {limit} bytes of JSON")
        return value

    return AfterValidator(check)


UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Characters that make a terminal or a page show something else than what is there: controls but tab and newline, marks of direction,
and what shows as nothing, but for the joiners that emoji and some scripts are written with."""

_UNREADABLE = re.compile(f"[\t\n\ud800-\udfff{UNSHOWABLE.pattern[1:]}")


def shown(text: str, most: int = LONGEST_NAME) -> str:
    """What an error repeats of somebody's text: its beginning, and escapes for all that would show as something else."""
    beginning = text if len(text) <= most else f"{text[:most]}…"
    return _UNREADABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), beginning)


def check_shown(text: str) -> str:
    """`text`; raises ValueError where it holds what is not fit to be shown."""
    if found := UNSHOWABLE.search(text):
        raise ValueError(
            f"must have no control, direction or invisible characters, got U+{ord(found[0]):04X} at {found.start()}"
        )
    return text


def check_line(text: str) -> str:
    """`text`; raises ValueError where it holds what is not fit to be shown, or a tab or newline."""
    if "\t" in text or "\n" in text:
        raise ValueError("must have neither tabs nor newlines")
    return check_shown(text)


Shown = Annotated[str, AfterValidator(check_shown)]
"""Text that people are shown."""
Line = Annotated[str, AfterValidator(check_line)]
"""Such text within one line."""


def check_shown_within(value: Any) -> Any:
    """`value`, JSON that is not too deep; raises ValueError where a text or a name in it is not fit to be shown."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            check_shown(one)
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
    return value


def parse(model: type[Model], document: Any) -> Model:
    """The model of a decoded document; raises InvalidInput that names every field at fault."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidInput(fields=field_errors(error.errors(include_url=False), document)) from None


def field_errors(lines: Iterable[Mapping[str, Any]], document: Any) -> list[FieldError]:
    """Pydantic's findings (the first MOST_FINDINGS) by field path, each path once; `document` is what was validated."""
    messages: dict[str, list[str]] = {}
    for line in islice(lines, MOST_FINDINGS):
        if line["type"] == "too_short" and len(line["input"]) >= line["ctx"]["min_length"]:
            continue  # pydantic counts the valid items alone; those that are not valid have lines of their own
        path = _path(line["loc"], document, missing=line["type"] == "missing")
        if line["type"] in _TAG_ERRORS:
            path = ".".join(part for part in (path, line["ctx"]["discriminator"].strip("'")) if part)
        for found in (line.get("ctx") or {}).get("fields") or [FieldError("", _message(line))]:
            at = ".".join(part for part in (path, found.field) if part)
            if found.message not in messages.setdefault(at, []):
                messages[at].append(found.message)
    return [
        FieldError(shown(path, LONGEST_PATH), shown(" or ".join(said), LONGEST_MESSAGE))
        for path, said in messages.items()
    ]


def _path(location: Sequence[int | str], document: Any, *, missing: bool) -> str:
    """The path without the tags that pydantic puts in for the branches of a union: parts that the document does not have."""
    parts: list[str] = []
    for place, part in enumerate(location):
        if _is_tag(location, place, document):
            continue
        in_list = isinstance(document, list | tuple) and isinstance(part, int) and part < len(document)
        if in_list or (isinstance(document, Mapping) and part in document):
            document = document[part]
        elif not (missing and place == len(location) - 1):
            continue
        parts.append(shown(str(part)) or '""')
    return ".".join(parts)


def _is_tag(location: Sequence[int | str], place: int, document: Any) -> bool:
    """Whether this part is the name of a branch where the document has a field of that name too, as the pruner `patience`."""
    named = 0 < place < len(location) - 1 and isinstance(document, Mapping) and document.get("name") == location[place]
    return named and (place + 2 == len(location) or location[place + 1] in document)


_PLAIN = {
    "missing": "is required",
    "extra_forbidden": "is not a field here",
    "finite_number": "must be a finite number",
    "string_pattern_mismatch": "must match {pattern}",
    "union_tag_invalid": "must be one of {expected_tags}, got {tag!r:.80}",
    "union_tag_not_found": "is required",
    "model_type": "must be a mapping of fields",
    "model_attributes_type": "must be a mapping of fields",
    "dict_type": "must be a mapping",
    "mapping_type": "must be a mapping",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "too_short": "must have at least {min_length} item(s)",
    "too_long": "must have at most {max_length} item(s)",
}
_TAG_ERRORS = {"union_tag_invalid", "union_tag_not_found"}
"""Pydantic places them at the union; the field at fault is the one whose value tells the branches apart."""


def _message(line: Mapping[str, Any]) -> str:
    plain = _PLAIN.get(line["type"])
    if plain is None:
        return (
            str(line["msg"])
            .removeprefix("Value error, ")
            .replace("Input should", "must", 1)
            .replace("String should", "must", 1)
        )
    shown = "" if line["type"] in {"missing", "extra_forbidden", *_TAG_ERRORS} else f", got {str(line['input'])[:80]!r}"
    return plain.format_map(line.get("ctx") or {}) + shown
