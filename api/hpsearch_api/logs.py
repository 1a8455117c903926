"""Structured logs on stderr: one JSON object a line for machines, or coloured columns for people."""

import logging
import sys

import structlog
from pydantic_core import to_json
from structlog.typing import Processor

from hpsearch.settings import Settings

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(settings: Settings) -> None:
    """Sets up the logs of this process. Libraries that use `logging` or `warnings` come out alike, from warnings up."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    render = _renderers(settings)
    structlog.configure(
        processors=[*_SHARED, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    logging.getLogger("hpsearch").setLevel(level)
    logging.captureWarnings(capture=True)


def _renderers(settings: Settings) -> list[Processor]:
    """Tracebacks are without the values of variables: those may hold tokens."""
    if settings.log_format == "console":
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_to_json)]


def _to_json(event: object, **_options: object) -> str:
    return to_json(event, fallback=str, inf_nan_mode="strings").decode()
