"""Tags: free short labels by which people find their studies. They say nothing about the search."""

from typing import Annotated

from pydantic import AfterValidator, Field

from hpsearch.validation import at_most, check_line

MOST_TAGS = 20
"""Of one study."""
LONGEST_TAG = 64
"""Characters of one."""

Tag = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_TAG, pattern=r"^\S(.*\S)?$", examples=["mnist"]),
    AfterValidator(check_line),
]
"""A label: any text in one line that neither begins nor ends with a space."""


def _as_set(tags: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(tags)) < len(tags):
        raise ValueError("must differ; one is there twice")
    return tuple(sorted(tags))


Tags = Annotated[
    tuple[Tag, ...],
    Field(max_length=MOST_TAGS, json_schema_extra={"uniqueItems": True}),
    at_most(MOST_TAGS),
    AfterValidator(_as_set),
]
"""A set of them, in the order of their characters."""
