"""Film and tag a Video Interaction Guidance session: nothing is lost, one key marks a moment."""

__version__ = "0.1.0"
