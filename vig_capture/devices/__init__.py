"""One file for each thing outside: clock, camera, microphone, disk, power, demo."""
