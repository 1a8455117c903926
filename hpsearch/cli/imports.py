"""`hpsearch import`: bring in searches that were made elsewhere."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from hpsearch.cli import extras, output
from hpsearch.cli.exits import ExitCode
from hpsearch.cli.options import Json, Server, connect


class SamplerName(StrEnum):
    """What suggests when the search goes on."""

    TPE = "tpe"
    RANDOM = "random"
    GRID = "grid"


def optuna(
    url: Annotated[str, typer.Argument(metavar="URL", help="Optuna's database, such as sqlite:///optuna.db.")],
    study: Annotated[
        str | None, typer.Option(metavar="NAME", help="Optuna's name of the study; needed where there are several.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Its name here; Optuna's without it.")
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:ATTRIBUTE", help="Your code that goes on with the search; no worker does without it."
        ),
    ] = None,
    sampler: Annotated[SamplerName, typer.Option(help="What suggests when the search goes on.")] = SamplerName.TPE,
    max_trials: Annotated[
        int | None, typer.Option(help="Trials in all, with those brought in; no more than those without it.", min=1)
    ] = None,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Bring in a study of Optuna with its completed and pruned trials.

    Its space is taken from the trials. Failed, running and waiting trials stay out. After an interruption the same command goes on
    where it stopped. Pruned trials need the study to be finished for a moment, so nobody else should work on it meanwhile.
    """
    extras.need("optuna", "an import from Optuna")
    from hpsearch.cli.counting import counting
    from hpsearch.optuna import OBJECTIVE, from_study, open_study

    opened = open_study(url, study)
    try:
        with connect(server) as client, counting("trials brought in") as progress:
            imported = from_study(
                opened,
                name,
                client,
                objective=objective or OBJECTIVE,
                sampler={"name": sampler.value},
                budget=None if max_trials is None else {"max_trials": max_trials},
                progress=progress,
            )
    except KeyboardInterrupt:
        output.note("Interrupted. The same command goes on from here.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    if as_json:
        output.document(asdict(imported))
        return
    told = {"completed": "", "pruned": "", "diverged": ", an infinite value", "already": ", ended here before"}
    counts = [(state, f"{count}{note}") for state, note in told.items() if (count := getattr(imported, state))]
    output.fields(
        [
            ("study", imported.study),
            *counts,
            ("left out", ", ".join(f"{count} {state}" for state, count in imported.left_out.items())),
        ]
    )
