import argparse
import json
import sys

from hpsearch import settings
from hpsearch.errors import Conflict, HpsearchError, InvalidInput, Unavailable
from hpsearch.storage import Database
from hpsearch_migrations.migrate import current, head, upgrade


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m hpsearch_migrations", description="Schema version of a database.")
    parser.add_argument("command", choices=["upgrade", "current"])
    parser.add_argument("--database-url", help="default: HPSEARCH_DATABASE_URL, else SQLite in the data folder")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    try:
        found = _carry_out(arguments.command, settings.load(database_url=arguments.database_url).database_url)
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


def _exit_code(error: HpsearchError) -> int:
    for kind, code in ((InvalidInput, 2), (Conflict, 4), (Unavailable, 5)):
        if isinstance(error, kind):
            return code
    return 1


if __name__ == "__main__":
    sys.exit(main())
