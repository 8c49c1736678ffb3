"""What the microphone gives: a meter keeps small numbers of the last minute, pure functions judge them."""
