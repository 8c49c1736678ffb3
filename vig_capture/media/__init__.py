"""PyAV lives here: encoders, segment files, resampling, probing."""
