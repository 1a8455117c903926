"""`python -m hpsearch_api`: serves until SIGTERM.

Exit codes: 0 after SIGTERM, 130 after SIGINT, 2 for a bad option or an address that cannot be listened on, 4 when the database
needs a migration or another server holds it, 5 when the database cannot be reached.
"""

import argparse
import sys
from pathlib import Path

from hpsearch import settings as options
from hpsearch.errors import Conflict, HpsearchError, InvalidInput, Unavailable

EXIT_CODES: dict[type[HpsearchError], int] = {InvalidInput: 2, Conflict: 4, Unavailable: 5}


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        settings = options.load(
            host=given.host,
            port=given.port,
            database_url=given.database_url,
            log_format=given.log_format,
            log_level=given.log_level,
        )
        from hpsearch_api import logs, server

        logs.configure(settings)
        return server.run(settings, given.ready_file)
    except KeyboardInterrupt:
        return 130
    except HpsearchError as error:
        sys.stderr.write(f"hpsearch: {error.message}\n")
        return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hpsearch_api", description=__doc__)
    about = {name: field.description for name, field in options.Settings.model_fields.items()}
    parser.add_argument("--host", help=about["host"])
    parser.add_argument("--port", help=about["port"])
    parser.add_argument("--database-url", metavar="URL", help=about["database_url"])
    parser.add_argument("--log-format", metavar="FORMAT", help=f"{about['log_format']} json or console.")
    parser.add_argument("--log-level", metavar="LEVEL", help=f"{about['log_level']} debug, info, warning or error.")
    parser.add_argument(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help="Written when requests are answered: {address, pid, database} as JSON; removed at the end.",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
