import argparse
import json
import sys
from collections.abc import Mapping

from hpsearch import settings
from hpsearch.errors import Conflict, HpsearchError, InvalidInput, Unavailable
from hpsearch.identity import DEFAULT_PROJECT, Scope
from hpsearch.service.access import new_token
from hpsearch.storage import Database
from hpsearch.storage.tokens import add_token
from hpsearch.validation import parse
from hpsearch.wire.tokens import TokenRequest
from hpsearch_migrations.migrate import current, head, open_database, upgrade


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m hpsearch_migrations", description="Schema version of a database; an admin token for it."
    )
    parser.add_argument("command", choices=["upgrade", "current", "token"])
    parser.add_argument("--database-url", help="default: HPSEARCH_DATABASE_URL, else SQLite in the data folder")
    parser.add_argument("--name", default="admin", help="whose the token is")
    parser.add_argument("--project", default=DEFAULT_PROJECT, help="the project that the token opens")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    try:
        url = settings.load(database_url=arguments.database_url).database_url
        if arguments.command == "token":
            request = {"name": arguments.name, "scope": Scope.ADMIN, "project": arguments.project}
            found: Mapping[str, object] = _make_token(url, parse(TokenRequest, request))
        else:
            found = _carry_out(arguments.command, url)
    except HpsearchError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return _exit_code(error)
    print(json.dumps(found) if arguments.json else "\n".join(f"{name}: {value}" for name, value in found.items()))  # noqa: T201
    return 0


def _carry_out(command: str, url: str) -> dict[str, str | None]:
    if command == "upgrade":
        before, after = upgrade(url)
        return {"before": before, "after": after}
    database = Database(url, read_only=True)
    try:
        with database.read() as connection:
            return {"database": str(database), "current": current(connection), "head": head()}
    finally:
        database.close()


def _make_token(url: str, request: TokenRequest) -> dict[str, object]:
    database = open_database(url)
    try:
        with database.write() as connection:
            token = new_token()
            assert request.project is not None
            kept = add_token(connection, token, request.name, database.now(connection), project=request.project)
            return {"id": kept.id, "name": kept.name, "project": kept.project, "token": token}
    finally:
        database.close()


def _exit_code(error: HpsearchError) -> int:
    for kind, code in ((InvalidInput, 2), (Conflict, 4), (Unavailable, 5)):
        if isinstance(error, kind):
            return code
    return 1


if __name__ == "__main__":
    sys.exit(main())
