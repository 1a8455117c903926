"""`hpsearch study schema`: the JSON Schema of the study file."""

from typing import Any

from hpsearch.cli import output


def schema() -> None:
    """Write the JSON Schema of study files.

    Editors complete and check a study file by it.
    """
    output.document(document())


def document() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of study files."""
    from hpsearch.study.schema import schema as of_studies

    return of_studies()
