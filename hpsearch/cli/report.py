"""`hpsearch study report`: a study as one file, to keep or to send."""

from pathlib import Path
from typing import Annotated

import typer

from hpsearch.cli import output
from hpsearch.cli.options import Server, StudyName, connect


def report(
    study: StudyName,
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", help="Write this file instead of STUDY.html here."),
    ] = None,
    server: Server = None,
) -> None:
    """Write a report with its charts: one HTML file.

    It is the study's page as it is now, with all its charts. It needs no server and loads nothing from elsewhere. Of studies with more than
    20,000 trials it has the charts alone.
    """
    target = Path(f"{study}.html") if file is None else file
    with connect(server) as client:
        # All of it is read before the file is opened: what fails must not empty an earlier report.
        text = "".join(client.study_report(study))
    target.write_text(text, encoding="utf-8")
    output.line(f"{target}: {len(text) / 1e6:.1f} MB")
