"""On which kind of file system a path lies."""

from pathlib import Path

import psutil

_NETWORK = {
    "9p", "afpfs", "afs", "beegfs", "blobfuse", "blobfuse2", "ceph", "cifs", "davfs", "gcsfuse", "glusterfs", "gpfs", "juicefs", "lustre",
    "mfs", "moosefs", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "panfs", "pvfs2", "rclone", "s3fs", "smb2", "smb3", "smbfs", "sshfs",
    "webdav", "wekafs",
}  # fmt: skip


def network_filesystem(path: Path) -> str | None:
    """The kind of the network file system that the path lies on, or would lie on when it is made; None on a local one."""
    above = {path, *path.parents}
    any(folder.exists() for folder in path.parents)  # an automounter mounts what is looked at
    mounts = [part for part in psutil.disk_partitions(all=True) if Path(part.mountpoint) in above]
    if not mounts:
        return None
    depth = max(len(Path(part.mountpoint).parts) for part in mounts)
    kind = [part.fstype for part in mounts if len(Path(part.mountpoint).parts) == depth][
        -1
    ]  # the last hides those before it
    return kind if kind.removeprefix("fuse.") in _NETWORK else None
