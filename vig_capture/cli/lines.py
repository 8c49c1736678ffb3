"""Results as plain lines for people, and as maps for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from vig_capture.archive.recover import Finding
from vig_capture.archive.show import clock_text
from vig_capture.devices.listing import Device


def status_text(snapshot: dict[str, Any]) -> str:
    """A snapshot of the running recorder."""
    minutes = snapshot.get("minutes_left")
    lines = [
        f"{snapshot['state'].upper()}  {clock_text(snapshot['recorded_ns'])}  {snapshot['folder']}",
        f"Lost pictures: {snapshot['lost_frames']}"
        + ("" if minutes is None else f"   Room on the disk: about {minutes:.0f} minutes"),
    ]
    lines += [f"{one['id']}  {one['state']}  {one['source']}  {one['mode']}" for one in snapshot["streams"]]
    for marker in snapshot["markers"]:
        sign = "●" if marker["saved"] else "○"
        who = "" if marker["who"] == "self" else " (the other)"
        lines.append(f"{sign} {clock_text(marker['t_ns'])}  {marker['label']}{who}")
    lines += [" ".join(filter(None, (one["what"], one["why"], one["do"]))) for one in snapshot["trouble"]]
    return "\n".join(lines)


def finding_map(finding: Finding) -> dict[str, Any]:
    """A session that was not finished."""
    return {**asdict(finding), "folder": str(finding.folder)}


def devices_text(cameras: Sequence[Device], microphones: Sequence[Device]) -> str:
    """Everything that can be used, and how."""
    lines: list[str] = []
    for title, devices in (("Cameras", cameras), ("Microphones", microphones)):
        lines.append(title)
        if not any(device.how_to_use for device in devices):
            lines.append("  none found")
        for device in devices:
            lines.append(f"  {device.name}")
            if device.how_to_use:
                lines.append(f"    use:   {device.how_to_use}")
            if device.modes:
                lines.append(f"    modes: {'; '.join(device.modes[:6])}" + (" …" if len(device.modes) > 6 else ""))
            if device.note:
                lines.append(f"    note:  {device.note}")
    lines.append(
        "Also: --camera rtsp://…, http://…, udp://…, a pipe, a film file, demo, none; --mic camera, a file, demo, none"
    )
    return "\n".join(lines)
