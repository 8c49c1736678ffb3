"""The cameras: one factory for everything that `--camera` can mean."""

from __future__ import annotations

from vig_capture.core.errors import UserError
from vig_capture.core.ports import Camera, Clock
from vig_capture.devices.camera_source import CameraSpec

__all__ = ["CameraSpec", "open_camera", "source_name"]


def source_name(spec: CameraSpec) -> str:
    """The camera's own name for the journal, never an index or a password; the node's path while it is absent."""
    if spec.kind == "v4l2" and spec.target.startswith("/dev/"):
        from vig_capture.devices.v4l2 import camera_nodes

        return next((node.card for node in camera_nodes() if node.path == spec.target), spec.public)
    return spec.public


def open_camera(spec: CameraSpec, clock: Clock) -> Camera:
    """The camera that a spec names, not opened yet. Raises UserError for `none`, which is no camera."""
    if spec.kind == "none":
        raise UserError("There is no camera.", "--camera none was given.", "Name a camera to film.")
    if spec.kind == "demo":
        from vig_capture.devices.demo import DemoCamera

        demo: Camera = DemoCamera(clock, *(spec.size or (1280, 720)), spec.rate or 30.0)
        return demo
    if spec.kind == "film":
        from vig_capture.devices.camera_film import FilmCamera

        return FilmCamera(spec, clock)
    if spec.kind == "v4l2":
        from vig_capture.devices.camera_v4l2 import V4l2Camera

        return V4l2Camera(spec, clock)
    from vig_capture.devices.camera_feed import FeedCamera

    return FeedCamera(spec, clock)
