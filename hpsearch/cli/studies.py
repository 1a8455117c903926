"""`hpsearch study`: create, look at, steer and delete studies."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from hpsearch.cli import extras, formats, output
from hpsearch.cli.exits import ExitCode
from hpsearch.cli.options import Json, Limit, Server, StudyName, connect
from hpsearch.errors import InvalidInput

if TYPE_CHECKING:
    from hpsearch.client import Client
    from hpsearch.wire.studies import StudyView


class ExportFormat(StrEnum):
    """The formats of an export."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"
    TENSORBOARD = "tensorboard"


def create(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The study file.")],
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Create a study on the server.

    One that exists with the same definition is left as it is.
    """
    from hpsearch.cli.study_file import load_study

    study = load_study(file)
    with connect(server) as client:
        view, created = client.create_study(study)
    output.note(f"Created {view.name}." if created else f"{view.name} exists with the same definition.")
    _show(view, as_json=as_json)


def list_(
    search: Annotated[str, typer.Option(metavar="TEXT", help="Those with this in name, description or a tag.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Those that have this tag; may be repeated.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="Those in this state; may be repeated.")] = None,
    sort: Annotated[
        str,
        typer.Option(
            help="name, state, created_at, updated_at, best_value, trials or done; - before it for descending.",
            show_default=True,
        ),
    ] = "created_at",
    limit: Limit = 100,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """List the studies."""
    from hpsearch.study import StudyState

    unknown = [name for name in state or () if name not in list(StudyState)]
    if unknown:
        raise InvalidInput.at("--state", f"must be one of {', '.join(StudyState)}, got {unknown[0]!r}")
    states = [StudyState(name) for name in state or ()]
    with connect(server) as client:
        wanted = client.list_studies(search=search, tags=tag or (), states=states, sort=sort)
        found = list(islice(wanted, limit + 1))
    if as_json:
        output.models(found[:limit])
    else:
        _table(found[:limit])
    output.note_limit(found, limit)


def _table(views: "list[StudyView]") -> None:
    output.table(
        ("study", "state", "done", "trials", "best", "objective", "created"),
        [
            (
                view.name,
                view.state.value,
                str(view.counts.final),
                str(view.counts.total),
                formats.value(view.best_value),
                view.definition.objective,
                formats.time(view.created_at),
            )
            for view in views
        ],
        right=("done", "trials", "best"),
    )


def show(study: StudyName, server: Server = None, as_json: Json = False) -> None:
    """Show its state, its accounts, its space."""
    with connect(server) as client:
        _show(client.get_study(study), as_json=as_json)


def pause(study: StudyName, server: Server = None, as_json: Json = False) -> None:
    """Pause it.

    Nothing is handed out; running trials are given back, which costs no attempt.
    """
    with connect(server) as client:
        _show(client.pause(study), as_json=as_json)


def resume(study: StudyName, server: Server = None, as_json: Json = False) -> None:
    """Make it active again."""
    with connect(server) as client:
        _show(client.resume(study), as_json=as_json)


def stop(study: StudyName, server: Server = None, as_json: Json = False) -> None:
    """Finish it.

    Queued trials are cancelled, running ones end.
    """
    with connect(server) as client:
        _show(client.stop(study), as_json=as_json)


def extend(
    study: StudyName,
    max_trials: Annotated[int | None, typer.Option(help="Trials in all.", min=1)] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Seconds in all that the study is active.")] = None,
    target_value: Annotated[float | None, typer.Option(help="Finished when a completed trial is this good.")] = None,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Change its budget.

    The limits are new totals, no less than what was spent; those not given stay.
    """
    from hpsearch.validation import parse
    from hpsearch.wire.studies import StudyPatch

    limits = {"max_trials": max_trials, "max_seconds": max_seconds, "target_value": target_value}
    given = {name: limit for name, limit in limits.items() if limit is not None}
    if not given:
        raise InvalidInput("Give --max-trials, --max-seconds or --target-value.")
    patch = parse(StudyPatch, {"budget": given})
    with connect(server) as client:
        _show(client.patch_study(study, patch), as_json=as_json)


def tag(
    study: StudyName,
    add: Annotated[list[str] | None, typer.Option(help="A tag that it is to have; may be repeated.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A tag that it is not to have; may be repeated.")] = None,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Add and remove tags.

    Tags are labels to find studies by, with `hpsearch study list --tag`; they change nothing in the search.
    """
    if not add and not remove:
        raise InvalidInput("Give --add or --remove.")
    with connect(server) as client:
        _show(client.tag(study, add=add or (), remove=remove or ()), as_json=as_json)


def delete(
    study: StudyName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Delete it with all its trials."""
    with connect(server) as client:
        view = client.get_study(study)
        if not yes:
            if not sys.stdin.isatty():
                raise InvalidInput("There is nobody to ask: add --yes.")
            if not typer.confirm(f"Delete {study} with its {view.counts.total} trials?", err=True):
                raise typer.Exit(ExitCode.FAILED)
        client.delete_study(study)
    output.note(f"Deleted {study}.")
    if as_json:
        output.model(view)


def enqueue(
    study: StudyName,
    params: Annotated[list[str] | None, typer.Argument(metavar="PARAM=VALUE", help="A point of the space.")] = None,
    from_trial: Annotated[int | None, typer.Option(help="The parameters of this trial.", min=0)] = None,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Enqueue a trial, to be run before new ones.

    Give its parameters, or an earlier trial to run again.
    """
    if bool(params) == (from_trial is not None):
        raise InvalidInput("Give either parameters, such as learning_rate=0.01 optimizer=adam, or --from-trial.")
    with connect(server) as client:
        trial = client.enqueue(study, _read_params(params) if params else None, from_trial=from_trial)
    if as_json:
        output.model(trial)
    else:
        output.line(f"trial {trial.number}, {trial.state.value}: {formats.params(trial.params)}")


def export(
    study: StudyName,
    form: Annotated[
        ExportFormat,
        typer.Option("--format", help="csv, json, jsonl (a trial a line), parquet or tensorboard.", show_default=True),
    ] = ExportFormat.CSV,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="PATH", help="Write this file, not to standard output; of tensorboard the folder."
        ),
    ] = None,
    server: Server = None,
) -> None:
    """Export all its trials.

    Parquet is a table like CSV, in which each column has its type; the server needs the extra `parquet` for it.
    For tensorboard each trial that ran becomes a run with its parameters, results and curves, in a new folder; this reads one trial
    after the other. TensorBoard's HParams view shows 1,000 runs and 1,000 parameters at most.
    """
    if form is ExportFormat.TENSORBOARD:
        _export_tensorboard(study, file, server)
        return
    if form is ExportFormat.PARQUET and file is None and sys.stdout.isatty():
        raise InvalidInput.at("--output", "must name the file; Parquet is nothing to read on a terminal")
    with ExitStack() as stack:
        client = stack.enter_context(connect(server))
        # The first piece is read before the file is opened: a wrong name must not empty an earlier export.
        pieces = _pieces(client, study, form)
        first = next(pieces, b"")
        target = sys.stdout.buffer if file is None else stack.enter_context(file.open("wb"))
        for piece in chain((first,), pieces):
            target.write(piece)


def _pieces(client: "Client", study: str, form: ExportFormat) -> Iterator[bytes]:
    if form is ExportFormat.PARQUET:
        return client.export_parquet(study)
    return (piece.encode() for piece in client.export(study, cast("Literal['csv', 'json', 'jsonl']", form.value)))


def _export_tensorboard(study: str, folder: Path | None, server: str | None) -> None:
    if folder is None:
        raise InvalidInput.at("--output", "must name the folder for the event files")
    extras.need("tensorboard", "an export for TensorBoard")
    from hpsearch import tensorboard
    from hpsearch.cli.counting import counting

    with connect(server) as client, counting("trials written") as progress:
        total = client.get_study(study).counts.total
        written = tensorboard.write(study, folder, client, lambda done: progress(done, total))
    output.note(f"Wrote {written} runs. See them with: tensorboard --logdir {folder}")


def _read_params(words: list[str]) -> dict[str, Any]:
    """The parameters of `name=value` words, values read as in a study file."""
    from hpsearch.cli.study_file import read_scalar

    params: dict[str, Any] = {}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign or not name:
            raise InvalidInput.at(word, "must be PARAM=VALUE, such as learning_rate=0.01")
        if name in params:
            raise InvalidInput.at(name, "is given twice")
        params[name] = read_scalar(text)
    return params


def _show(view: "StudyView", *, as_json: bool) -> None:
    if as_json:
        output.model(view)
        return
    from hpsearch.cli.progress import summary

    study, budget = view.definition, view.definition.budget
    reason = f" ({view.reason}{f': {view.reason_detail}' if view.reason_detail else ''})" if view.reason else ""
    limits = {"trials": budget.max_trials, "seconds": budget.max_seconds, "target": budget.target_value}
    output.fields(
        [
            ("study", view.name),
            ("description", study.description),
            ("tags", ", ".join(study.tags)),
            ("state", f"{view.state.value}{reason}"),
            ("progress", summary(view)),
            ("best", "" if view.best_trial is None else f"{formats.value(view.best_value)} (trial {view.best_trial})"),
            ("objective", study.objective),
            ("metric", ", ".join(f"{d.value} {m}" for d, m in zip(study.directions, study.metrics, strict=True))),
            ("sampler", f"{study.sampler.name}, seed {view.seed}"),
            ("pruner", study.pruner.name),
            ("budget", formats.params({name: limit for name, limit in limits.items() if limit is not None})),
            ("grid", "" if view.grid_size is None else f"{view.grid_size:,} points"),
            ("active", formats.seconds(view.active_seconds)),
            ("created", formats.time(view.created_at)),
        ]
    )
    output.line()
    output.table(
        ("parameter", "range", "when"),
        [
            (
                name,
                study.space[name].describe(),
                "; ".join(f"{on} in {list(among)}" for on, among in (study.space[name].when or {}).items())
                or formats.NOTHING,
            )
            for name in study.space
        ],
    )
