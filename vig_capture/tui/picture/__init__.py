"""Small live pictures in a terminal."""
