"""Rules and nouns, pure: no thread, file, clock, or device library."""
