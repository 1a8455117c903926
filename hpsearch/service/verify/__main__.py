import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from hpsearch import settings
from hpsearch.errors import Conflict, HpsearchError, InvalidInput, NotFound, Unavailable
from hpsearch.service.verify import Violation, verify
from hpsearch.storage import Database, DBAPIError

EXIT_CODES: dict[type[HpsearchError], int] = {InvalidInput: 2, NotFound: 3, Conflict: 4, Unavailable: 5}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m hpsearch.service.verify",
        description="Checks that the accounts of a database balance. A server may go on meanwhile. "
        "Exit codes: 0 all holds, 1 something does not, 2 bad usage, 3 no such study, 4 other versions of the libraries, 5 no database.",
    )
    parser.add_argument("study", nargs="?", metavar="STUDY", help="only this study")
    parser.add_argument("--project", metavar="NAME", help="only the studies of this project; of all without it")
    parser.add_argument("--database-url", help="default: HPSEARCH_DATABASE_URL, else SQLite in the data folder")
    parser.add_argument(
        "--client-log",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="what clients noted under HPSEARCH_CLIENT_LOG; may be repeated, and must be so for all that ran trials",
    )
    parser.add_argument("--replay", action="store_true", help="also compute every suggestion again")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    try:
        url = settings.load(database_url=given.database_url).database_url
        found = _verify(url, given)
    except HpsearchError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)
    _show(found, as_json=given.json)
    return 1 if found else 0


def _verify(url: str, given: argparse.Namespace) -> list[Violation]:
    database = Database(url, read_only=True)
    try:
        with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("trials")
            return verify(
                database,
                given.study,
                given.client_log,
                project=given.project,
                replay=given.replay,
                watch=lambda done, total: progress.update(task, completed=done, total=total),
            )
    except DBAPIError as error:
        raise InvalidInput.at("database_url", f"{database} is not of this release: {error.orig}") from None
    finally:
        database.close()


def _show(found: list[Violation], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"violations": [_document(violation) for violation in found]}, indent=2))  # noqa: T201
        return
    for violation in found:
        print(violation)  # noqa: T201
    print(f"{len(found)} violations" if found else "all invariants hold", file=sys.stderr)  # noqa: T201


def _document(violation: Violation) -> dict[str, object]:
    return {
        "invariant": violation.invariant.name,
        "means": violation.invariant.value,
        "project": violation.project,
        "study": violation.study,
        "trial": violation.trial,
        "attempt": violation.attempt,
        "seq": violation.seq,
        "message": violation.message,
    }


if __name__ == "__main__":
    sys.exit(main())
