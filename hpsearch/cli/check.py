"""`hpsearch study check`: everything that can be known of a study before it runs, without a server."""

import random
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hpsearch.cli import formats, output
from hpsearch.cli.options import Json

if TYPE_CHECKING:
    from hpsearch.study import Study


def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="The study file.")], as_json: Json = False) -> None:
    """Check a study file; no server is needed.

    Shows the number of points of its space, of programs that it compiles, and a sample.
    """
    from hpsearch.cli.study_file import load_study

    study = load_study(file)
    found = _facts(study)
    if as_json:
        output.document(found)
        return
    output.line(f"{file} is a valid study.")
    output.fields(
        [
            ("name", study.name),
            ("objective", study.objective if found["checked"] else f"{study.objective} (checked by its first worker)"),
            ("points", "beyond counting" if found["points"] is None else f"{found['points']:,}"),
            ("programs", "not known" if found["programs"] is None else f"{found['programs']:,} to compile at most"),
            ("sample", formats.params(found["sample"])),
        ],
        indent="  ",
    )


def _facts(study: "Study") -> dict[str, Any]:
    from hpsearch import objectives

    objective = objectives.get(study.objective)
    return {
        "name": study.name,
        "objective": study.objective,
        "checked": objective is not None,
        "sampler": study.sampler.name,
        "points": _points(study),
        "programs": objective.signatures(study) if objective is not None else None,
        "sample": study.space.from_units({name: random.random() for name in study.space}),  # noqa: S311  # no secret
    }


def _points(study: "Study") -> int | None:
    """The number of points of the space; None when a range is continuous, or there are more than any grid may have."""
    from hpsearch.errors import InvalidInput
    from hpsearch.space import Grid
    from hpsearch.study.study import MOST_POINTS

    try:
        size = Grid(study.space).size
    except InvalidInput:
        return None
    return size if size <= MOST_POINTS else None
