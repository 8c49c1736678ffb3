"""The screen before the film: picture, level, and the session sheet."""
