"""`hpsearch run`: a server, a worker and a live picture, from a study file to its best trial."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated

import typer

from hpsearch.cli import embedded, extras, formats, output, trial_report
from hpsearch.cli.children import Child
from hpsearch.cli.exits import ExitCode
from hpsearch.cli.options import Concurrency, DatabaseUrl, Json, Lanes, connect
from hpsearch.cli.signals import sigterm_interrupts
from hpsearch.errors import InvalidInput

if TYPE_CHECKING:
    from hpsearch.cli.progress import Progress
    from hpsearch.client import Client
    from hpsearch.study import Study
    from hpsearch.wire.studies import StudyView
    from hpsearch.wire.trials import TrialDetail

POLL_SECONDS = 0.5
RETRY_SECONDS = 2.0
"""Short, so that a server that died is noticed at once."""


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The study file.")],
    database_url: DatabaseUrl = None,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="Search on this server; without it `run` starts one of its own.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Go on serving when the search is over, until Ctrl-C.")] = False,
    concurrency: Concurrency = None,
    lanes: Lanes = None,
    as_json: Json = False,
) -> None:
    """Run a study to its best trial.

    Starts a server and a worker, shows how the search goes, and ends with the best trial. Ctrl-C stops all cleanly; the same
    command again goes on where it stopped.
    """
    from hpsearch.cli.study_file import load_study
    from hpsearch.settings import DIRS

    if server is not None and (keep or database_url is not None):
        option = "--keep" if keep else "--database-url"
        raise InvalidInput.at(option, "is for a server that `run` starts itself; leave it out with --server")
    study = load_study(file)
    if not embedded.is_own(study.objective):
        extras.need("worker", f"the objective {study.objective}")
    if server is None:
        extras.need_server(database_url, "a server of its own (the other way is --server URL)")
    logs = DIRS.user_state_path / "log"
    with ExitStack() as stack:
        stack.enter_context(sigterm_interrupts())
        own = None
        if server is None:
            # Who keeps the server finds it where commands look for it; else any port will do, beside a server that runs already.
            log = logs / f"{study.name}-server.log"
            own = embedded.start_server(stack, database_url, log, port=None if keep else 0)
            if sys.stderr.isatty():  # as of the server itself: nowhere else is it kept
                output.note(f"Dashboard, signs in once, within 5 minutes: {own.link}")
        client = stack.enter_context(connect(own.address if own else server, RETRY_SECONDS))
        began = time.monotonic()
        view = _search(stack, client, study, own, {"--concurrency": concurrency, "--lanes": lanes}, logs)
        best = [client.get_trial(study.name, trial.number) for trial in client.best(study.name).trials]
        # The study counts its seconds by sweeps, every few of them.
        spent = max(view.active_seconds, time.monotonic() - began)
        _show_result(client, view, best, own, spent, as_json=as_json)
        if not best:
            raise typer.Exit(ExitCode.FAILED)
        if keep and own is not None:
            _serve_on(own)


def _search(
    stack: ExitStack,
    client: "Client",
    study: "Study",
    own: embedded.Server | None,
    options: Mapping[str, object],
    logs: Path,
) -> "StudyView":
    """Creates or continues the study, and trains until it is finished; `options` are the worker's."""
    from hpsearch.cli.progress import progress
    from hpsearch.study import StudyState

    view = _open(client, study, resume=own is not None)
    if view.state is StudyState.FINISHED and view.counts.final == view.counts.total:
        output.note(f"{study.name} is finished already.")
        return view
    log = logs / f"{study.name}-worker.log"
    worker = embedded.start_worker(stack, client.server, study.name, study.objective, options, log)
    children = [own.child, worker] if own else [worker]
    try:
        with progress(time.monotonic()) as shown:
            view = watch(client, study.name, children, shown)
    except KeyboardInterrupt:
        output.note("Stopping; the same command goes on from here.")
        raise
    worker.wait(embedded.STOP_SECONDS)
    return view


def _open(client: "Client", study: "Study", *, resume: bool) -> "StudyView":
    from hpsearch.errors import Conflict, StudyExists
    from hpsearch.study import StudyState

    try:
        view, created = client.create_study(study)
    except StudyExists as error:
        message = f"{error.message} Give the study in the file another name, or change this one: hpsearch study extend|delete."
        raise StudyExists(message) from None
    if not created:
        output.note(f"Continues {study.name}: {view.counts.final} trials are done.")
    if view.state is StudyState.PAUSED:
        if not resume:
            raise Conflict(f"{_why_paused(view)} Then: hpsearch study resume {study.name}")
        output.note(f"It was paused ({view.reason}); going on.")
        view = client.resume(study.name)
    return view


def watch(client: "Client", name: str, children: Sequence[Child], shown: "Progress") -> "StudyView":
    """Shows the study until it is finished; raises HpsearchError when it pauses itself, or a child ends before."""
    from hpsearch.errors import HpsearchError, Unavailable
    from hpsearch.study import StudyReason, StudyState

    best = None
    while True:
        # Looked at before the study: a worker may end as soon as the study is finished.
        ended = embedded.first_ended(children)
        try:
            view = client.get_study(name)
            if view.best_trial is not None and (best is None or best.number != view.best_trial):
                best = client.get_trial(name, view.best_trial)
        except Unavailable:
            ended = embedded.first_ended(children)
            if ended is not None:
                raise embedded.died(ended) from None
            continue  # the worker goes on and delivers later; so do we
        shown.show(view, best, time.monotonic())
        if view.state is StudyState.FINISHED and view.counts.final == view.counts.total:
            return view
        if view.state is StudyState.PAUSED and view.reason is not StudyReason.USER:
            raise HpsearchError(_why_paused(view))
        if ended is not None:
            raise embedded.died(ended)
        time.sleep(POLL_SECONDS)


def _why_paused(view: "StudyView") -> str:
    detail = f": {view.reason_detail}" if view.reason_detail else ""
    return f"{view.name} is paused ({view.reason}){detail}."


def _show_result(
    client: "Client",
    view: "StudyView",
    best: "list[TrialDetail]",
    own: embedded.Server | None,
    spent: float,
    *,
    as_json: bool,
) -> None:
    if as_json:
        output.document(
            {
                "study": view.model_dump(mode="json"),
                "best": [trial.model_dump(mode="json") for trial in best],
                "database": own.database if own else None,
                "server": client.server,
            }
        )
        return
    from hpsearch.cli.progress import summary

    output.line(f"{view.name} is {view.state.value} ({view.reason}) after {formats.seconds(spent)}: {summary(view)}")
    for trial in best:
        output.line()
        output.line("Best trial" if len(best) == 1 else "On the Pareto front")
        trial_report.show(client, view.definition, trial)
    if not best:
        output.line("No trial was completed.")
    output.line()
    output.fields(_again(view.name, client.server, own))


def _again(name: str, server: str, own: embedded.Server | None) -> list[tuple[str, str]]:
    """Where the result is, and how to see it again."""
    from hpsearch.settings import DEFAULT_PORT, load

    path = f"/studies/{name}"
    # As it was typed, where the short name would not be found: .venv/bin/hpsearch
    program = "hpsearch" if which("hpsearch") or Path(sys.argv[0]).name != "hpsearch" else sys.argv[0]
    if own is None:
        return [("Command", f"{program} study best {name} --server {server}"), ("Dashboard", f"{server}{path}")]
    settings = load()
    url = "" if own.database == settings.database_url else f" --database-url {own.database}"
    port = "" if settings.port else f" --port {DEFAULT_PORT}"  # 0 takes another one each time
    address = f"http://127.0.0.1:{settings.port or DEFAULT_PORT}"
    there = "" if settings.server.rstrip("/") == address else f" --server {address}"
    return [
        ("Database", own.database),
        ("Serve it", f"{program} serve{url}{port}"),
        ("Command", f"{program} study best {name}{there}"),
        ("Dashboard", f"{address}{path}"),
    ]


def _serve_on(own: embedded.Server) -> None:
    output.note(f"Serving on {own.address} until Ctrl-C.")
    try:
        while own.child.wait(3600.0) is None:
            pass
    except KeyboardInterrupt:
        return
    raise embedded.died(own.child)
