"""Which folders are on a disk that other machines share: SQLite's write-ahead log needs memory shared with the disk."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

# Every other type that begins with "fuse" counts too: sshfs, rclone, the shared folders of virtual machines.
_TYPES: Final = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "smbfs2", "ncpfs", "afs", "afpfs", "webdav", "davfs",
        "9p", "drvfs", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "ceph", "lustre", "glusterfs", "gpfs", "beegfs",
        "ocfs2", "gfs2", "orangefs", "osxfs", "macfuse", "osxfuse",
    }
)  # fmt: skip
_LOCAL_FUSE: Final = frozenset({"fuseblk", "fuse.lxcfs"})  # fuseblk: NTFS and exFAT on a disk of this machine


def network_disk(folder: Path) -> str:
    """The type of the network file system that `folder` is on, e.g. "nfs4"; empty if it is a disk of this machine."""
    place = folder.resolve()
    if place.drive.startswith("\\\\"):
        return "SMB"
    with suppress(OSError, psutil.Error):
        mounts = [mount for mount in psutil.disk_partitions(all=True) if place.is_relative_to(mount.mountpoint)]
        if mounts:
            # Of those at the same place the last one covers the others.
            mount = max(reversed(mounts), key=lambda mount: len(Path(mount.mountpoint).parts))
            kind = mount.fstype.lower()
            if kind in _TYPES or (kind.startswith("fuse") and kind not in _LOCAL_FUSE):
                return mount.fstype
            if "remote" in mount.opts.split(","):  # Windows
                return "SMB"
    return ""
