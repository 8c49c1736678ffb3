"""What the doctor should say of a folder: is it copied to somebody's cloud, is its disk encrypted? Reads, never writes.

Evidence only: the names that the sync programs give to their folders, the files that they leave there, and what Linux
says of the disk in /sys/dev/block. Where there is none the answer is "I can't tell".
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

_CLOUD_NAMES = (
    (re.compile(r"onedrive\b.*"), "OneDrive"),
    (re.compile(r"(com~apple~clouddocs|mobile documents|icloud ?drive\b.*|icloud)"), "iCloud"),
    (re.compile(r"dropbox\b.*"), "Dropbox"),
    (re.compile(r"(google ?drive\b.*|googledrive\b.*|drivefs)"), "Google Drive"),
    (re.compile(r"nextcloud\b.*"), "Nextcloud"),
    (re.compile(r"owncloud\b.*"), "ownCloud"),
    (re.compile(r"(box sync|box-box|box)"), "Box"),
    (re.compile(r"(megasync\b.*|mega)"), "MEGA"),
    (re.compile(r"pcloud ?(drive|sync)"), "pCloud"),
    (re.compile(r"cloudstorage"), "a cloud service"),
)
_CLOUD_FILES = (
    (".dropbox", "Dropbox"),
    (".dropbox.cache", "Dropbox"),
    (".nextcloudsync.log", "Nextcloud"),
    (".owncloudsync.log", "Nextcloud or ownCloud"),
    (".sync_*.db", "Nextcloud or ownCloud"),
    ("._sync_*.db", "Nextcloud or ownCloud"),
    (".tmp.drivedownload", "Google Drive"),
    (".tmp.driveupload", "Google Drive"),
    (".849C9593-D756-4E56-8D6E-42412F2A707B", "OneDrive"),
    (".stfolder", "Syncthing"),
)
_ENCRYPTING_FILESYSTEMS = ("ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.securefs")
_SYS_DEV_BLOCK = Path("/sys/dev/block")
_MOUNTINFO = Path("/proc/self/mountinfo")


def cloud_or_unencrypted(folder: Path) -> list[str]:
    """Plain sentences about a folder that films may not be safe in; empty where it is known to be fine."""
    sentences = []
    cloud = cloud_service(folder)
    if cloud:
        sentences.append(
            f"{folder} looks like a folder of {cloud}: films in it would be copied off this computer."
            " Choose a folder outside it with --out."
        )
    encrypted = encryption(folder)
    if encrypted is None:
        sentences.append(
            f"I can't tell whether the disk of {folder} is encrypted. Ask whoever looks after this computer."
        )
    elif not encrypted:
        sentences.append(
            f"The disk of {folder} does not look encrypted: whoever takes the computer can see the films."
            " Encrypt it or choose an encrypted disk with --out."
        )
    return sentences


def cloud_service(folder: Path) -> str:
    """The service that seems to copy this folder, or "" where nothing points to one."""
    for path in {folder.absolute(): None, _resolved(folder): None}:
        for part in (path, *path.parents):
            service = _service_of_name(part.name.lower()) or _service_of_files(part)
            if service:
                return service
    return ""


def encryption(folder: Path, sys_dev_block: Path = _SYS_DEV_BLOCK, mountinfo: Path = _MOUNTINFO) -> bool | None:
    """Whether the disk under a folder is encrypted by dm-crypt (LUKS) or an encrypting filesystem; None: can't tell."""
    if not sys.platform.startswith("linux"):
        return None
    path = _resolved(folder)
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        device = path.stat().st_dev
        filesystem, source = _mount_of(
            f"{os.major(device)}:{os.minor(device)}", mountinfo.read_text(encoding="utf-8", errors="replace")
        )
        if filesystem in _ENCRYPTING_FILESYSTEMS:
            return True
        if os.major(device) == 0:
            # Btrfs and others have a device number of their own: ask for the one that they were mounted from.
            if not source.startswith("/dev/"):
                return None
            device = Path(source).stat().st_rdev
        return _is_crypt(sys_dev_block / f"{os.major(device)}:{os.minor(device)}")
    except OSError:
        return None


def _is_crypt(block: Path) -> bool | None:
    """Whether a block device, or every one that it is made of, is dm-crypt; None where /sys does not know it."""
    if not block.exists():
        return None
    uuid = block / "dm" / "uuid"
    if uuid.exists() and uuid.read_text(encoding="ascii", errors="replace").startswith("CRYPT-"):
        return True
    slaves = block / "slaves"
    below = [_is_crypt(slave) for slave in slaves.iterdir()] if slaves.is_dir() else []
    if None in below:
        return None
    return bool(below) and all(below)


def _mount_of(number: str, mountinfo: str) -> tuple[str, str]:
    """Filesystem type and source of the mount with this device (major:minor), from /proc/self/mountinfo (proc(5))."""
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields, tail = left.split(), right.split()
        if len(fields) > 2 and fields[2] == number and len(tail) >= 2:
            return tail[0], tail[1]
    return "", ""


def _service_of_name(name: str) -> str:
    return next((service for pattern, service in _CLOUD_NAMES if pattern.fullmatch(name)), "")


def _service_of_files(folder: Path) -> str:
    try:
        return next((service for pattern, service in _CLOUD_FILES if any(folder.glob(pattern))), "")
    except OSError:
        return ""


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError):
        return folder.absolute()
