"""The `hpsearch` command. The whole tree of commands is laid out here; each imports what it needs when it runs."""

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from hpsearch import __version__
from hpsearch.cli import (
    advise,
    check,
    doctor,
    imports,
    init,
    launch,
    output,
    plot,
    report,
    run,
    schema,
    studies,
    tokens,
    trials,
    weights,
    workers,
)
from hpsearch.cli.exits import MEANINGS, exit_code
from hpsearch.cli.top import command as top
from hpsearch.errors import HpsearchError

EPILOG = "Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."


def _group(help_text: str) -> typer.Typer:
    # Without rich's markup, help needs a third of the time.
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


app = _group("Hyperparameter search: studies on a server, trials on workers.")
study = _group("Studies: check, create, look at, steer, export, test.")
trial = _group("Trials: list, look at, cancel.")
token = _group("Access tokens, for admins: make, list, revoke.")
import_ = _group("Bring in searches that were made elsewhere.")
db = _group("The server's database.")


def _version(asked: bool) -> None:
    if asked:
        output.line(f"hpsearch {__version__}")
        raise typer.Exit


@app.callback(epilog=EPILOG)
def _hpsearch(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks. [HPSEARCH_DEBUG]")] = False,
) -> None:
    """Hyperparameter search: studies on a server, trials on workers."""
    if debug:
        os.environ["HPSEARCH_DEBUG"] = "1"


app.command("init")(init.init)
app.command("run")(run.run)
app.command("serve")(launch.serve)
app.command("worker")(launch.worker)
app.add_typer(study, name="study")
app.add_typer(trial, name="trial")
app.add_typer(import_, name="import")
app.add_typer(token, name="token")
app.add_typer(db, name="db")
app.command("top")(top.top)
app.command("workers")(workers.workers)
app.command("verify")(launch.verify)
app.command("doctor")(doctor.doctor)

study.command("check")(check.check)
study.command("create")(studies.create)
study.command("list")(studies.list_)
study.command("show")(studies.show)
study.command("best")(weights.best)
study.command("pause")(studies.pause)
study.command("resume")(studies.resume)
study.command("stop")(studies.stop)
study.command("extend")(studies.extend)
study.command("tag")(studies.tag)
study.command("delete")(studies.delete)
study.command("enqueue")(studies.enqueue)
study.command("export")(studies.export)
study.command("test")(weights.evaluate)
study.command("refit")(weights.refit)
study.command("plot")(plot.plot)
study.command("advise")(advise.advise)
study.command("report")(report.report)
study.command("schema")(schema.schema)

trial.command("list")(trials.list_)
trial.command("show")(trials.show)
trial.command("history")(trials.history)
trial.command("cancel")(trials.cancel)

import_.command("optuna")(imports.optuna)

token.command("create")(tokens.create)
token.command("list")(tokens.list_)
token.command("revoke")(tokens.revoke)

db.command("upgrade")(launch.upgrade)
db.command("current")(launch.current)
db.command("token")(launch.token)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line (that of the process without `arguments`) and returns its exit code."""
    try:
        app(args=arguments, prog_name="hpsearch")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except HpsearchError as error:
        if os.environ.get("HPSEARCH_DEBUG"):
            raise
        _tell(error)
        return exit_code(error)
    except OSError as error:
        if os.environ.get("HPSEARCH_DEBUG"):
            raise
        output.note(f"error: {error}")
        return 1
    return 0


def _tell(error: HpsearchError) -> None:
    """One line a field, or the message."""
    for text in [str(field) for field in error.fields] or [error.message]:
        output.note(f"error: {text}")
