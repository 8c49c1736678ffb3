"""Advice about folders, on made-up folders and a made-up /sys."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vig_capture.devices import folder_advice
from vig_capture.devices.folder_advice import cloud_or_unencrypted, cloud_service, encryption

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /sys")


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        ("OneDrive - Sunny Council/films", "OneDrive"),
        ("OneDrive", "OneDrive"),
        ("Dropbox (Personal)/x", "Dropbox"),
        ("Library/Mobile Documents/com~apple~CloudDocs", "iCloud"),
        ("iCloudDrive/films", "iCloud"),
        ("Library/CloudStorage/GoogleDrive-a@b.c/My Drive", "Google Drive"),
        ("Google Drive/films", "Google Drive"),
        ("Nextcloud/films", "Nextcloud"),
        ("Box/films", "Box"),
        ("films", ""),
        ("boxes/dropboxes", ""),
        ("megaphone/my onedrive notes", ""),
    ],
)
def test_cloud_folders_are_known_by_their_names(tmp_path: Path, folder: str, service: str) -> None:
    """Each service's folder names are recognised, also before they exist; ordinary names are not."""
    assert cloud_service(tmp_path / folder) == service


@pytest.mark.parametrize(
    ("file", "service"),
    [(".dropbox.cache", "Dropbox"), (".sync_0a1b2c.db", "ownCloud"), (".tmp.driveupload", "Google Drive")],
)
def test_cloud_folders_are_known_by_what_lies_in_them(tmp_path: Path, file: str, service: str) -> None:
    """A sync program's own file in a folder above gives it away whatever the folder is called."""
    (tmp_path / "work" / "films").mkdir(parents=True)
    assert cloud_service(tmp_path / "work" / "films") == ""
    (tmp_path / "work" / file).touch()
    assert service in cloud_service(tmp_path / "work" / "films")


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_a_link_into_a_cloud_folder_is_seen_through(tmp_path: Path) -> None:
    """A folder that is a link into a cloud folder is one."""
    (tmp_path / "Dropbox").mkdir()
    (tmp_path / "films").symlink_to(tmp_path / "Dropbox")
    assert cloud_service(tmp_path / "films") == "Dropbox"


def fake_sys(root: Path, layers: dict[str, tuple[str, list[str]]], top: str) -> Path:
    """A /sys/dev/block in which this machine's device of `root` is `top`; layers: name -> (dm uuid, slaves)."""
    for name in layers:
        (root / "block" / name / "slaves").mkdir(parents=True)
    for name, (uuid, slaves) in layers.items():
        if uuid:
            (root / "block" / name / "dm").mkdir()
            (root / "block" / name / "dm" / "uuid").write_text(uuid + "\n")
        for slave in slaves:
            (root / "block" / name / "slaves" / slave).symlink_to(root / "block" / slave)
    (root / "dev").mkdir()
    (root / "dev" / "8:1").symlink_to(root / "block" / top)
    return root / "dev"


@linux_only
@pytest.mark.parametrize(
    ("layers", "top", "expected"),
    [
        ({"sda1": ("", [])}, "sda1", False),
        ({"dm-0": ("CRYPT-LUKS2-abc-home", ["sda1"]), "sda1": ("", [])}, "dm-0", True),
        (
            {"dm-1": ("LVM-xyz", ["dm-0"]), "dm-0": ("CRYPT-LUKS2-abc-pv", ["sda1"]), "sda1": ("", [])},
            "dm-1",
            True,
        ),
        (
            {"dm-1": ("LVM-xyz", ["dm-0", "sdb1"]), "dm-0": ("CRYPT-LUKS1-a", []), "sdb1": ("", [])},
            "dm-1",
            False,
        ),
        ({"dm-1": ("LVM-xyz", ["sdb1"]), "sdb1": ("", [])}, "dm-1", False),
    ],
)
def test_encryption_is_read_through_the_layers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    layers: dict[str, tuple[str, list[str]]],
    top: str,
    expected: bool,
) -> None:
    """A plain partition is not encrypted, LUKS and LVM on LUKS are, LVM with one plain disk is not."""
    dev = fake_sys(tmp_path, layers, top)
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text("")
    monkeypatch.setattr(os, "major", lambda _device: 8)
    monkeypatch.setattr(os, "minor", lambda _device: 1)
    assert encryption(tmp_path / "not" / "yet", dev, mountinfo) is expected


@linux_only
def test_no_evidence_is_said_to_be_none(tmp_path: Path) -> None:
    """A device that /sys does not know, or no /proc at all, is "I can't tell"."""
    (tmp_path / "mountinfo").write_text("")
    assert encryption(tmp_path, tmp_path / "nothing", tmp_path / "mountinfo") is None
    assert encryption(tmp_path, tmp_path / "nothing", tmp_path / "gone") is None


@linux_only
def test_an_encrypting_filesystem_counts(tmp_path: Path) -> None:
    """A gocryptfs folder is encrypted though it has no block device."""
    device = tmp_path.stat().st_dev
    (tmp_path / "mountinfo").write_text(
        f"36 35 {os.major(device)}:{os.minor(device)} / /x rw,noatime shared:1 - fuse.gocryptfs /home/a/.c rw\n"
    )
    assert encryption(tmp_path, tmp_path / "nothing", tmp_path / "mountinfo") is True


def test_the_sentences_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cloud folder on a plain disk gets two sentences with a way out; a fine folder none; doubt is said."""
    monkeypatch.setattr(folder_advice, "encryption", lambda _folder: False)
    sentences = cloud_or_unencrypted(tmp_path / "Dropbox")
    assert len(sentences) == 2
    assert all("--out" in sentence for sentence in sentences)
    monkeypatch.setattr(folder_advice, "encryption", lambda _folder: None)
    assert "can't tell" in cloud_or_unencrypted(tmp_path / "films")[0]
    monkeypatch.setattr(folder_advice, "encryption", lambda _folder: True)
    assert cloud_or_unencrypted(tmp_path / "films") == []


def test_this_machine_gets_an_answer(tmp_path: Path) -> None:
    """On any real machine the answer is one of the three, without an exception."""
    assert encryption(tmp_path) in (True, False, None)
