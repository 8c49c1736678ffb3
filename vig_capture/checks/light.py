"""Every check of light, focus and the camera itself."""

from __future__ import annotations

from vig_capture.checks.camera import camera
from vig_capture.checks.exposure import exposure, face_light
from vig_capture.checks.focus import focus
from vig_capture.checks.pace import flicker, frame_rate
from vig_capture.checks.view import PictureCheck
from vig_capture.checks.window import shadow, window

LIGHT: tuple[PictureCheck, ...] = (exposure, face_light, window, shadow, flicker, frame_rate, focus, camera)
