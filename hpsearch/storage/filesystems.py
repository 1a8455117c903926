"""On which kind of file system a path lies."""

from pathlib import Path

import psutil

_NETWORK = {
    "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "panfs", "smb2", "smb3", "smbfs",
    "sshfs", "webdav", "wekafs",
}  # fmt: skip


def network_filesystem(path: Path) -> str | None:
    """The kind of the network file system that the path lies on, or would lie on when it is made; None on a local one."""
    above = {path, *path.parents}
    mounts = [part for part in psutil.disk_partitions(all=True) if Path(part.mountpoint) in above]
    if not mounts:
        return None
    kind = max(mounts, key=lambda part: len(Path(part.mountpoint).parts)).fstype
    return kind if kind.removeprefix("fuse.") in _NETWORK else None
