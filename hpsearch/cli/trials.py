"""`hpsearch trial`: look at trials, and cancel them."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from hpsearch.cli import formats, output, trial_report
from hpsearch.cli.options import Json, Limit, Server, StudyName, TrialNumber, connect
from hpsearch.errors import InvalidInput

if TYPE_CHECKING:
    from hpsearch.wire.trials import TrialView


def list_(
    study: StudyName,
    state: Annotated[list[str] | None, typer.Option(help="Only in this state; may be repeated.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Such as params.optimizer=adam or 'value<0.1'; all must hold."),
    ] = None,
    sort: Annotated[
        str,
        typer.Option(help="number, value, finished_at, params.NAME, metrics.NAME ...; with - before it, descending."),
    ] = "number",
    limit: Limit = 50,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """List the trials of a study."""
    from hpsearch.trial import TrialState

    unknown = [name for name in state or () if name not in list(TrialState)]
    if unknown:
        raise InvalidInput.at("--state", f"must be one of {', '.join(TrialState)}, got {unknown[0]!r}")
    states = [TrialState(name) for name in state or ()]
    with connect(server) as client:
        found = list(islice(client.list_trials(study, states=states, where=where or (), sort=sort), limit + 1))
    if as_json:
        output.models(found[:limit])
    else:
        _table(found[:limit])
    output.note_limit(found, limit)


def _table(trials: "list[TrialView]") -> None:
    output.table(
        ("trial", "state", "value", "step", "attempts", "parameters", "why"),
        [
            (
                str(trial.number),
                trial.state.value,
                formats.values(trial.values),
                formats.value(trial.last_step),
                str(trial.attempts),
                formats.params(trial.params),
                (trial.error.reason if trial.error else None) or trial.reason or formats.NOTHING,
            )
            for trial in trials
        ],
        right=("trial", "value", "step", "attempts"),
    )


def show(study: StudyName, number: TrialNumber, server: Server = None, as_json: Json = False) -> None:
    """Show a trial, its attempts and its curve."""
    with connect(server) as client:
        detail = client.get_trial(study, number)
        if as_json:
            output.model(detail)
            return
        trial_report.show(client, client.get_study(study).definition, detail)
        output.line()
        trial_report.attempts(detail)


def history(study: StudyName, number: TrialNumber, server: Server = None, as_json: Json = False) -> None:
    """Show every change of a trial: when, by which attempt, who made it, and why."""
    with connect(server) as client:
        found = list(client.history(study, number))
    if as_json:
        output.models(found)
        return
    output.table(
        ("time", "attempt", "from", "to", "cause", "who", "host", "reason"),
        [
            (
                formats.time(event.at),
                formats.value(event.attempt),
                formats.value(event.from_state),
                formats.value(event.to_state),
                event.cause,
                event.who,
                formats.value(event.host),
                formats.value(event.reason),
            )
            for event in found
        ],
        right=("attempt",),
    )


def cancel(study: StudyName, number: TrialNumber, server: Server = None, as_json: Json = False) -> None:
    """Cancel a trial.

    One that runs ends at its next report.
    """
    with connect(server) as client:
        trial = client.cancel_trial(study, number)
    if as_json:
        output.model(trial)
    else:
        output.line(f"trial {trial.number}, {trial.state.value}" + (f": {trial.reason}" if trial.reason else ""))
