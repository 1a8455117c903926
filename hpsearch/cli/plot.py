"""`hpsearch study plot`: a chart of a study in the terminal."""

from enum import StrEnum
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from hpsearch.cli import curves_picture, history_picture, output
from hpsearch.cli.axis import Scale
from hpsearch.cli.history_picture import Against
from hpsearch.cli.options import Json, Server, StudyName, connect
from hpsearch.errors import HpsearchError, InvalidInput

if TYPE_CHECKING:
    from hpsearch.cli.picture import Picture
    from hpsearch.client import Client


class Kind(StrEnum):
    """What is drawn."""

    HISTORY = "history"
    CURVES = "curves"


def plot(
    study: StudyName,
    kind: Annotated[
        Kind,
        typer.Option(
            help="history: values and the best so far; curves: learning curves, each with a letter.", show_default=True
        ),
    ] = Kind.HISTORY,
    x: Annotated[
        Against,
        typer.Option(
            "--x",
            help="What a history is drawn against: trials by number, seconds since the start, or device seconds used.",
            show_default=True,
        ),
    ] = Against.TRIALS,
    scale: Annotated[
        Scale,
        typer.Option(
            help="Of the values. auto: logarithmic where all are positive and span more than a decade.",
            show_default=True,
        ),
    ] = Scale.AUTO,
    objective: Annotated[int, typer.Option(help="Of a history: the objective, from 0.", min=0)] = 0,
    trial: Annotated[
        list[int] | None, typer.Option(metavar="NUMBER", help="Of curves: this trial; may be repeated.", min=0)
    ] = None,
    metric: Annotated[str | None, typer.Option(help="Of curves: a metric that was reported.")] = None,
    most: Annotated[
        int,
        typer.Option(
            help="Of curves: so many of all trials, the best among them.",
            min=1,
            max=curves_picture.MOST,
            show_default=True,
        ),
    ] = 8,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Draw how a search went, or its learning curves.

    As wide as the terminal. With --json what is drawn as numbers.
    """
    trials = sorted(set(trial or ()))
    given = {"--trial": trials, "--metric": metric}, {"--x": x is not Against.TRIALS, "--objective": objective}
    for option, value in given[kind is Kind.CURVES].items():
        if value:
            other = Kind.CURVES if kind is Kind.HISTORY else Kind.HISTORY
            raise InvalidInput.at(option, f"is for --kind {other.value} alone")
    if len(trials) > curves_picture.MOST:
        raise InvalidInput.at("--trial", f"may name {curves_picture.MOST} trials at most, got {len(trials)}")
    with connect(server) as client:
        if kind is Kind.HISTORY:
            _history(client, study, x, objective, scale, as_json=as_json)
        else:
            _curves(client, study, trials, metric, most, scale, as_json=as_json)


def _history(client: "Client", study: str, x: Against, objective: int, scale: Scale, *, as_json: bool) -> None:
    chart = client.history_chart(study, against=x.on_the_wire(), objective=objective)
    if as_json:
        output.model(chart)
        return
    _show(history_picture.picture(client.get_study(study), chart, x, objective, scale))


def _curves(
    client: "Client", study: str, trials: list[int], metric: str | None, most: int, scale: Scale, *, as_json: bool
) -> None:
    chart = client.curves_chart(study, trials, metric=metric, most=None if trials else most)
    if as_json:
        output.model(chart)
        return
    _show(curves_picture.picture(client.get_study(study), chart, trials, metric, scale))


def _show(picture: "Picture") -> None:
    columns, lines = get_terminal_size((80, 24))
    drawn = picture.rows(columns, lines)
    if not all(output.can_write(text) for row in drawn for text, _ in row):
        raise HpsearchError("This terminal's encoding has no braille; set PYTHONIOENCODING=utf-8, or use --json.")
    output.rows(drawn)
    for note in picture.notes:
        output.note(note)
