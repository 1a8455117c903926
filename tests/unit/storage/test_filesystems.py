from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from hpsearch.errors import InvalidInput
from hpsearch.storage import Database
from hpsearch.storage.filesystems import network_filesystem

Mount = namedtuple("Mount", ["mountpoint", "fstype"])


@pytest.fixture
def mounts(monkeypatch):
    """A machine with these mounts: home is on a file server, but one folder of it is a local disk."""
    table = [
        Mount("/", "ext4"),
        Mount("/home", "nfs4"),
        Mount("/home/me/scratch", "xfs"),
        Mount("/mnt/s", "fuse.sshfs"),
        *(Mount("/auto", "autofs"), Mount("/auto", "nfs")),
        *(Mount("/hidden", "nfs"), Mount("/hidden", "tmpfs")),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: table)  # noqa: A006  # psutil's name


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/hpsearch.db", None),
        ("/home/me/hpsearch.db", "nfs4"),
        ("/home/me/scratch/hpsearch.db", None),
        ("/homely/hpsearch.db", None),
        ("/mnt/s/not/there/yet/hpsearch.db", "fuse.sshfs"),
        ("/auto/hpsearch.db", "nfs"),
        ("/hidden/hpsearch.db", None),
    ],
)
def test_a_path_lies_on_the_innermost_mount(mounts, path, kind):
    assert network_filesystem(Path(path)) == kind


def test_a_server_refuses_a_file_on_a_network_file_system_and_makes_nothing(mounts, monkeypatch, tmp_path):
    Database(f"sqlite:///{tmp_path / 'local.db'}").close()
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [Mount(str(tmp_path), "cifs")])  # noqa: A006
    with pytest.raises(InvalidInput, match=r"lies on a network file system \(cifs\).* or PostgreSQL"):
        Database(f"sqlite:///{tmp_path / 'away' / 'hpsearch.db'}")
    assert not (tmp_path / "away").exists()


def test_here_temporary_files_are_local(tmp_path):
    assert network_filesystem(tmp_path) is None
