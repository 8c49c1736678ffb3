"""The recorder process: lanes, stages, control, journal, threads, server; and its client."""
