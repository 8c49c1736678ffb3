"""A second world behind the same ports: seeded, with faults, without a thread."""
