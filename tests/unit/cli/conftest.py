import os
from dataclasses import dataclass

import pytest
from peer import Peer

from hpsearch.cli.main import main


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Each test has folders and an environment of its own, and starts in an empty folder."""
    for name in [name for name in os.environ if name.startswith("HPSEARCH_")]:
        monkeypatch.delenv(name)
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setenv("HPSEARCH_DEBUG", "")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def cli(capsys):
    """Runs a command line in this process."""

    def invoke(*arguments: object) -> Outcome:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return invoke


@pytest.fixture
def peer(monkeypatch):
    peer = Peer()
    monkeypatch.setenv("HPSEARCH_SERVER", peer.address)
    monkeypatch.setenv("HPSEARCH_TOKEN", "secret")
    yield peer
    peer.close()
