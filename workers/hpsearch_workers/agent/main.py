"""The command line of a worker: `python -m hpsearch_workers`."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from types import FrameType

import structlog

from hpsearch import objectives
from hpsearch.client import Client
from hpsearch.client.running import host_name
from hpsearch.errors import Conflict, HpsearchError, InvalidInput
from hpsearch.settings import Settings, load
from hpsearch_workers.agent import environment, gpus, logs, names, node
from hpsearch_workers.agent.asker import EXIT_FAILURE, EXIT_USAGE, Wish
from hpsearch_workers.agent.spool import Spool
from hpsearch_workers.agent.supervisor import Supervisor

log = structlog.get_logger("hpsearch.worker")

EXIT_CONFLICT = 4
EXIT_INTERRUPTED = 130

_PROGRAM = "python -m hpsearch_workers"
_DESCRIPTION = """\
A worker: asks the server for trials, trains them, and tells how they came out.

Ctrl-C and SIGTERM give the running trials back to the server, within 10 seconds; a second one ends the worker at once. While the
server is away the trainings go on, and their results are kept and delivered later, by the next worker of the same name if need be.
"""
_EPILOG = """\
exit codes: 0 ended by SIGTERM, or all is finished (--until-finished); 1 failure; 2 wrong option, or an objective that cannot be
imported; 3 no such study (--until-finished); 4 a worker of this name is running; 130 ended by Ctrl-C.

environment: HPSEARCH_SERVER, HPSEARCH_TOKEN, HPSEARCH_LANES, HPSEARCH_SPOOL, HPSEARCH_CACHE, HPSEARCH_CHECKPOINTS,
HPSEARCH_KEEP_BEST, HPSEARCH_CLIENT_LOG, HPSEARCH_LOG_FORMAT and HPSEARCH_LOG_LEVEL, or the same names in config.toml.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a worker, or one for each GPU; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(server=options.server, lanes=options.lanes)
        logs.configure(settings)
        wanted = _objectives(options.objective)
        if options.until_finished and not options.study:
            raise InvalidInput.at(
                "until-finished", "needs --study: a worker for all studies never knows that it is done"
            )
        if options.gpus is not None:
            devices = gpus.chosen(options.gpus, os.environ.get("CUDA_VISIBLE_DEVICES"))
            return node.run(devices, options.name or host_name(), _shared(options), os.environ)
        with names.open_spool(settings.spool, options.name) as spool:
            studies = tuple(options.study) if options.study else None
            wish = Wish(spool.folder.name, host_name(), studies, wanted, options.until_finished)
            return _work(wish, settings, spool, options.concurrency)
    except HpsearchError as error:
        print(f"{_PROGRAM}: {error}", file=sys.stderr)  # noqa: T201  # for whoever typed it
        if isinstance(error, InvalidInput):
            return EXIT_USAGE
        return EXIT_CONFLICT if isinstance(error, Conflict) else EXIT_FAILURE


def _work(wish: Wish, settings: Settings, spool: Spool, processes: int) -> int:
    wish.check()
    command = environment.command(wish.objectives, own_code=any(":" in name for name in wish.objectives))
    child_environment = environment.environment(os.environ, settings, processes, environment.cores())
    # Its threads try again by themselves, when it suits them.
    with Client(settings.server, settings.client_token(), retry_seconds=0, log=settings.client_log) as client:
        echoes = [logs.echo(settings, number) for number in range(processes)]
        supervisor = Supervisor(client, spool, wish, command, child_environment, echoes)

        def end(number: int, _: FrameType | None) -> None:
            code = EXIT_INTERRUPTED if number == signal.SIGINT else 0
            if supervisor.is_stopping:
                supervisor.kill()
                os._exit(code or 128 + number)
            supervisor.stop(code)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        return supervisor.run()


def _objectives(given: Sequence[str] | None) -> tuple[str, ...]:
    """What the worker runs: what it was told, else all that are built in."""
    names_given = tuple(dict.fromkeys(given or objectives.BUILTIN))
    for name in names_given:
        if ":" not in name and objectives.get(name) is None:
            known = ", ".join(objectives.BUILTIN)
            raise InvalidInput.at("objective", f"{name!r} is neither built in ({known}) nor module:function")
    if find_spec("jax") is None and any(objectives.get(name) for name in names_given):
        raise InvalidInput.at(
            "objective", "the built-in ones need jax; in a clone of hpsearch: pip install '.[worker]'"
        )
    return names_given


def _shared(options: argparse.Namespace) -> list[str]:
    """The options that each GPU's worker gets."""
    arguments = ["--concurrency", str(options.concurrency)]
    for option, value in (("--server", options.server), ("--lanes", options.lanes)):
        if value is not None:
            arguments += [option, str(value)]
    for option, values in (("--study", options.study), ("--objective", options.objective)):
        for value in values or ():
            arguments += [option, value]
    return arguments + ["--until-finished"] * options.until_finished


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM, description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", metavar="URL", help="address of the server [HPSEARCH_SERVER]")
    parser.add_argument(
        "--name", help="name of the worker, which also finds its spool again; host name and a number without it"
    )
    parser.add_argument(
        "--study", action="append", metavar="NAME", help="only this study; may be repeated; any study without it"
    )
    parser.add_argument(
        "--objective",
        action="append",
        metavar="MODULE:FUNCTION",
        help="run trials of this objective: a function of yours (its module is looked for in the current folder too), or a "
        f"built-in one; may be repeated; all built-in ones ({', '.join(objectives.BUILTIN)}) without it",
    )
    parser.add_argument(
        "--concurrency",
        type=_count,
        default=1,
        metavar="N",
        help="training processes, each with the lanes it has; 1 without it",
    )
    parser.add_argument(
        "--lanes",
        type=_count,
        metavar="N",
        help="trials of a built-in objective trained in one program: 1, 4, 16, 64 or 256; the worker finds out what is fastest "
        "without it [HPSEARCH_LANES]",
    )
    parser.add_argument(
        "--gpus", metavar="all|N", help="one worker on each of all, or the first N, GPUs; names get .0, .1 ..."
    )
    parser.add_argument("--until-finished", action="store_true", help="end when the studies named are finished")
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, got {text!r}")
    return int(text)
