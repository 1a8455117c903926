import pytest
import structlog
from hypothesis import HealthCheck, settings
from kinds import KINDS
from tables import Tables, drawn

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
pytest.register_assert_rewrite("study_machine")  # what is not as it should be is shown, as in a test


@pytest.fixture(autouse=True)
def _plain_logs():
    """No test logs to the stream that an earlier one captured and closed."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.fixture
def tables(request):
    """Where a suite says what it did."""
    return Tables(request.node.user_properties)


def pytest_terminal_summary(terminalreporter):
    """Shows what suites said."""
    stats = terminalreporter.stats
    for line in drawn([*stats.get("passed", ()), *stats.get("failed", ())]):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def postgres():
    """PostgreSQL, started when the first test of the session needs it."""
    from databases import Postgres  # not for tests that need no database

    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres):
    """The address of a PostgreSQL database of the test's own, migrated."""
    url = postgres.new()
    yield url
    postgres.give_back(url)


@pytest.fixture
def sqlite_url(tmp_path):
    """The address of a SQLite file of the test's own; it does not exist yet."""
    return f"sqlite:///{tmp_path / 'hpsearch.db'}"


@pytest.fixture(params=KINDS)
def database_url(request):
    """The address of a database of the test's own: each test runs on SQLite in memory, SQLite in a file, and PostgreSQL."""
    if request.param == "memory":
        return "sqlite:///:memory:"
    return request.getfixturevalue("sqlite_url" if request.param == "file" else "postgres_url")
