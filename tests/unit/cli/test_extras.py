import tomllib
from pathlib import Path

import pytest

from hpsearch.cli import extras
from hpsearch.errors import HpsearchError

DISTRIBUTIONS = {"sklearn": "scikit-learn", "pynvml": "nvidia-ml-py"}


def test_every_package_comes_with_the_extra_it_is_looked_for():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    for extra, packages in extras.EXTRAS.items():
        brought = " ".join(project["optional-dependencies"][extra])
        for package in packages:
            assert DISTRIBUTIONS.get(package, package) in brought, (extra, package)


def test_what_is_missing_is_said_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(extras.EXTRAS, "server", ("json", "no_such_package"))
    assert extras.missing("server") == ["no_such_package"]
    with pytest.raises(
        HpsearchError, match=r"serve needs no_such_package.*clone of hpsearch: pip install '\.\[server\]'"
    ):
        extras.need("server", "serve")


def test_postgresql_needs_its_driver(monkeypatch):
    monkeypatch.setitem(extras.EXTRAS, "postgres", ("no_such_package",))
    extras.need_server("sqlite:///x", "serve")
    with pytest.raises(HpsearchError, match=r"\.\[postgres\]"):
        extras.need_server("postgresql://a@b/c", "serve")
