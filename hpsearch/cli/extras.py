"""Which parts of hpsearch are installed: found by looking for their packages, without importing one."""

from importlib.util import find_spec

from hpsearch.errors import HpsearchError

EXTRAS = {
    "server": ("fastapi", "uvicorn", "sqlalchemy", "alembic", "optuna"),
    "worker": ("jax", "flax", "optax", "sklearn"),
    "postgres": ("psycopg",),
    "gpu": ("pynvml",),
    "optuna": ("optuna",),
    "pandas": ("pandas",),
    "tensorboard": ("tensorboardX",),
    "parquet": ("pyarrow",),
}
"""The packages to import that each extra brings."""


def missing(extra: str) -> list[str]:
    """The packages of an extra that are not installed."""
    return [package for package in EXTRAS[extra] if find_spec(package) is None]


def need(extra: str, what: str) -> None:
    """Raises an error with the command that installs the extra, unless it is there; `what` is what needs it."""
    absent = missing(extra)
    if absent:
        raise HpsearchError(f"{what} needs {', '.join(absent)}, which is not installed; {install(extra)}")


def install(extra: str) -> str:
    """How to install an extra, in words: there is no release on a package index."""
    return f"in a clone of hpsearch: pip install '.[{extra}]'"


def need_server(database_url: str | None, what: str) -> None:
    """Raises an error unless everything is installed that works on this database."""
    need("server", what)
    if database_url is not None and database_url.startswith("postgresql"):
        need("postgres", "a PostgreSQL database")
