"""The parameters of paths and queries.

A path that no study, trial or artifact can have answers 404 like one that none has, so a reader meets one error for "not there".
"""

import re
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, Field

from hpsearch.analysis import MOST, Against
from hpsearch.analysis.selection import COLUMNS
from hpsearch.errors import ArtifactNotFound, HpsearchError, NotFound, StudyNotFound, TrialNotFound
from hpsearch.service.charts import MOST_COMPARED
from hpsearch.service.columns import NAMES
from hpsearch.service.curves import MOST_CURVES
from hpsearch.service.reading import STUDY_SORTS
from hpsearch.space import NAME_PATTERN
from hpsearch.study import StudyState
from hpsearch.study.tags import LONGEST_TAG, MOST_TAGS
from hpsearch.trial import TrialState
from hpsearch.validation import LONGEST_NAME
from hpsearch.wire.base import LARGEST_NUMBER, LARGEST_SEQ, MAX_ITEMS, Request

_NO_NUL = r"^[^\x00]*$"
"""No database compares with it."""

Sort = Annotated[str, Field(max_length=200, pattern=_NO_NUL)]


def _named(missing: type[HpsearchError]) -> AfterValidator:
    def check(name: str) -> str:
        if not re.fullmatch(NAME_PATTERN, name):
            raise missing(f"there is no {name[:100]!r}")
        return name

    return AfterValidator(check)


def _numbered(missing: type[HpsearchError]) -> AfterValidator:
    def check(number: int) -> int:
        if number > LARGEST_NUMBER:
            raise missing(f"there is no number {number}")
        return number

    return AfterValidator(check)


def _path(description: str, example: Any, **schema: Any) -> Any:
    return Path(description=description, examples=[example], json_schema_extra=schema or None)


StudyName = Annotated[str, _path("Name of the study.", "digits-mlp", pattern=NAME_PATTERN), _named(StudyNotFound)]
TrialNumber = Annotated[
    int, Path(description="Number of the trial, from 0.", examples=[17], ge=0), _numbered(TrialNotFound)
]
ArtifactName = Annotated[
    str, _path("Name of the artifact.", "log_tail", pattern=NAME_PATTERN), _named(ArtifactNotFound)
]
RecordId = Annotated[int, Path(description="Number of the record, from 1.", examples=[1], ge=1), _numbered(NotFound)]


class PageQuery(Request):
    """Which page of a list."""

    limit: int = Field(default=100, ge=1, le=MAX_ITEMS, description="Most items of the page.")
    cursor: Annotated[str, Field(max_length=1000, pattern=_NO_NUL)] | None = Field(
        default=None, description="The `next_cursor` of the page before; the first page without it."
    )


class StudyQuery(PageQuery):
    """Which studies, in which order."""

    search: Annotated[str, Field(max_length=200, pattern=_NO_NUL)] = Field(
        default="", description="Only those with this text in name, description or a tag, in upper or lower case."
    )
    tag: list[Annotated[str, Field(max_length=LONGEST_TAG, pattern=_NO_NUL)]] = Field(
        default_factory=list,
        max_length=MOST_TAGS,
        description="Only those that have all these tags.",
        examples=[["mnist"]],
    )
    state: list[StudyState] = Field(
        default_factory=list, max_length=len(StudyState), description="Only these states; any without it."
    )
    sort: Annotated[str, Field(pattern=rf"^-?({'|'.join(STUDY_SORTS)})$")] = Field(
        default="created_at",
        description=f"The order: one of {', '.join(STUDY_SORTS)}; `-` for descending. Studies without a value come last.",
        examples=["-updated_at"],
    )


class TrialQuery(PageQuery):
    """Which trials, in which order."""

    state: list[TrialState] = Field(
        default_factory=list, max_length=len(TrialState), description="Only these states; any without it."
    )
    where: list[Annotated[str, Field(max_length=2000, pattern=_NO_NUL)]] = Field(
        default_factory=list,
        max_length=20,
        description="Conditions, all of which must hold: a column that `sort` may name, then one of = != < <= > >=, then a value.",
        examples=[["params.optimizer=adam", "value<0.1"]],
    )
    sort: Sort = Field(
        default="number", description=f"The order: one of {COLUMNS}; `-` for descending.", examples=["-value"]
    )


class ColumnsQuery(Request):
    """Which columns of which trials."""

    column: list[Annotated[str, Field(max_length=200, pattern=_NO_NUL)]] = Field(
        default_factory=list,
        max_length=1000,
        description=f"Columns, of {NAMES}; state, values and parameters without any.",
        examples=[["state", "value", "params.learning_rate"]],
    )
    since: int = Field(default=-1, ge=-1, le=LARGEST_SEQ, description="Only trials that changed after this `seq`.")


class EventsQuery(Request):
    """From where on."""

    since: int | None = Field(default=None, ge=-1, le=LARGEST_SEQ, description="The `seq` that the reader has seen.")


_Name = Annotated[str, Field(max_length=LONGEST_NAME, pattern=_NO_NUL)]


class ImportanceQuery(Request):
    """Of which objective."""

    objective: int = Field(default=0, ge=0, le=LARGEST_NUMBER, description="Place of the objective.")


class MostQuery(Request):
    """How much of a chart."""

    most: int = Field(default=MOST, ge=1, le=100_000, description="Most points; the best and the extremes stay.")


class ChartQuery(MostQuery, ImportanceQuery):
    """Which chart, and how much of it."""


class HistoryQuery(ChartQuery):
    """Against what."""

    against: Against = Field(
        default=Against.NUMBER, description="What a trial's place is: its number, seconds, device seconds."
    )


class SliceQuery(ChartQuery):
    """Along which parameter."""

    parameter: _Name = Field(description="Name of the parameter.", examples=["learning_rate"])


class PairQuery(ChartQuery):
    """Over which two parameters."""

    x: _Name = Field(description="Name of the parameter to the right.", examples=["learning_rate"])
    y: _Name = Field(description="Name of the parameter upwards.", examples=["hidden_units"])


class CurvesQuery(Request):
    """Whose curves."""

    trial: list[Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]] = Field(
        default_factory=list,
        max_length=MAX_ITEMS,
        description="Numbers of trials; a sample without any.",
        examples=[[17]],
    )
    metric: _Name | None = Field(default=None, description="A metric that was reported; that of the study without it.")
    most: int = Field(default=MOST_CURVES, ge=1, le=MAX_ITEMS, description="Most curves of a sample.")


class CompareQuery(HistoryQuery):
    """Which studies."""

    study: list[_Name] = Field(
        min_length=1, max_length=MOST_COMPARED, description="Names of the studies.", examples=[["seed-1", "seed-2"]]
    )


class ExportQuery(Request):
    """In which form."""

    format: Literal["csv", "json", "jsonl", "parquet"] = Field(
        default="csv",
        description="A table (`csv`, `parquet`), or trials as this API shows them: as a list (`json`), or one a line (`jsonl`).",
    )
