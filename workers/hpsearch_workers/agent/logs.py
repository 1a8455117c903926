"""Structured logs on standard error; standard output stays free. What trainings print goes there too."""

import logging
import sys

import structlog

from hpsearch.settings import Settings
from hpsearch.wire.failures import printable
from hpsearch_workers.agent.output import Echo

log = structlog.get_logger("hpsearch.worker")


def configure(settings: Settings) -> None:
    """JSON lines, or lines for people, of at least the level that the settings say."""
    for_people = settings.log_format == "console"
    renderer = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if for_people else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if for_people else [structlog.processors.dict_tracebacks]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def echo(settings: Settings, trainer: int) -> Echo:
    """Passes on what a training prints: as it is to people, as an event a line to machines."""
    if settings.log_format == "console":
        return _as_it_is
    rest = b""

    def lines(chunk: bytes) -> None:
        nonlocal rest
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            log.info("printed", trainer=trainer, text=printable(line.decode("utf-8", "replace")))

    return lines


def _as_it_is(chunk: bytes) -> None:
    sys.stderr.buffer.write(chunk)
    sys.stderr.buffer.flush()
