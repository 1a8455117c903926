"""`hpsearch init`: a study file to start from."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from hpsearch.cli import output
from hpsearch.cli.options import Json
from hpsearch.errors import Conflict


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path("study.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write a commented study file."""
    try:
        with file.open("w" if force else "x", encoding="utf-8") as written:
            written.write(template())
    except FileExistsError:
        raise Conflict(f"{file} exists; --force overwrites it.") from None
    output.note(f"Wrote {file}. Next: hpsearch study check {file}, then hpsearch run {file}")
    if as_json:
        output.document({"file": str(file)})


def template() -> str:
    """The file that is written."""
    return files("hpsearch.cli").joinpath("template.yaml").read_text(encoding="utf-8")
