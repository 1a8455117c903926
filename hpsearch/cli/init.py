"""`hpsearch init`: a study file to start from, and a network of one's own."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from hpsearch.cli import output
from hpsearch.cli.options import Json
from hpsearch.errors import Conflict, InvalidInput

MODULE = "model.py"
"""What the study of `--own-network` calls its module."""


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path("study.yaml"),
    own_network: Annotated[
        bool,
        typer.Option(
            "--own-network", help=f"A study of a network of your own, and {MODULE} with the network beside it."
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    as_json: Json = False,
) -> None:
    """Write a commented study file."""
    texts = {file: template("own_network.yaml" if own_network else "template.yaml")}
    if own_network:
        if file.name == MODULE:
            raise InvalidInput.at("FILE", f"is the study file; {MODULE} is written beside it")
        texts[file.with_name(MODULE)] = template("own_network.py.txt")
    there = [path for path in texts if path.exists()]
    if there and not force:
        raise Conflict(f"{' and '.join(map(str, there))} {'exist' if there[1:] else 'exists'}; --force overwrites.")
    for path, text in texts.items():
        with path.open("w" if force else "x", encoding="utf-8") as written:
            written.write(text)
    output.note(f"Wrote {' and '.join(map(str, texts))}. Next: hpsearch study check {file}, then hpsearch run {file}")
    if as_json:
        output.document({"file": str(file), "module": str(file.with_name(MODULE)) if own_network else None})


def template(name: str = "template.yaml") -> str:
    """A file that is written."""
    return files("hpsearch.cli").joinpath(name).read_text(encoding="utf-8")
