"""Checks on the spot: framing, light and sound, as pure functions of what was seen and heard. cv2 lives here only."""
